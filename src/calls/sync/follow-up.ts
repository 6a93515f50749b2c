import type { Clock } from '../../shared/clock.ts';
import type { Calls } from '../store/call-log.ts';

/**
 * Pauses before each further reading, in ms; after the last the rolling refresh reads it. They are multiplied by the
 * number of followed calls.
 */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Calls followed at a time, at most; together they take ten Light requests a minute (platform.md 7). */
const most = 20;

export interface FollowUpOptions {
  calls: Calls;
  clock: Clock;
  signal: AbortSignal;
  onDue: (telephonySessionId: string) => void;
}

/**
 * Asks for a few further readings of a call after a change, where more is likely to happen soon without an event: the
 * target of a transfer picks up, a colleague's phone stops ringing, a member joins a conference.
 */
export class FollowUp {
  readonly #options: FollowUpOptions;
  readonly #followed = new Map<string, () => void>();

  constructor(options: FollowUpOptions) {
    this.#options = options;
  }

  /** Starts following this call, or starts anew. Does nothing when `most` calls are followed already. */
  note(telephonySessionId: string): void {
    const isFollowed = this.#followed.has(telephonySessionId);
    if (!isFollowed && this.#followed.size >= most) return;
    this.#followed.get(telephonySessionId)?.();
    this.#followed.delete(telephonySessionId);
    this.#later(telephonySessionId, 0);
  }

  close(): void {
    for (const cancel of this.#followed.values()) cancel();
    this.#followed.clear();
  }

  #later(telephonySessionId: string, turn: number): void {
    const { calls, clock, signal, onDue } = this.#options;
    const pauseMs = pausesMs[turn];
    if (signal.aborted || pauseMs === undefined || !calls.isUnsettled(telephonySessionId)) {
      this.#followed.delete(telephonySessionId);
      return;
    }
    const cancel = clock.after(pauseMs * Math.max(1, this.#followed.size), () => {
      this.#later(telephonySessionId, turn + 1);
      if (calls.isUnsettled(telephonySessionId)) onDue(telephonySessionId);
    });
    this.#followed.set(telephonySessionId, cancel);
  }
}
