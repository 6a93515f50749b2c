/** Told of an error that nobody expected; the work goes on. */
export type OnDefect = (error: unknown) => void;

/** Without anybody to tell, an unexpected error must not vanish: thrown outside the caller, it ends the process. */
export const throwLater: OnDefect = (error) => {
  setImmediate(() => {
    throw error;
  });
};

/** A set of callbacks. One that throws disturbs neither the others nor the caller: its error goes to `onDefect`. */
export class Listeners<Args extends unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();
  readonly #onDefect: OnDefect;

  constructor(onDefect = throwLater) {
    this.#onDefect = onDefect;
  }

  /** @returns removes the listener */
  add(listener: (...args: Args) => void): () => void {
    // Wrapped, so that the same function added twice is called twice and removed once.
    const own = (...args: Args): void => listener(...args);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls every listener with `args`. */
  emit(...args: Args): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#onDefect(error);
      }
    }
  }
}
