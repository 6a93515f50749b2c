import type { Clock } from '../../shared/clock.ts';
import { Refusal } from '../refusal.ts';

/** What one server bears. Everything that can pile up has a number here. */
export interface Limits {
  bodyBytes: number;
  headerBytes: number;
  sessions: number;
  sessionsPerPrincipal: number;
  /** Open event streams: GET /mcp, GET /sse and `subscriptions/listen`. */
  streams: number;
  streamsPerPrincipal: number;
  /** Sustained and at once, per principal. */
  requestsPerSecond: number;
  requestBurst: number;
  /** What may wait in memory for a client that reads slowly. */
  unsentBytes: number;
  /** Bodies of requests under way, in bytes. */
  bodies: number;
  bodiesPerPrincipal: number;
  /** Requests of one session whose answers are still to come. */
  requestsPerSession: number;
  sessionIdleMs: number;
  keepAliveMs: number;
  /** How long a shutdown waits for requests under way. */
  drainMs: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  sessions: 1_000,
  sessionsPerPrincipal: 200,
  streams: 2_000,
  streamsPerPrincipal: 400,
  requestsPerSecond: 50,
  requestBurst: 200,
  unsentBytes: 1024 * 1024,
  bodies: 64 * 1024 * 1024,
  bodiesPerPrincipal: 16 * 1024 * 1024,
  requestsPerSession: 100,
  sessionIdleMs: 30 * 60_000,
  keepAliveMs: 15_000,
  drainMs: 8_000,
};

/** Places of one kind, shared by all and bounded for each principal. */
export class Quota {
  readonly #what: string;
  readonly #total: number;
  readonly #perPrincipal: number;
  readonly #taken = new Map<string, number>();
  #size = 0;

  constructor(what: string, total: number, perPrincipal: number) {
    this.#what = what;
    this.#total = total;
    this.#perPrincipal = perPrincipal;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes one place, or `many`; the answer gives them back. Throws a 503 where there are not so many. */
  take(principal: string, many = 1): () => void {
    const own = (this.#taken.get(principal) ?? 0) + many;
    const size = this.#size + many;
    if (size > this.#total) this.#full(`This server has no more room for ${this.#what}`, this.#total);
    if (own > this.#perPrincipal) this.#full(`You have too many ${this.#what} open`, this.#perPrincipal);
    this.#taken.set(principal, own);
    this.#size = size;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#size -= many;
      const left = (this.#taken.get(principal) ?? many) - many;
      if (left === 0) this.#taken.delete(principal);
      else this.#taken.set(principal, left);
    };
  }

  #full(message: string, limit: number): never {
    throw new Refusal(503, `${message} (limit ${limit}). Close what is not needed, or try later.`, {
      headers: { 'retry-after': '30' },
    });
  }
}

/** A bucket of requests for each principal, filled at a steady rate. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Throws a 429 that says when the next request, or so `many` at once, are welcome. */
  spend(principal: string, many = 1): void {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(principal) ?? { tokens: this.#burst, at: now };
    // A clock that was set back takes nothing away.
    const passed = Math.max(0, now - bucket.at);
    const tokens = Math.min(this.#burst, bucket.tokens + (passed / 1000) * this.#perSecond);
    this.#buckets.set(principal, { tokens: Math.max(0, tokens - many), at: now });
    if (this.#buckets.size > 10_000) this.#forgetFull(now);
    if (tokens >= many) return;
    throw new Refusal(429, `Too many requests: at most ${this.#perSecond} a second.`, {
      headers: { 'retry-after': String(Math.ceil((many - tokens) / this.#perSecond)) },
    });
  }

  /** A bucket that has filled up again is as good as none. */
  #forgetFull(now: number) {
    for (const [principal, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1000) * this.#perSecond >= this.#burst) this.#buckets.delete(principal);
    }
  }
}
