import type { Clock } from '../shared/clock.ts';

/**
 * The calls of a line that end by themselves unless somebody answers. They belong to the process, not to the client
 * that placed them. There are as many as calls can be placed within two minutes.
 */
export class HangUpTimers {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #cancels = new Set<() => void>();

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

  /** Cancels what has not run yet, and keeps no more. */
  close(): void {
    this.#closing.abort();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
