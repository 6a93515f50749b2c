import type { Clock } from '../base/clock.ts';

export interface LooksOptions {
  clock: Clock;
  signal: AbortSignal;
  /** How often it is looked again for who waits. */
  pollMs: number;
  /** False while events come in, or there is nothing yet that could be looked at again. */
  isNeeded: () => boolean;
  /** Reads presence, what it sees differently, and what is about to change; `readsAll`: all that is old. Never throws. */
  read: (readsAll: boolean) => Promise<void>;
}

/** Without events nothing is known but what is read: looks at all calls, shared by all who want to see them. */
export class Looks {
  readonly #options: LooksOptions;
  #underWay: Promise<void> | undefined;
  #waiting = 0;
  #cancel = (): void => undefined;

  constructor(options: LooksOptions) {
    this.#options = options;
  }

  /** Looks; who comes while somebody looks shares that. */
  now(): Promise<void> {
    const { isNeeded, read } = this.#options;
    if (!isNeeded()) return Promise.resolve();
    this.#underWay ??= read(true).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
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
    const { clock, signal, pollMs, isNeeded, read } = this.#options;
    this.#cancel = clock.after(pollMs, () => {
      if (signal.aborted) return;
      this.#later();
      if (isNeeded()) void read(false);
    });
  }
}
