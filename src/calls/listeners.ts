/** Who wants to know. */
export class Listeners<Args extends unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();

  /** The answer removes the listener. */
  add(listener: (...args: Args) => void): () => void {
    // Wrapped, so that the same function added twice is called twice and removed once.
    const own = (...args: Args): void => listener(...args);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  call(...args: Args): void {
    for (const listener of this.#listeners) listener(...args);
  }
}
