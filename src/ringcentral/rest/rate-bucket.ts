import { Failure, waitWords } from '../../shared/failure.ts';

/**
 * Who may use the last of a limit: ending a call before other actions, actions before reads, these before background
 * reads.
 */
export type Priority = 'end' | 'action' | 'read' | 'background';

/**
 * The share of a bucket that each priority leaves untouched for those before it. Ending a call takes three Light
 * requests: the guard reads before it asks and after the yes.
 */
const keptShare: Record<Priority, number> = { end: 0, action: 0.08, read: 0.2, background: 0.4 };

/** Until the platform's headers say otherwise (platform.md 7). */
const defaultWindowMs = 60_000;
/**
 * How long, in ms, a request counts that the platform may not have counted: no answer came, or one without rate-limit
 * headers. This spaces tries against a platform in trouble; the headers of a later answer settle it.
 */
const doubtfulMs = 10_000;

export interface Budget {
  limit: number;
  windowMs: number;
  /** Requests that may be sent now. */
  available: number;
  /** Milliseconds until one may be sent; 0 = now. */
  waitMs: number;
  /** The platform has refused this group until then, epoch ms; sending now would prolong it. */
  blockedUntil?: number;
}

/** How a request that has ended counts: surely, perhaps, or not at all. */
export type Counted = 'answered' | 'doubtful' | 'not';

/** The requests of one group of endpoints in the sliding window of its limit. `now` is epoch ms everywhere. */
export class RateBucket {
  #limit: number;
  #windowMs = defaultWindowMs;
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
    dropUntil(this.#answered, now - this.#windowMs);
    dropUntil(this.#doubtful, now - doubtfulMs);
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

  /**
   * The failure of a request for which there is no place. Names what keeps requests from working, where that is
   * known: that the limit is used up is its consequence.
   */
  usedUp({ waitMs, limit, windowMs, blockedUntil }: Budget): Failure {
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    const wait = waitWords(retryAfterSeconds);
    if (this.trouble === undefined || blockedUntil !== undefined) {
      const message = `RingCentral's limit on requests is used up for now; nothing was sent.${wait}`;
      return new Failure('rate_limited', message, { retryAfterSeconds });
    }
    const message =
      `RingCentral cannot be reached (${this.trouble}), and the ${limit} requests that it allows in ` +
      `${windowMs / 1000} s have been sent.${wait}`;
    return new Failure('unavailable', message, { retryAfterSeconds });
  }

  /** Below 0: so many more have been sent than this priority may. */
  #available(priority: Priority, now: number): number {
    const allowed = Math.max(1, this.#limit - Math.ceil(this.#limit * keptShare[priority]));
    return allowed - this.#inFlight - this.#answered.length - this.#doubtful.length - this.#foreignCount(now);
  }

  /** When `excess` requests and one more no longer count. */
  #freeAt(excess: number, now: number): number {
    const answeredEnds = this.#answered.map((at) => at + this.#windowMs);
    const doubtfulEnds = this.#doubtful.map((at) => at + doubtfulMs);
    const ends = [...answeredEnds, ...doubtfulEnds].sort((one, other) => one - other);
    return ends[excess] ?? (this.#foreignCount(now) > 0 ? this.#foreign.until : now + this.#windowMs);
  }

  #foreignCount(now: number): number {
    return this.#foreign.until > now ? this.#foreign.count : 0;
  }
}

/** Removes the oldest times, up to `end`. */
function dropUntil(times: number[], end: number): void {
  while (times[0] !== undefined && times[0] <= end) times.shift();
}
