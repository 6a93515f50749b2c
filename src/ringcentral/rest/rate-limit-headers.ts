import type { HttpHeaders } from './http-headers.ts';

/** Seconds to wait after a 429 that states none. */
export const defaultPenaltySeconds = 60;

/** What an answer says of its limit (platform.md 7). */
export interface StatedLimit {
  /** The group of endpoints that the limit is for, where it is named. */
  group: string | undefined;
  limit: number;
  windowMs: number | undefined;
  /** Requests left in the window; NaN where it cannot be read. */
  remaining: number | undefined;
}

/** @returns undefined where the answer states no limit */
export function readStatedLimit(headers: HttpHeaders): StatedLimit | undefined {
  const limit = Number(headers.get('x-rate-limit-limit'));
  if (!(limit > 0)) return undefined;
  const windowSeconds = Number(headers.get('x-rate-limit-window'));
  const remaining = headers.get('x-rate-limit-remaining');
  return {
    group: headers.get('x-rate-limit-group')?.toLowerCase(),
    limit,
    windowMs: windowSeconds > 0 ? windowSeconds * 1000 : undefined,
    remaining: remaining === undefined ? undefined : Number(remaining),
  };
}

/** `Retry-After` in seconds, from a number or a date; undefined when it is absent or unreadable. */
export function retryAfterSeconds(headers: HttpHeaders, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
