import { readRateAnswer } from '../../ringcentral/rest/rate-limit-headers.ts';
import {
  type Budget,
  patienceMs as defaultPatienceMs,
  type RateLimiter,
  type RequestClass,
  type RequestSlot,
  usedUp,
} from '../../ringcentral/rest/rate-limiter.ts';
import { type Priority, rateRules } from '../../ringcentral/rest/rate-rules.ts';
import type { RateGroup } from '../../ringcentral/wire/operation-table.ts';
import { delay } from '../../shared/delay.ts';
import type { Redis } from '../redis/redis.ts';
import {
  type RateVerdict,
  type RequestEnd,
  type Room,
  rateScript,
  type SharedRateRules,
  type WantedPlace,
} from './rate-script.ts';

export const sharedRateRules: SharedRateRules = { ...rateRules, heldMs: 30_000 };

/** How old, in ms, an answer of Redis may be from which `budget` tells, before Redis is asked again. */
const youngMs = 1_000;
/** How long, in ms, until it is told again how requests have ended, where Redis did not answer. */
const retryMs = 500;
/** So many places that Redis may have given are given back at most, once it answers; others count until they expire. */
const mostGivenBack = 500;

export interface SharedRateLimiterOptions {
  redis: Redis;
  /** Whose limit it is, the same at all replicas: a name of the login, no secret. */
  login: string;
  /** How long `admit` waits for a place at most. */
  patienceMs?: number;
  random?: () => number;
  rules?: SharedRateRules;
}

/**
 * The rate limiter of replicas that use one login together: Redis decides, in one script. `admit` fails as `unavailable`
 * while Redis does not answer, for reads, too, because nobody can tell what the others send.
 *
 * How requests end is told in the background, and with each request for a place: a replica never asks before Redis knows
 * what this replica knows. `budget` and `refusal` tell from Redis' last answer.
 */
export class SharedRateLimiter implements RateLimiter {
  readonly #options: Required<SharedRateLimiterOptions>;
  /** As Redis last told, and when; by group. */
  readonly #rooms = new Map<string, { room: Room; at: number }>();
  /** What Redis has not taken yet, in order. */
  readonly #ends = new Map<RequestEnd, { since: number }>();
  #isTelling = false;
  #isAsking = false;
  #places = 0;

