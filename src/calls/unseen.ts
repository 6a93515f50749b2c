/** Calls that presence lists and that are not live in the picture, until they have been read. */
export class Unseen {
  readonly #ids = new Set<string>();
  readonly #isLive: (telephonySessionId: string) => boolean;

  constructor(isLive: (telephonySessionId: string) => boolean) {
    this.#isLive = isLive;
  }

  /** Takes what presence sees differently. `isComplete`: what it does not list any more is over. */
  note(differing: readonly string[], isComplete: boolean): void {
    if (isComplete) this.#ids.clear();
    for (const id of differing) if (!this.#isLive(id)) this.#ids.add(id);
  }

  /** The platform has answered for this call; true when it had been missing. */
  answered(telephonySessionId: string): boolean {
    return this.#ids.delete(telephonySessionId);
  }

  /** For a person; undefined when nothing is missing. */
  get reason(): string | undefined {
    // Events may have told of them meanwhile.
    for (const id of this.#ids) if (this.#isLive(id)) this.#ids.delete(id);
    const { size } = this.#ids;
    if (size === 0) return undefined;
    return size === 1
      ? '1 call that RingCentral lists has not been read yet.'
      : `${size} calls that RingCentral lists have not been read yet.`;
  }
}
