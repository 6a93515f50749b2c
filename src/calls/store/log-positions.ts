import type { Clock } from '../../shared/clock.ts';

/**
 * Places in the one order of what a line has heard and read: epoch ms × 1,000, and a count within the millisecond.
 * They never repeat and never go back, so that "before" and "after" are certain. The history's cursors are positions,
 * and so are the store's stamps, which count them in ms.
 */
export interface Positions {
  /** The last that was given; at first, one below all that will be. */
  readonly last: number;
  /** The position of what happens right after the last. */
  next(): number;
  /** The stamp of now: later than all that was merged, and earlier than all that will be. */
  stamp(): number;
  /**
   * The stamp of what is merged now.
   * @param time when it came in, epoch ms
   */
  stampAt(time: number): number;
  /** When what is merged now happens, epoch ms. */
  time(): number;
}

/** Positions by this process' clock, where it alone keeps the calls. Those of an earlier run are below all of this. */
export class LogPositions implements Positions {
  readonly #clock: Pick<Clock, 'now'>;
  #last: number;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#last = Math.floor(clock.now() * 1_000);
  }

  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  stamp(): number {
    return this.stampAt(this.#clock.now());
  }

  /** Right after the last position where that would be later than `time`. */
  stampAt(time: number): number {
    this.#last = Math.max(Math.floor(time * 1_000), this.#last + 1);
    return this.#last / 1_000;
  }

  time(): number {
    return this.#clock.now();
  }
}

/**
 * Positions in a log that several processes replay: each entry brings its own, so that all of them give the same to
 * the same, whatever their clocks say.
 */
export class ReplayedPositions implements Positions {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  /** What is merged from now on is the entry with this position. */
  enter(position: number): void {
    this.#last = Math.max(position, this.#last + 1);
  }

  /** Goes on after this position, of a picture that was taken over. */
  goOnFrom(position: number): void {
    this.#last = position;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Between the entry that was merged last and the next. */
  stamp(): number {
    return (this.#last + 0.5) / 1_000;
  }

  stampAt(): number {
    return this.#last / 1_000;
  }

  time(): number {
    return Math.floor(this.#last / 1_000);
  }
}
