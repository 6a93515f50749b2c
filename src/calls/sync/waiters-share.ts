import type { Clock } from '../../shared/clock.ts';

/**
 * Of the requests of a group that the platform allows in a minute (platform.md 7), so many are spent on those who
 * wait.
 */
const share = 0.4;
const windowMs = 60_000;

/** The requests that those who wait may cause, all of them together, in any minute. */
export class WaitersShare {
  readonly #clock: Clock;
  readonly #limit: () => number;
  #spent: number[] = [];

  /** `limit`: requests a minute that the platform allows in this group. */
  constructor(clock: Clock, limit: () => number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Requests a minute that those who wait may cause. */
  get perMinute(): number {
    return this.#limit() * share;
  }

  /** Counts a request; false, and nothing is counted, where it would be one too many. */
  take(): boolean {
    const now = this.#clock.now();
    // A time that is still to come was noted before the clock was set back.
    this.#spent = this.#spent.filter((at) => at <= now && now - at < windowMs);
    if (this.#spent.length >= Math.max(1, Math.floor(this.perMinute))) return false;
    this.spend();
    return true;
  }

  /** Counts a request that is sent in any case. */
  spend(): void {
    this.#spent.push(this.#clock.now());
  }
}

/** A look that began so shortly before is as good as one now. */
export const justNowMs = 250;
