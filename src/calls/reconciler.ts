import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Presence } from '../ringcentral/wire/event.ts';
import type { OnDefect } from './listeners.ts';
import type { LiveCalls } from './live-calls.ts';
import { Patrol } from './patrol.ts';
import { pause } from './pause.ts';
import type { Reader, Room } from './reader.ts';
import type { Scope } from './view.ts';
import type { Testimony } from './witness.ts';

/** How presence is read in each scope: its rate-limit group (FACTS 8.7), and how often (DESIGN "The live picture"). */
export const presenceReads: Record<Scope, { group: 'light' | 'heavy'; liveMs: number; idleMs: number }> = {
  extension: { group: 'light', liveMs: 60_000, idleMs: 300_000 },
  account: { group: 'heavy', liveMs: 300_000, idleMs: 300_000 },
};

/** Presence and telephony events of one change come in any order; the witness is heard when both had time. */
const witnessMs = 2_000;

export interface ReconcilerOptions {
  calls: LiveCalls;
  reader: Reader;
  clock: Clock;
  scope: Scope;
  room: Room;
  lightPerMinute: () => number;
  signal: AbortSignal;
  /** False while the whole picture is read anyway. */
  isNeeded: () => boolean;
  /** Presence sees these sessions differently; `isComplete`: it speaks of all that there are. */
  onVerdict: (differing: string[], isComplete: boolean) => void;
  /** This session's turn to be read again. */
  onTurn: (telephonySessionId: string) => void;
  onDefect: OnDefect;
}

/** Finds what vanished, or came, without a trace: presence is read regularly and listened to when it comes as event. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** The newest presence event of each extension that has not been heard. */
  readonly #witnesses = new Map<string, { presence: Presence; at: number }>();
  readonly #patrol: Patrol;
  #readAt = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#patrol = new Patrol(options);
  }

  start(): void {
    const { clock, scope, signal } = this.#options;
    clock.after(presenceReads[scope].liveMs, () => {
      if (signal.aborted) return;
      this.start();
      void this.#read();
    });
  }

  /** Presence was read just now by somebody else. */
  postpone(): void {
    this.#readAt = this.#options.clock.now();
  }

  hear(presence: Presence): void {
    const { calls, clock, signal } = this.#options;
    const extensionId = presence.extensionId ?? '';
    const isAwaited = this.#witnesses.has(extensionId);
    this.#witnesses.set(extensionId, { presence, at: calls.stamp() });
    if (isAwaited) return;
    clock.after(witnessMs, () => {
      const witness = this.#witnesses.get(extensionId);
      this.#witnesses.delete(extensionId);
      if (!witness || signal.aborted) return;
      this.#compare({ presences: [witness.presence], at: witness.at, complete: false });
    });
  }

  async #read(): Promise<void> {
    const { calls, reader, clock, scope, room, signal, isNeeded, onDefect } = this.#options;
    const { group, idleMs, liveMs } = presenceReads[scope];
    const isIdle = calls.liveCount === 0;
    // Half a round early is due: to wait for the next round would be up to twice too late.
    // Absolute, because a clock can be set back.
    const isDue = Math.abs(clock.now() - this.#readAt) >= idleMs - liveMs / 2;
    if (!isNeeded() || (isIdle && !isDue)) return;
    await pause(clock, room(group), signal);
    if (signal.aborted) return;
    this.postpone();
    this.#patrol.walk();
    const at = calls.stamp();
    try {
      const presences = await reader.readPresence(scope, { signal, priority: 'background' });
      this.#compare({ presences, at, complete: true });
    } catch (error) {
      if (!(error instanceof Failure)) onDefect(error);
      // The next time tries again; until then `oldestUnverified` gets older.
    }
  }

  #compare(testimony: Testimony): void {
    this.#options.onVerdict(this.#options.calls.compare(testimony), testimony.complete);
  }
}
