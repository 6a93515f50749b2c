import type { Counted } from './rate-limit-headers.ts';
import type { Budget } from './rate-limiter.ts';
import { type Priority, rateRules } from './rate-rules.ts';

/** The requests of one group of endpoints in the sliding window of its limit. `now` is epoch ms everywhere. */
export class RateBucket {
  #limit: number;
  #windowMs = rateRules.windowMs;
  /** Requests sent and not answered yet. */
  #inFlight = 0;
  /** Epoch ms at which requests were answered, oldest first: never earlier than the platform counted them. */
  readonly #answered: number[] = [];
  /** Epoch ms at which requests ended that the platform may not have counted, oldest first. */
  readonly #doubtful: number[] = [];
  /** What other processes of the same user and app have used, as the headers show. */
  #foreign = { count: 0, until: 0 };
  #blockedUntil = 0;
  /** What kept the last request from working; shown in failures until one works. */
  trouble: string | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many requests of this priority may be sent. */
  budget(priority: Priority, now: number): Budget {
    this.#forget(now);
    const size = { limit: this.#limit, windowMs: this.#windowMs };
    const blockedUntil = this.#blockedUntil;
    if (blockedUntil > now) return { ...size, available: 0, waitMs: blockedUntil - now, blockedUntil };
    const available = this.#available(priority, now);
    if (available > 0) return { ...size, available, waitMs: 0 };
    return { ...size, available: 0, waitMs: Math.max(1, this.#freeAt(-available, now) - now) };
  }

  /** Counts a request as sent, until `end`. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** A request has ended. `trouble`: what kept it from working. */
  end(counted: Counted, trouble: string | undefined, now: number): void {
    this.#inFlight -= 1;
    this.trouble = trouble;
    if (counted === 'answered') this.#answered.push(now);
    if (counted === 'doubtful') this.#doubtful.push(now);
  }

  /** Takes over what the platform says of the limit. */
  setLimit(limit: number, windowMs: number | undefined): void {
    this.#limit = limit;
    if (windowMs !== undefined) this.#windowMs = windowMs;
  }

  /** Takes what the platform has counted beyond our own requests for that of other processes. */
  noteRemaining(remaining: number, now: number): void {
    this.#forget(now);
    const count = this.#limit - remaining - this.#answered.length - this.#inFlight;
    if (count > 0) this.#foreign = { count, until: now + this.#windowMs };
  }

  /** Sends nothing more until then, epoch ms. */
  block(until: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }

  /** Moves all times by `ms`: the clock was set back. */
  shift(ms: number): void {
    for (const times of [this.#answered, this.#doubtful]) {
      for (const [index, at] of times.entries()) times[index] = at + ms;
    }
    this.#foreign.until += ms;
    this.#blockedUntil += ms;
  }

  /** Below 0: so many more have been sent than this priority may. */
  #available(priority: Priority, now: number): number {
    const allowed = Math.max(1, this.#limit - Math.ceil(this.#limit * rateRules.keptShares[priority]));
    return allowed - this.#inFlight - this.#answered.length - this.#doubtful.length - this.#foreignCount(now);
  }

  /** When `excess` requests and one more no longer count. */
  #freeAt(excess: number, now: number): number {
    const answeredEnds = this.#answered.map((at) => at + this.#windowMs);
    const doubtfulEnds = this.#doubtful.map((at) => at + rateRules.doubtfulMs);
    const ends = [...answeredEnds, ...doubtfulEnds].sort((one, other) => one - other);
    return ends[excess] ?? (this.#foreignCount(now) > 0 ? this.#foreign.until : now + this.#windowMs);
  }

  /** Drops the requests that no longer count. */
  #forget(now: number): void {
    dropUntil(this.#answered, now - this.#windowMs);
    dropUntil(this.#doubtful, now - rateRules.doubtfulMs);
  }

  #foreignCount(now: number): number {
    return this.#foreign.until > now ? this.#foreign.count : 0;
  }
}

/** Removes the oldest times, up to `end`. */
function dropUntil(times: number[], end: number): void {
  while (times[0] !== undefined && times[0] <= end) times.shift();
}
