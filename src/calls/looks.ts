import type { Clock } from '../base/clock.ts';

/** What was read at most this long ago is good enough for the next who looks. */
const pauseMs = 2_000;
/** And for who waits it is looked again so often: with what that makes to be read, a third of the Light requests. */
const pollMs = 5_000;

export interface LooksOptions {
  clock: Clock;
  signal: AbortSignal;
  /** False while events come in, or there is nothing yet that could be looked at again. */
  isNeeded: () => boolean;
  /** Reads presence and what it sees differently; `readsAll`: and all that is old. Never throws. */
  read: (readsAll: boolean) => Promise<void>;
}

/** Without events nothing is known but what is read: looks at all calls, shared by all who want to see them. */
export class Looks {
  readonly #options: LooksOptions;
  #last: { done: Promise<void>; at: number } | undefined;
  #waiting = 0;
  #cancel = (): void => undefined;

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** Looks, unless somebody did just before. */
  now(readsAll = true): Promise<void> {
    const { clock, isNeeded, read } = this.#options;
    if (!isNeeded()) return Promise.resolve();
    const at = clock.now();
    // Absolute, because a clock can be set back.
    if (this.#last && Math.abs(at - this.#last.at) < pauseMs) return this.#last.done;
    const done = read(readsAll);
    this.#last = { done, at };
    return done;
  }

  /** Looks again and again for as long as somebody waits. The answer ends it. */
  watch(): () => void {
    this.#waiting += 1;
    if (this.#waiting === 1) this.#later();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#cancel();
    };
  }

  #later(): void {
    const { clock, signal } = this.#options;
    this.#cancel = clock.after(pollMs, () => {
      if (signal.aborted) return;
      this.#later();
      void this.now(false);
    });
  }
}
