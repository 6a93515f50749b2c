import type { Clock } from '../../shared/clock.ts';

/** Stamps: epoch ms that never repeat and never go back, so that "before" and "after" are always certain. */
export class Stamps {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.at(this.#clock.now());
  }

  /**
   * The stamp of what happened at `time`; a little above the last stamp where that would be later.
   * @param time epoch ms
   */
  at(time: number): number {
    this.#last = time > this.#last ? time : this.#last + 0.001;
    return this.#last;
  }
}
