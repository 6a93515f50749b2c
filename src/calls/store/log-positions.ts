import type { Clock } from '../../shared/clock.ts';

/**
 * Places in the one order of what a line has heard and read: epoch ms × 1,000, and a count within the millisecond.
 * They never repeat and never go back, so that "before" and "after" are certain, and those of an earlier run are
 * below all of this one. The history's cursors are positions, and so are the store's stamps, which count them in ms.
 */
export class LogPositions {
  readonly #clock: Pick<Clock, 'now'>;
  #last: number;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#last = Math.floor(clock.now() * 1_000);
  }

  /** The last that was given; at first, one below all that will be. */
  get last(): number {
    return this.#last;
  }

  /** The position of what happens right after the last. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The stamp of now. */
  stamp(): number {
    return this.stampAt(this.#clock.now());
  }

  /**
   * The stamp of what happened at `time`; right after the last position where that would be later.
   * @param time epoch ms
   */
  stampAt(time: number): number {
    this.#last = Math.max(Math.floor(time * 1_000), this.#last + 1);
    return this.#last / 1_000;
  }
}
