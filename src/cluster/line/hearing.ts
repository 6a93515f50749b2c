import type { Clock } from '../../shared/clock.ts';
import { leaseMs } from './line-log.ts';
import { positionOf } from './log-entry.ts';

/** In ms: a replica that has heard nothing of a leader for so long says that its picture is stale. */
const silenceMs = 3_000;

/** Whether a replica hears of the leader, by the entries that the leader writes at least once a second. */
export class Hearing {
  readonly #clock: Clock;
  readonly #changed: (isHeard: boolean) => void;
  /** Of `performance.now()`, which nobody sets. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** The same, but that an end changes nothing; from `begin` on. */
  #toldAt = 0;
  #isHeard = false;

  /** @param changed called when it begins and ends */
  constructor(clock: Clock, changed: (isHeard: boolean) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Begins to count the silence. */
  begin(): void {
    this.#toldAt = performance.now();
  }

  /** In ms: since something of any leader was heard, or since the beginning. */
  get silenceMs(): number {
    return performance.now() - this.#toldAt;
  }

  /** As of now: a process that stood still has heard nothing meanwhile. */
  get isHeard(): boolean {
    if (this.#isHeard && this.#silentFor >= silenceMs) this.#set(false);
    return this.#isHeard;
  }

  /** The lease of whoever led last is over. */
  get isOver(): boolean {
    return this.#silentFor >= leaseMs;
  }

  /** The leader has written the entry `id`, which may be from long ago where this replica has just joined. */
  note(id: string): void {
    const age = Math.max(0, this.#clock.now() - positionOf(id) / 1_000);
    if (age >= silenceMs) return;
    this.#heardAt = Math.max(this.#heardAt, performance.now() - age);
    this.#toldAt = Math.max(this.#toldAt, this.#heardAt);
    this.#set(true);
  }

  /** Nobody leads, as far as this replica knows. */
  noteEnd(): void {
    this.#heardAt = Number.NEGATIVE_INFINITY;
    this.#set(false);
  }

  get #silentFor(): number {
    return performance.now() - this.#heardAt;
  }

  #set(isHeard: boolean): void {
    if (isHeard === this.#isHeard) return;
    this.#isHeard = isHeard;
    this.#changed(isHeard);
  }
}
