import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import { Failure, type FailureKind, waitWords } from '../../shared/failure.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import type { HttpHeaders } from './http-headers.ts';

/**
 * Who may use the last of a limit: ending a call before other actions, actions before reads, these before background
 * reads.
 */
export type Priority = 'end' | 'action' | 'read' | 'background';

/**
 * The share of a bucket that each priority leaves untouched for those before it. Ending a call takes three Light
 * requests: the guard reads before it asks and after the yes.
 */
const keptShare: Record<Priority, number> = { end: 0, action: 0.08, read: 0.2, background: 0.4 };

/** Requests a minute until the platform's headers say otherwise (platform.md 7). */
const defaultLimits: Record<RateGroup, number> = { light: 50, medium: 40, heavy: 10, auth: 5 };
const defaultWindowMs = 60_000;
export const defaultPenaltySeconds = 60;
/**
 * How long, in ms, a request counts that the platform may not have counted: no answer came, or one without rate-limit
 * headers. This spaces tries against a platform in trouble; the headers of a later answer settle it.
 */
const doubtfulMs = 10_000;
/** Jitter on a stated wait, as shares of it: several servers of one login must not come back at the same moment. */
const leastJitter = 1 / 12;
const jitterSpread = 1 / 8;

/**
 * Error codes of a 429 that concern one group even without headers; any other 429 without them blocks all groups
 * (platform.md 7, 9.2).
 */
const groupCodes: ReadonlySet<string> = new Set(['CMN-301', 'CMN-302', 'CMN-304']);

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

export interface RateLimiter {
  /** Takes a place in the group's limit; waits for it up to two seconds. @throws Failure `rate_limited` */
  admit(request: RequestClass): Promise<RequestSlot>;
  /** How many requests may be sent now, for metrics and for background work. */
  budget(group: RateGroup, priority?: Priority): Budget;
}

interface Bucket {
  limit: number;
  windowMs: number;
  /** Requests sent and not answered yet. */
  inFlight: number;
  /** Epoch ms at which requests were answered, oldest first: never earlier than the platform counted them. */
  answered: number[];
  /** Epoch ms at which requests ended that the platform may not have counted, oldest first. */
  doubtful: number[];
  /** What kept the last request from working; shown in failures until one works. */
  trouble?: string;
  /** What other processes of the same user and app have used, as the headers show. */
  foreign: { count: number; until: number };
  blockedUntil: number;
}

/**
 * Keeps all requests within the platform's limits (platform.md 7): a sliding window per group of endpoints, learned
 * from the answers' headers, shared by all callers. There is no queue: who does not fit is told how long to wait.
 */
