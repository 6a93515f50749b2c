import type { Clock } from '../clock.ts';
import type { RateLimits as Limits } from '../engine/world.ts';

/** Groups of operations that share a limit (platform.md 7). */
export type RateLimitGroup = keyof Limits;
/** `platform`: the documented defaults; `off`: no limit; or the defaults with changes. */
export type RateLimitSetting = 'platform' | 'off' | Partial<Limits>;

const WINDOW_MS = 60_000;
/** Requests per user, app and minute (platform.md 7). */
const PLATFORM: Limits = { light: 50, medium: 40, heavy: 10, auth: 5 };
const OFF: Limits = { light: null, medium: null, heavy: null, auth: null };
/** What the headers say where there is no limit: clients plan by them, so they are always sent. */
const UNREACHABLE = 1_000_000;

/** Limits of all groups, by a setting. */
export function limitsOf(setting: RateLimitSetting): Limits {
  if (setting === 'off') return OFF;
  return setting === 'platform' ? PLATFORM : { ...PLATFORM, ...setting };
}

/** Whether a request may be carried out, and what its answer says of the limit. */
export interface RateVerdict {
  /** False: the request is refused with 429. */
  allowed: boolean;
  /** For the answer, refusals included. */
  headers: Record<string, string>;
}

interface Bucket {
  /** When the requests of the last minute were let through, oldest first. */
  taken: number[];
  penaltyUntil: number;
}

/**
 * Rate limits: requests of the last minute count, per user, app and group. Who exceeds a limit is refused for a
 * minute, and each further request starts that minute again (platform.md 7).
 */
export class RateLimits {
  readonly #clock: Clock;
  /** Asked at each request: limits can change. */
  readonly #limits: () => Limits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limits: () => Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts a request against the limit of its group. `who` is a user with an app, see `rateKey`. */
  take(who: string, group: RateLimitGroup): RateVerdict {
    const limit = this.#limits()[group];
    if (limit === null) return { allowed: true, headers: headers(group, UNREACHABLE, UNREACHABLE) };
    const now = this.#clock.now();
    const bucket = this.#bucket(`${who} ${group}`);
    while ((bucket.taken[0] ?? now) <= now - WINDOW_MS) bucket.taken.shift();
    if (now < bucket.penaltyUntil || bucket.taken.length >= limit) {
      bucket.penaltyUntil = now + WINDOW_MS;
      const retryAfter = { 'Retry-After': String(WINDOW_MS / 1000) };
      return { allowed: false, headers: { ...headers(group, limit, 0), ...retryAfter } };
    }
    bucket.taken.push(now);
    return { allowed: true, headers: headers(group, limit, limit - bucket.taken.length) };
  }

  /** Forgets all requests and penalties. */
  reset(): void {
    this.#buckets.clear();
  }

  #bucket(key: string): Bucket {
    const known = this.#buckets.get(key);
    if (known) return known;
    const bucket: Bucket = { taken: [], penaltyUntil: 0 };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function headers(group: RateLimitGroup, limit: number, remaining: number): Record<string, string> {
  return {
    'X-Rate-Limit-Group': group,
    'X-Rate-Limit-Limit': String(limit),
    'X-Rate-Limit-Remaining': String(remaining),
    'X-Rate-Limit-Window': String(WINDOW_MS / 1000),
  };
}
