/**
 * Callbacks that wait for the next change of a session (long poll, platform.md 2.3.3). Each is called at most once.
 */
export class ChangeWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `listener` at the next change of the session; returns cancel. */
  wait(telephonySessionId: string, listener: () => void): () => void {
    const once = this.#waiting.get(telephonySessionId) ?? new Set();
    this.#waiting.set(telephonySessionId, once.add(listener));
    return () => {
      once.delete(listener);
      if (once.size === 0 && this.#waiting.get(telephonySessionId) === once) {
        this.#waiting.delete(telephonySessionId);
      }
    };
  }

  /** The session has changed: calls whoever waits for it. */
  changed(telephonySessionId: string): void {
    const once = this.#waiting.get(telephonySessionId);
    this.#waiting.delete(telephonySessionId);
    for (const listener of once ?? []) listener();
  }

  clear(): void {
    this.#waiting.clear();
  }
}