export function createRateLimiter(clock: Clock, patienceMs = 2_000, random = Math.random): RateLimiter {
  const buckets = new Map<string, Bucket>();
  /** Group by route, where the platform's headers differ from our table: groups may change (platform.md 7). */
  const regrouped = new Map<string, string>();
  let lastNow = 0;

  /** A clock that is set back takes what is remembered along; else the buckets stayed full until it is that late again. */
  const readClock = (): number => {
    const now = clock.now();
    if (now < lastNow) for (const each of buckets.values()) shift(each, now - lastNow);
    lastNow = now;
    return now;
  };

  const bucket = (group: string): Bucket => {
    const known = buckets.get(group);
    if (known) return known;
    const fresh: Bucket = {
      limit: defaultLimits[group as RateGroup] ?? defaultLimits.heavy,
      windowMs: defaultWindowMs,
      inFlight: 0,
      answered: [],
      doubtful: [],
      foreign: { count: 0, until: 0 },
      blockedUntil: 0,
    };
    buckets.set(group, fresh);
    return fresh;
  };

  const measure = (bucket: Bucket, priority: Priority): Budget => {
    const now = readClock();
    const { answered, doubtful, foreign, limit, windowMs, inFlight, blockedUntil } = bucket;
    dropUntil(answered, now - windowMs);
    dropUntil(doubtful, now - doubtfulMs);
    const others = foreign.until > now ? foreign.count : 0;
    const allowed = Math.max(1, limit - Math.ceil(limit * keptShare[priority]));
    const available = allowed - inFlight - answered.length - doubtful.length - others;
    if (blockedUntil > now) {
      return { limit, windowMs, available: 0, waitMs: blockedUntil - now, blockedUntil };
    }
    if (available > 0) return { limit, windowMs, available, waitMs: 0 };
    const ends = [...answered.map((at) => at + windowMs), ...doubtful.map((at) => at + doubtfulMs)];
    const freeAt = ends.sort((one, other) => one - other)[-available];
    const othersEnd = others > 0 ? foreign.until : now + windowMs;
    return { limit, windowMs, available: 0, waitMs: Math.max(1, (freeAt ?? othersEnd) - now) };
  };

  const learn = (request: RequestClass, own: Bucket, headers: HttpHeaders): void => {
    const limit = Number(headers.get('x-rate-limit-limit'));
    const remaining = Number(headers.get('x-rate-limit-remaining'));
    if (!headers.has('x-rate-limit-limit') || !(limit > 0)) return;
    const named = headers.get('x-rate-limit-group')?.toLowerCase() ?? request.group;
    if (named !== request.group) regrouped.set(request.route, named);
    const target = bucket(named);
    const windowSeconds = Number(headers.get('x-rate-limit-window'));
    target.limit = limit;
    if (windowSeconds > 0) target.windowMs = windowSeconds * 1000;
    if (target !== own || !headers.has('x-rate-limit-remaining')) return;
    const count = limit - remaining - target.answered.length - target.inFlight;
    if (count > 0) target.foreign = { count, until: readClock() + target.windowMs };
  };

  const penalise = (own: Bucket, headers: HttpHeaders, errorCode: string | undefined): void => {
    const statedMs = (retryAfterSeconds(headers, readClock()) ?? defaultPenaltySeconds) * 1000;
    const until = readClock() + statedMs * (1 + leastJitter + random() * jitterSpread);
    const ofGroup = headers.has('x-rate-limit-group') || groupCodes.has(errorCode ?? '');
    for (const group of Object.keys(defaultLimits)) bucket(group);
    for (const each of ofGroup ? [own] : buckets.values()) {
      each.blockedUntil = Math.max(each.blockedUntil, until);
    }
  };

  const take = (request: RequestClass, own: Bucket): RequestSlot => {
    own.inFlight += 1;
    const end = (counted: number[] | undefined, trouble: string | undefined): void => {
      own.inFlight -= 1;
      own.trouble = trouble;
      counted?.push(readClock());
    };
    return {
      // A place that was not used says nothing of what others meet.
      notSent: (why = own.trouble) => end(undefined, why),
      unanswered: (why = own.trouble) => end(own.doubtful, why),
      refusal() {
        const budget = measure(own, 'end');
        return budget.blockedUntil === undefined ? undefined : budgetUsedUp(budget, own.trouble);
      },
      answered(status, headers, errorCode) {
        end(countIn(own, status, headers), status >= 500 ? `HTTP ${status}` : undefined);
        learn(request, own, headers);
        if (status === 429) penalise(own, headers, errorCode);
      },
    };
  };

  return {
    async admit(request) {
      const deadline = readClock() + (request.priority === 'background' ? 0 : patienceMs);
      for (;;) {
        const own = bucket(regrouped.get(request.route) ?? request.group);
        const budget = measure(own, request.priority);
        const { waitMs } = budget;
        if (waitMs === 0) return take(request, own);
        if (readClock() + waitMs > deadline) throw budgetUsedUp(budget, own.trouble);
        await delay(clock, waitMs);
      }
    },
    budget: (group, priority = 'background') => measure(bucket(group), priority),
  };
}

/** Limits are per user (platform.md 7): what had no valid token was counted for nobody, if no header says otherwise. */
function countIn({ answered, doubtful }: Bucket, status: number, headers: HttpHeaders): number[] | undefined {
  if (headers.has('x-rate-limit-limit')) return answered;
  if (status === 401) return undefined;
  return status >= 500 ? doubtful : answered;
}

function shift(bucket: Bucket, ms: number): void {
  for (const times of [bucket.answered, bucket.doubtful]) {
    for (const [index, at] of times.entries()) times[index] = at + ms;
  }
  bucket.foreign.until += ms;
  bucket.blockedUntil += ms;
}

/** Removes the oldest times, up to `end`. */
function dropUntil(times: number[], end: number): void {
  while (times[0] !== undefined && times[0] <= end) times.shift();
}

/**
 * The failure of a request for which there is no place. Names what keeps requests from working, where that is known:
 * that the limit is used up is its consequence.
 */
function budgetUsedUp(
  { waitMs, limit, windowMs, blockedUntil }: Budget,
  trouble: string | undefined,
): Failure {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const [kind, message]: [FailureKind, string] =
    trouble !== undefined && blockedUntil === undefined
      ? [
          'unavailable',
          `RingCentral cannot be reached (${trouble}), and the ${limit} requests that it allows in ` +
            `${windowMs / 1000} s have been sent.`,
        ]
      : ['rate_limited', "RingCentral's limit on requests is used up for now; nothing was sent."];
  return new Failure(kind, `${message}${waitWords(retryAfterSeconds)}`, { retryAfterSeconds });
}

/** `Retry-After` in seconds, from a number or a date; undefined when it is absent or unreadable. */
export function retryAfterSeconds(headers: HttpHeaders, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
