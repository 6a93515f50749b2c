import type { HttpHeaders } from './http-headers.ts';
import { rateRules } from './rate-rules.ts';

/** How a request that has ended counts: surely, perhaps, or not at all. */
export type Counted = 'answered' | 'doubtful' | 'not';

/** What an answer says of its limit (platform.md 7). */
export interface StatedLimit {
  /** The group of endpoints that the limit is for, where it is named. */
  group: string | undefined;
  limit: number;
  windowMs: number | undefined;
  /** Requests left in the window; undefined where it does not say, or cannot be read. */
  remaining: number | undefined;
}

/** What an answer means to the rate limit. */
export interface RateAnswer {
  counted: Counted;
  /** What kept the request from working, in a word or two. */
  trouble: string | undefined;
  /** Absent where it states no limit. */
  stated: StatedLimit | undefined;
  /** Of a 429: how long to wait, in ms without jitter, and whether that is for one group or for all. */
  penalty: { ms: number; isOfGroup: boolean } | undefined;
}

/**
 * Error codes of a 429 that concern one group even without headers; any other 429 without them blocks all groups
 * (platform.md 7, 9.2).
 */
const groupCodes: ReadonlySet<string> = new Set(['CMN-301', 'CMN-302', 'CMN-304']);

/** @param now epoch ms */
export function readRateAnswer(
  status: number,
  headers: HttpHeaders,
  errorCode: string | undefined,
  now: number,
): RateAnswer {
  const statedSeconds = status === 429 ? retryAfterSeconds(headers, now) : undefined;
  return {
    counted: howCounted(status, headers),
    trouble: status >= 500 ? `HTTP ${status}` : undefined,
    stated: readStatedLimit(headers),
    penalty:
      status === 429
        ? {
            ms: statedSeconds === undefined ? rateRules.penaltyMs : statedSeconds * 1000,
            isOfGroup: headers.has('x-rate-limit-group') || groupCodes.has(errorCode ?? ''),
          }
        : undefined,
  };
}

/**
 * Limits are per user (platform.md 7): what had no valid token was counted for nobody, if no header says otherwise.
 */
function howCounted(status: number, headers: HttpHeaders): Counted {
  if (headers.has('x-rate-limit-limit')) return 'answered';
  if (status === 401) return 'not';
  return status >= 500 ? 'doubtful' : 'answered';
}

function readStatedLimit(headers: HttpHeaders): StatedLimit | undefined {
  const limit = Number(headers.get('x-rate-limit-limit'));
  if (!(limit > 0)) return undefined;
  const windowSeconds = Number(headers.get('x-rate-limit-window'));
  const remaining = Number(headers.get('x-rate-limit-remaining') ?? Number.NaN);
  return {
    group: headers.get('x-rate-limit-group')?.toLowerCase(),
    limit,
    windowMs: windowSeconds > 0 ? windowSeconds * 1000 : undefined,
    remaining: Number.isNaN(remaining) ? undefined : remaining,
  };
}

/** `Retry-After` in seconds, from a number or a date; undefined when it is absent or unreadable. */
export function retryAfterSeconds(headers: HttpHeaders, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