  constructor(options: SharedRateLimiterOptions) {
    this.#options = {
      patienceMs: defaultPatienceMs,
      random: Math.random,
      rules: sharedRateRules,
      ...options,
    };
  }

  async admit(request: RequestClass): Promise<RequestSlot> {
    const { route, group, priority } = request;
    const { redis, patienceMs } = this.#options;
    const { clock } = redis;
    const deadline = clock.now() + (priority === 'background' ? 0 : patienceMs);
    this.#places += 1;
    const wanted = { id: `${redis.replica}:${this.#places}`, route, group, priority };
    for (;;) {
      const verdict = await this.#ask(wanted);
      const { group: takenIn = group } = verdict;
      if (verdict.admitted) return this.#slot(wanted, takenIn);
      const { waitMs, ...rest } = this.#budgetOf(takenIn, priority);
      if (clock.now() + waitMs > deadline) throw usedUp({ ...rest, waitMs }, this.#troubleOf(takenIn));
      await delay(clock, waitMs);
    }
  }

  budget(group: RateGroup, priority: Priority = 'background'): Budget {
    const age = this.#options.redis.clock.now() - (this.#rooms.get(group)?.at ?? Number.NEGATIVE_INFINITY);
    if (age > youngMs && !this.#isAsking) void this.#decide().catch(() => undefined);
    return this.#budgetOf(group, priority);
  }

  #budgetOf(group: string, priority: Priority): Budget {
    const known = this.#rooms.get(group);
    if (!known) return this.#untouched(group, priority);
    const { room, at } = known;
    const { limit, windowMs, blockedMs } = room;
    const now = this.#options.redis.clock.now();
    const { available, waitMs } = room.of[priority];
    const left = at + Math.max(waitMs, blockedMs) - now;
    const blockedUntil = at + blockedMs;
    const size = { limit, windowMs };
    if (blockedUntil > now) return { ...size, available: 0, waitMs: left, blockedUntil };
    if (waitMs === 0) return { ...size, available, waitMs: 0 };
    return left > 0 ? { ...size, available: 0, waitMs: left } : { ...size, available: 1, waitMs: 0 };
  }

  /** Before Redis has told anything. */
  #untouched(group: string, priority: Priority): Budget {
    const { limits, windowMs, keptShares } = this.#options.rules;
    const limit = limits[group as RateGroup] ?? limits.heavy;
    return {
      ...{ limit, windowMs, waitMs: 0 },
      available: Math.max(1, limit - Math.ceil(limit * keptShares[priority])),
    };
  }

  #troubleOf = (group: string): string | undefined => this.#rooms.get(group)?.room.trouble;

  /**
   * Asks for a place.
   * @throws Failure `unavailable` where Redis does not answer; a place that it may have given is given back
   */
  async #ask(wanted: WantedPlace): Promise<RateVerdict> {
    try {
      return await this.#decide(wanted);
    } catch (error) {
      const { id, route, group } = wanted;
      if (this.#ends.size < mostGivenBack) this.#tell({ id, route, group, counted: 'not' });
      throw error;
    }
  }

  #slot({ id, route, group }: WantedPlace, takenIn: string): RequestSlot {
    const { redis, random } = this.#options;
    const end = { id, route, group, takenIn };
    const because = (why?: string) => (why === undefined ? {} : { trouble: why });
    return {
      // A place that was not used says nothing of what others meet.
      notSent: (why) => this.#tell({ ...end, ...because(why), counted: 'not' }),
      unanswered: (why) => this.#tell({ ...end, ...because(why), counted: 'doubtful' }),
      refusal: () => {
        const budget = this.#budgetOf(takenIn, 'end');
        return budget.blockedUntil === undefined ? undefined : usedUp(budget, this.#troubleOf(takenIn));
      },
      answered: (status, headers, errorCode) => {
        const answer = readRateAnswer(status, headers, errorCode, redis.clock.now());
        const { counted, trouble = '', stated, penalty } = answer;
        this.#tell({
          ...{ ...end, counted, trouble },
          ...(stated && { stated }),
          ...(penalty && { penalty: { ...penalty, random: random() } }),
        });
        if (penalty) this.#block(penalty.ms, penalty.isOfGroup ? takenIn : undefined);
      },
    };
  }

  /** Until Redis tells how long: nothing of this replica leaves meanwhile. `group`: absent for all. */
  #block(ms: number, group: string | undefined): void {
    const now = this.#options.redis.clock.now();
    for (const [name, { room, at }] of this.#rooms) {
      const blockedMs = Math.max(room.blockedMs, now + ms - at);
      if (group === undefined || group === name) this.#rooms.set(name, { room: { ...room, blockedMs }, at });
    }
  }

  #tell(end: RequestEnd): void {
    this.#ends.set(end, { since: this.#options.redis.clock.now() });
    if (!this.#isTelling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    const { clock } = this.#options.redis;
    this.#isTelling = true;
    while (this.#ends.size > 0) {
      const told = await this.#decide().then(
        () => true,
        () => false,
      );
      if (told) continue;
      this.#forgetOld();
      await delay(clock, retryMs);
    }
    this.#isTelling = false;
  }

  /** What is not told by the time at which the place counts by itself need not be told any more. */
  #forgetOld(): void {
    const { redis, rules } = this.#options;
    const now = redis.clock.now();
    for (const [end, { since }] of this.#ends) if (now - since > rules.heldMs) this.#ends.delete(end);
  }

  /** Tells all that is to be told, and asks for a place where one is wanted. @throws Failure `unavailable` */
  async #decide(wanted?: WantedPlace): Promise<RateVerdict> {
    const { redis, login, rules } = this.#options;
    const ends = [...this.#ends.keys()];
    this.#isAsking = true;
    try {
      const answer = await redis.run(
        rateScript,
        [redis.key('rate', login)],
        [JSON.stringify(rules), JSON.stringify(ends), wanted ? JSON.stringify(wanted) : ''],
      );
      for (const end of ends) this.#ends.delete(end);
      const verdict = JSON.parse(String(answer)) as RateVerdict;
      const at = redis.clock.now();
      for (const [group, room] of Object.entries(verdict.rooms)) this.#rooms.set(group, { room, at });
      return verdict;
    } finally {
      this.#isAsking = false;
    }
  }
}
