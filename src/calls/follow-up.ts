import type { Clock } from '../base/clock.ts';
import type { LiveCalls } from './live-calls.ts';

/** When a call is looked at again after something happened on it; then the patrol sees to it. The more, the later. */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Calls that are followed at a time; together they get ten Light requests a minute (platform.md 7). */
const most = 20;

export interface FollowUpOptions {
  calls: LiveCalls;
  clock: Clock;
  signal: AbortSignal;
  onDue: (telephonySessionId: string) => void;
}

/**
 * Reads a call a few times more after something happened on it, where it is likely that the rest happens soon and no
 * event will tell: whom a call was transferred to picks up, a colleague's phone stops ringing, a member joins.
 */
export class FollowUp {
  readonly #options: FollowUpOptions;
  readonly #followed = new Map<string, () => void>();

  constructor(options: FollowUpOptions) {
    this.#options = options;
  }

  /** Something happened on this call. */
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
