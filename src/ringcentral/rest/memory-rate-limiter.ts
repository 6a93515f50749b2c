import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import { RateBucket } from './rate-bucket.ts';
import { readRateAnswer, type StatedLimit } from './rate-limit-headers.ts';
import {
  type Budget,
  patienceMs as defaultPatienceMs,
  type RateLimiter,
  type RequestClass,
  type RequestSlot,
  usedUp,
} from './rate-limiter.ts';
import { type Priority, rateRules } from './rate-rules.ts';

/** The rate limiter of a process that has its login for itself. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #random: () => number;
  readonly #buckets = new Map<string, RateBucket>();
  /** Group by route, where the platform's headers differ from our table: groups may change (platform.md 7). */
  readonly #regrouped = new Map<string, string>();
  /** The end of a refusal that was for all groups, those included that are not known yet. */
  #allBlockedUntil = 0;
  #lastNow = 0;

  /** @param patienceMs how long `admit` waits for a place at most */
  constructor(clock: Clock, patienceMs = defaultPatienceMs, random = Math.random) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#random = random;
  }

  async admit(request: RequestClass): Promise<RequestSlot> {
    const { route, group, priority } = request;
    const deadline = this.#now() + (priority === 'background' ? 0 : this.#patienceMs);
    for (;;) {
      const bucket = this.#bucket(this.#regrouped.get(route) ?? group);
      const budget = bucket.budget(priority, this.#now());
      if (budget.waitMs === 0) return this.#take(request, bucket);
      if (this.#now() + budget.waitMs > deadline) throw usedUp(budget, bucket.trouble);
      await delay(this.#clock, budget.waitMs);
    }
  }

  budget(group: RateGroup, priority: Priority = 'background'): Budget {
    return this.#bucket(group).budget(priority, this.#now());
  }

  /**
   * A clock that is set back takes what is remembered along; else the buckets stayed full until it is that late
   * again.
   */
  #now(): number {
    const now = this.#clock.now();
    const back = now - this.#lastNow;
    if (back < 0) {
      this.#allBlockedUntil += back;
      for (const bucket of this.#buckets.values()) bucket.shift(back);
    }
    this.#lastNow = now;
    return now;
  }

  #bucket(group: string): RateBucket {
    const known = this.#buckets.get(group);
    if (known) return known;
    const bucket = new RateBucket(rateRules.limits[group as RateGroup] ?? rateRules.limits.heavy);
    bucket.block(this.#allBlockedUntil);
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
        return budget.blockedUntil === undefined ? undefined : usedUp(budget, bucket.trouble);
      },
      answered: (status, headers, errorCode) => {
        const answer = readRateAnswer(status, headers, errorCode, this.#clock.now());
        bucket.end(answer.counted, answer.trouble, this.#now());
        if (answer.stated) this.#learn(request, bucket, answer.stated);
        if (answer.penalty) this.#penalise(bucket, answer.penalty);
      },
    };
  }

  #learn(request: RequestClass, bucket: RateBucket, stated: StatedLimit): void {
    const { group = request.group, limit, windowMs, remaining } = stated;
    if (group !== request.group) this.#regrouped.set(request.route, group);
    const target = this.#bucket(group);
    target.setLimit(limit, windowMs);
    if (target === bucket && remaining !== undefined) target.noteRemaining(remaining, this.#now());
  }

  /** Blocks the group after a 429, or all groups where nothing says that it concerns this one. */
  #penalise(bucket: RateBucket, { ms, isOfGroup }: { ms: number; isOfGroup: boolean }): void {
    const { leastJitter, jitterSpread } = rateRules;
    const until = Math.ceil(this.#now() + ms * (1 + leastJitter + this.#random() * jitterSpread));
    if (isOfGroup) {
      bucket.block(until);
      return;
    }
    this.#allBlockedUntil = Math.max(this.#allBlockedUntil, until);
    for (const each of this.#buckets.values()) each.block(until);
  }
}
