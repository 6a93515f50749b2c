import type { Clock } from '../../shared/clock.ts';
import { Refusal } from '../refusal.ts';

/** What one HTTP server holds and takes at most, over all clients and for one principal. */
export interface Limits {
  bodyBytes: number;
  headerBytes: number;
  sessions: number;
  sessionsPerPrincipal: number;
  /** Open event streams: GET /mcp, GET /sse and `subscriptions/listen`. */
  streams: number;
  streamsPerPrincipal: number;
  /** Rate limit of one principal: sustained, and at once. */
  requestsPerSecond: number;
  requestBurst: number;
  /** Bytes that may wait in memory for a client that reads slowly; its connection ends beyond that. */
  unsentBytes: number;
  /** Bytes of request bodies held in memory. */
  bodies: number;
  bodiesPerPrincipal: number;
  /** Requests of one session that have no answer yet. */
  requestsPerSession: number;
  /** A session without requests and streams ends after this. */
  sessionIdleMs: number;
  /** Between the comments that keep an event stream open through proxies. */
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

/** Counts what is held of one kind (sessions, streams, bytes), bounded in total and for each principal. */
export class Quota {
  readonly #what: string;
  readonly #total: number;
  readonly #perPrincipal: number;
  readonly #taken = new Map<string, number>();
  #size = 0;

  /** @param what is counted, as a plural for the messages of refusals */
  constructor(what: string, total: number, perPrincipal: number) {
    this.#what = what;
    this.#total = total;
    this.#perPrincipal = perPrincipal;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Takes one, or `many`.
   * @returns gives them back; harmless when called twice
   * @throws Refusal 503 with Retry-After where a bound would be passed
   */
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

/** A token bucket of requests for each principal. */
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

  /**
   * Counts one request, or `many` at once.
   * @throws Refusal 429 with the Retry-After after which they will be taken
   */
  spend(principal: string, many = 1): void {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(principal) ?? { tokens: this.#burst, at: now };
    // The clock can be set back: no tokens are lost by that.
    const passed = Math.max(0, now - bucket.at);
    const tokens = Math.min(this.#burst, bucket.tokens + (passed / 1000) * this.#perSecond);
    this.#buckets.set(principal, { tokens: Math.max(0, tokens - many), at: now });
    if (this.#buckets.size > 10_000) this.#forgetFull(now);
    if (tokens >= many) return;
    throw new Refusal(429, `Too many requests: at most ${this.#perSecond} a second.`, {
      headers: { 'retry-after': String(Math.ceil((many - tokens) / this.#perSecond)) },
    });
  }

  /** Drops the buckets that have filled up again: a new one starts full. */
  #forgetFull(now: number) {
    for (const [principal, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1000) * this.#perSecond >= this.#burst) this.#buckets.delete(principal);
    }
  }
}
