import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import type { Failure } from '../../shared/failure.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import type { HttpHeaders } from './http-headers.ts';
import { type Budget, type Counted, type Priority, RateBucket } from './rate-bucket.ts';
import { defaultPenaltySeconds, readStatedLimit, retryAfterSeconds } from './rate-limit-headers.ts';

/** Requests a minute until the platform's headers say otherwise (platform.md 7). */
const defaultLimits: Record<RateGroup, number> = { light: 50, medium: 40, heavy: 10, auth: 5 };
/** Jitter on a stated wait, as shares of it: several servers of one login must not come back at the same moment. */
const leastJitter = 1 / 12;
const jitterSpread = 1 / 8;

/**
 * Error codes of a 429 that concern one group even without headers; any other 429 without them blocks all groups
 * (platform.md 7, 9.2).
 */
const groupCodes: ReadonlySet<string> = new Set(['CMN-301', 'CMN-302', 'CMN-304']);

export interface RequestClass {
  route: string;
  group: RateGroup;
  priority: Priority;
}

/**
 * A place in the rate limit, from `admit`. Call exactly one of `answered`, `unanswered` and `notSent` when the
 * exchange is over. `why`: the cause in a word or two.
 */
export interface RequestSlot {
  answered(status: number, headers: HttpHeaders, errorCode?: string): void;
  /** No answer came, and the request may have reached the platform. */
  unanswered(why?: string): void;
  /** The request cannot have reached the platform: its place is free again. */
  notSent(why?: string): void;
  /** The failure to throw instead of sending, when the platform has refused the group since; else undefined. */
  refusal(): Failure | undefined;
}

/**
 * Keeps all requests within the platform's limits (platform.md 7): a sliding window per group of endpoints, learned
 * from the answers' headers, shared by all callers. There is no queue: who does not fit is told how long to wait.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #random: () => number;
  readonly #buckets = new Map<string, RateBucket>();
  /** Group by route, where the platform's headers differ from our table: groups may change (platform.md 7). */
  readonly #regrouped = new Map<string, string>();
  #lastNow = 0;

  /** @param patienceMs how long `admit` waits for a place at most */
  constructor(clock: Clock, patienceMs = 2_000, random = Math.random) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#random = random;
  }

  /**
   * Takes a place in the group's limit; waits for it up to two seconds, in the background not at all.
   * @throws Failure `rate_limited`, or `unavailable` where requests fail and so use up the limit
   */
  async admit(request: RequestClass): Promise<RequestSlot> {
    const { route, group, priority } = request;
    const deadline = this.#now() + (priority === 'background' ? 0 : this.#patienceMs);
    for (;;) {
      const bucket = this.#bucket(this.#regrouped.get(route) ?? group);
      const budget = bucket.budget(priority, this.#now());
      if (budget.waitMs === 0) return this.#take(request, bucket);
      if (this.#now() + budget.waitMs > deadline) throw bucket.usedUp(budget);
      await delay(this.#clock, budget.waitMs);
    }
  }

  /** How many requests may be sent now, for metrics and for background work. */
  budget(group: RateGroup, priority: Priority = 'background'): Budget {
    return this.#bucket(group).budget(priority, this.#now());
  }

  /**
   * A clock that is set back takes what is remembered along; else the buckets stayed full until it is that late
   * again.
   */
  #now(): number {
    const now = this.#clock.now();
    if (now < this.#lastNow) for (const bucket of this.#buckets.values()) bucket.shift(now - this.#lastNow);
    this.#lastNow = now;
    return now;
  }

  #bucket(group: string): RateBucket {
    const known = this.#buckets.get(group);
    if (known) return known;
    const bucket = new RateBucket(defaultLimits[group as RateGroup] ?? defaultLimits.heavy);
    this.#buckets.set(group, bucket);
    return bucket;
  }

  #take(request: RequestClass, bucket: RateBucket): RequestSlot {
    bucket.begin();
    return {
      // A place that was not used says nothing of what others meet.
      notSent: (why = bucket.trouble) => bucket.end('not', why, this.#now()),
      unanswered: (why = bucket.trouble) => bucket.end('doubtful', why, this.#now()),
      refusal: () => {
        const budget = bucket.budget('end', this.#now());
        return budget.blockedUntil === undefined ? undefined : bucket.usedUp(budget);
      },
      answered: (status, headers, errorCode) => {
        const trouble = status >= 500 ? `HTTP ${status}` : undefined;
        bucket.end(howCounted(status, headers), trouble, this.#now());
        this.#learn(request, bucket, headers);
        if (status === 429) this.#penalise(bucket, headers, errorCode);
      },
    };
  }

  #learn(request: RequestClass, bucket: RateBucket, headers: HttpHeaders): void {
    const stated = readStatedLimit(headers);
    if (!stated) return;
    const { group = request.group, limit, windowMs, remaining } = stated;
    if (group !== request.group) this.#regrouped.set(request.route, group);
    const target = this.#bucket(group);
    target.setLimit(limit, windowMs);
    if (target === bucket && remaining !== undefined) target.noteRemaining(remaining, this.#now());
  }

  /** Blocks the group after a 429, or all groups where nothing says that it concerns this one. */
  #penalise(bucket: RateBucket, headers: HttpHeaders, errorCode: string | undefined): void {
    const now = this.#now();
    const statedMs = (retryAfterSeconds(headers, now) ?? defaultPenaltySeconds) * 1000;
    const until = now + statedMs * (1 + leastJitter + this.#random() * jitterSpread);
    if (headers.has('x-rate-limit-group') || groupCodes.has(errorCode ?? '')) {
      bucket.block(until);
      return;
    }
    for (const group of Object.keys(defaultLimits)) this.#bucket(group).block(until);
    for (const other of this.#buckets.values()) other.block(until);
  }
}

/**
 * Limits are per user (platform.md 7): what had no valid token was counted for nobody, if no header says otherwise.
 */
function howCounted(status: number, headers: HttpHeaders): Counted {
  if (headers.has('x-rate-limit-limit')) return 'answered';
  if (status === 401) return 'not';
  return status >= 500 ? 'doubtful' : 'answered';
}
