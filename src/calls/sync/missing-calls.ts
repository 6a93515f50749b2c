import type { Presence } from '../../ringcentral/wire/event.ts';
import { Failure } from '../../shared/failure.ts';
import { isInProgress } from '../store/presence-comparison.ts';

/** Presence lists so many calls of an extension at most, the newest (platform.md 4.8). */
const listedAtMost = 7;

/** Whether an extension has so many calls that presence may leave some out. */
export const isFull = (presences: readonly Presence[]): boolean =>
  presences.some(({ activeCalls = [] }) => activeCalls.filter(isInProgress).length >= listedAtMost);

/** Calls that RingCentral lists and that are not live in the store, until they have been read. */
export class MissingCalls {
  /** By id, with the reason why a call could not be read, where that is known. */
  readonly #ids = new Map<string, string | undefined>();
  readonly #isLive: (telephonySessionId: string) => boolean;
  #isFull = false;

  constructor(isLive: (telephonySessionId: string) => boolean) {
    this.#isLive = isLive;
  }

  /**
   * Notes the calls that presence shows differently. `isComplete`: those noted before that are not among them are
   * over.
   */
  note(differing: readonly string[], isComplete: boolean): void {
    const known = new Map(this.#ids);
    if (isComplete) this.#ids.clear();
    for (const id of differing) if (!this.#isLive(id)) this.#ids.set(id, known.get(id));
  }

  /** Notes whether a complete presence may leave out calls. */
  noteFullness(presences: readonly Presence[]): void {
    this.#isFull = isFull(presences);
  }

  /** Notes that the call could not be read, and why. */
  refused(telephonySessionId: string, error: unknown): void {
    if (!this.#ids.has(telephonySessionId) || !(error instanceof Failure)) return;
    if (error.kind === 'not_found') this.#ids.delete(telephonySessionId);
    else this.#ids.set(telephonySessionId, error.message);
  }

  /**
   * Notes that the call has been read.
   * @returns whether it had been missing
   */
  answered(telephonySessionId: string): boolean {
    return this.#isLive(telephonySessionId) && this.#ids.delete(telephonySessionId);
  }

  get size(): number {
    // Events may have told of them meanwhile.
    for (const id of this.#ids.keys()) if (this.#isLive(id)) this.#ids.delete(id);
    return this.#ids.size;
  }

  /** For a person, each a sentence; empty when nothing is missing. */
  get sentences(): string[] {
    const { size } = this;
    const why = [...this.#ids.values()].find((one) => one !== undefined);
    const what =
      size === 1 ? '1 call that RingCentral lists has' : `${size} calls that RingCentral lists have`;
    return [
      ...(size > 0 ? [`${what} not been read yet${why === undefined ? '.' : `: ${why}`}`] : []),
      ...(this.#isFull
        ? [
            `RingCentral lists at most ${listedAtMost} calls of an extension: there may be more than are shown.`,
          ]
        : []),
    ];
  }
}
