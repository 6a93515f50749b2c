import type { Clock } from '../clock.ts';
import type { RateLimits as Limits } from '../engine/world.ts';

export type RateLimitGroup = keyof Limits;
/** `platform`: the documented defaults; `off`: no limit; or the defaults with changes. */
export type RateLimitSetting = 'platform' | 'off' | Partial<Limits>;

const WINDOW_MS = 60_000;
/** Requests per user, app and minute (platform.md 7). */
const PLATFORM: Limits = { light: 50, medium: 40, heavy: 10, auth: 5 };
const OFF: Limits = { light: null, medium: null, heavy: null, auth: null };
/** Clients budget by the headers, so "no limit" still sends them, with a limit out of reach. */
const UNREACHABLE = 1_000_000;

export function limitsOf(setting: RateLimitSetting): Limits {
  if (setting === 'off') return OFF;
  return setting === 'platform' ? PLATFORM : { ...PLATFORM, ...setting };
}

export interface RateVerdict {
  allowed: boolean;
  headers: Record<string, string>;
}

interface Bucket {
  /** When the requests of the last minute were let through, oldest first. */
  taken: number[];
  penaltyUntil: number;
}

/**
 * One bucket per user, app and group; a sliding window of a minute; a penalty of a minute that every further
 * request restarts (platform.md 7).
 */
export class RateLimits {
  readonly #clock: Clock;
  readonly #limits: () => Limits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limits: () => Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts one request of `who` (a user with an app) against its group. */
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

  /** Forgives everybody. */
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
