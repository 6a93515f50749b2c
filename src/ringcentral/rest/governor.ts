import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { RateGroup } from '../wire/operations.ts';
import type { HttpHeaders } from './http.ts';
import { sleep } from './sleep.ts';

/** Who may use the last of a bucket: ending a call before other actions, a person's action before reads. */
export type Priority = 'end' | 'action' | 'read' | 'background';

/**
 * The share of a bucket that each priority leaves untouched for those before it. Ending a call takes three Light
 * requests: the guard reads before it asks and after the yes.
 */
const keptShare: Record<Priority, number> = { end: 0, action: 0.08, read: 0.2, background: 0.4 };

/** Requests per minute until the platform's headers teach better (FACTS 7). */
const defaultLimits: Record<RateGroup, number> = { light: 50, medium: 40, heavy: 10, auth: 5 };
const defaultWindowMs = 60_000;
export const defaultPenaltySeconds = 60;

/** These speak of one group even without headers; other 429 answers hold for everything (FACTS 7, 9.2). */
const groupCodes: ReadonlySet<string> = new Set(['CMN-301', 'CMN-302', 'CMN-304']);

export interface Room {
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

/** Given by `admit`; exactly one of the three is called when the exchange is over. */
export interface Permit {
  answered(status: number, headers: HttpHeaders, errorCode?: string): void;
  unanswered(): void;
  /** Nothing left for the platform: the place in the bucket is free again. */
  notSent(): void;
  /** Why it may not be sent after all: the platform has refused the group since. */
  refusal(): Failure | undefined;
}

export interface Governor {
  /** Takes one request out of its bucket, waiting a little if that helps. @throws Failure `rate_limited` */
  admit(request: RequestClass): Promise<Permit>;
  /** What may be sent now, for metrics and for work that fits itself into what is free. */
  room(group: RateGroup, priority?: Priority): Room;
}

interface Bucket {
  limit: number;
  windowMs: number;
  /** Sent, not answered yet. */
  inFlight: number;
  /** When our requests were answered, oldest first: never earlier than the platform counted them. */
  answered: number[];
  /** What other processes of the same user and app have used, as the headers show. */
  foreign: { count: number; until: number };
  blockedUntil: number;
}

/**
 * Keeps every request within the platform's limits (FACTS 7): a sliding window per group of endpoints, learned from
 * the answers' headers, shared by all callers. Nothing is queued: who does not fit is told how long to wait.
 */
export function createGovernor(clock: Clock, patienceMs = 2_000): Governor {
  const buckets = new Map<string, Bucket>();
  /** Route to group, where the platform's headers disagree with our table: groups may change (FACTS 7). */
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
      foreign: { count: 0, until: 0 },
      blockedUntil: 0,
    };
    buckets.set(group, fresh);
    return fresh;
  };

  const measure = (bucket: Bucket, priority: Priority): Room => {
    const now = readClock();
    const { answered, foreign, limit, windowMs, inFlight, blockedUntil } = bucket;
    while (answered[0] !== undefined && answered[0] <= now - windowMs) answered.shift();
    const others = foreign.until > now ? foreign.count : 0;
    const allowed = Math.max(1, limit - Math.ceil(limit * keptShare[priority]));
    const available = allowed - inFlight - answered.length - others;
    if (blockedUntil > now) {
      return { limit, windowMs, available: 0, waitMs: blockedUntil - now, blockedUntil };
    }
    if (available > 0) return { limit, windowMs, available, waitMs: 0 };
    const toExpire = answered[-available];
    const freeAt = toExpire !== undefined ? toExpire + windowMs : others > 0 ? foreign.until : now + windowMs;
    return { limit, windowMs, available: 0, waitMs: Math.max(1, freeAt - now) };
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
    const until = readClock() + (retryAfterSeconds(headers, readClock()) ?? defaultPenaltySeconds) * 1000;
    const ofGroup = headers.has('x-rate-limit-group') || groupCodes.has(errorCode ?? '');
    for (const group of Object.keys(defaultLimits)) bucket(group);
    for (const each of ofGroup ? [own] : buckets.values()) {
      each.blockedUntil = Math.max(each.blockedUntil, until);
    }
  };

  const take = (request: RequestClass, own: Bucket): Permit => {
    own.inFlight += 1;
    const done = (): void => {
      own.inFlight -= 1;
      own.answered.push(readClock());
    };
    return {
      unanswered: done,
      notSent() {
        own.inFlight -= 1;
      },
      refusal() {
        const waitMs = own.blockedUntil - readClock();
        return waitMs > 0 ? tooSoon(waitMs) : undefined;
      },
      answered(status, headers, errorCode) {
        done();
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
        const { waitMs } = measure(own, request.priority);
        if (waitMs === 0) return take(request, own);
        if (readClock() + waitMs > deadline) throw tooSoon(waitMs);
        await sleep(clock, waitMs);
      }
    },
    room: (group, priority = 'background') => measure(bucket(group), priority),
  };
}

function shift(bucket: Bucket, ms: number): void {
  for (const [index, at] of bucket.answered.entries()) bucket.answered[index] = at + ms;
  bucket.foreign.until += ms;
  bucket.blockedUntil += ms;
}

function tooSoon(waitMs: number): Failure {
  const seconds = Math.ceil(waitMs / 1000);
  return new Failure(
    'rate_limited',
    `RingCentral's limit on requests is used up for now; nothing was sent. Try again in ${seconds} s.`,
    { retryAfterSeconds: seconds },
  );
}

/** `Retry-After` in seconds, from a number or a date; undefined when it is absent or unreadable. */
export function retryAfterSeconds(headers: HttpHeaders, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
