import { Failure, waitWords } from '../../shared/failure.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import type { HttpHeaders } from './http-headers.ts';
import type { Priority } from './rate-rules.ts';

export interface RequestClass {
  route: string;
  group: RateGroup;
  priority: Priority;
}

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
 * Keeps all requests of a login within the platform's limits (platform.md 7): a sliding window per group of endpoints,
 * learned from the answers' headers, shared by all callers. There is no queue: who does not fit is told how long to
 * wait.
 */
export interface RateLimiter {
  /**
   * Takes a place in the group's limit; waits for it up to two seconds, in the background not at all.
   * @throws Failure `rate_limited`, or `unavailable` where requests fail and so use up the limit, or where it cannot be
   * told what others of the same login send
   */
  admit(request: RequestClass): Promise<RequestSlot>;
  /** How many requests may be sent now, for metrics and for background work, which is the default. */
  budget(group: RateGroup, priority?: Priority): Budget;
}

/** How long, in ms, `admit` waits for a place at most. */
export const patienceMs = 2_000;

/**
 * The failure of a request for which there is no place. Names what keeps requests from working, where that is known:
 * that the limit is used up is its consequence.
 */
export function usedUp(
  { waitMs, limit, windowMs, blockedUntil }: Budget,
  trouble: string | undefined,
): Failure {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const wait = waitWords(retryAfterSeconds);
  if (trouble === undefined || blockedUntil !== undefined) {
    const message = `RingCentral's limit on requests is used up for now; nothing was sent.${wait}`;
    return new Failure('rate_limited', message, { retryAfterSeconds });
  }
  const message =
    `RingCentral cannot be reached (${trouble}), and the ${limit} requests that it allows in ` +
    `${windowMs / 1000} s have been sent.${wait}`;
  return new Failure('unavailable', message, { retryAfterSeconds });
}
