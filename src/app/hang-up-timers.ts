import { BoundedSet } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';

/** So many calls are remembered that were ended, for who waits for them. */
const LIMIT = 200;

/**
 * The calls of a line that end by themselves unless somebody answers. They belong to the process, not to the client
 * that placed them. There are as many as calls can be placed within two minutes.
 */
export class HangUpTimers {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #cancels = new Set<() => void>();
  readonly #ended = new BoundedSet<string>(LIMIT);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `hangUp` once after `ms`, unless the timers are closed before.
   * @param hangUp handles its own failures; its signal aborts when the timers are closed
   */
  schedule(ms: number, hangUp: (signal: AbortSignal) => void): void {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      hangUp(signal);
    });
    this.#cancels.add(cancel);
  }

  /** A call was ended because its time was up. */
  noteEnded(telephonySessionId: string): void {
    this.#ended.add(telephonySessionId);
  }

  /** Whether this call was ended because its time was up, as far back as is remembered. */
  hasEnded(telephonySessionId: string): boolean {
    return this.#ended.has(telephonySessionId);
  }

  /** Cancels what has not run yet, and keeps no more. */
  close(): void {
    this.#closing.abort();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
