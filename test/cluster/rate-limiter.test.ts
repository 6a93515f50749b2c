import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SharedRateLimiter } from '../../src/cluster/rest/shared-rate-limiter.ts';
import { HttpHeaders } from '../../src/ringcentral/rest/http-headers.ts';
import { MemoryRateLimiter } from '../../src/ringcentral/rest/memory-rate-limiter.ts';
import type { RateLimiter, RequestSlot } from '../../src/ringcentral/rest/rate-limiter.ts';
import { type Priority, rateRules } from '../../src/ringcentral/rest/rate-rules.ts';
import type { RateGroup } from '../../src/ringcentral/wire/operation-table.ts';
import { Failure } from '../../src/shared/failure.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { answered, atTime } from './support/at-time.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 60);

const headers = (values: Record<string, string | number>): HttpHeaders => {
  const all = new HttpHeaders();
  for (const [name, value] of Object.entries(values)) all.set(name, String(value));
  return all;
};
const stated = (group: string, limit: number, remaining: number, window = 60) =>
  headers({
    'X-Rate-Limit-Group': group,
    'X-Rate-Limit-Limit': limit,
    'X-Rate-Limit-Remaining': remaining,
    'X-Rate-Limit-Window': window,
  });

/** What two limiters are asked in turn. */
interface Tried {
  limiter: RateLimiter;
  /** Until what it was told has its effect. */
  settled(): Promise<void>;
}

/** The same numbers from 0 to 1 each time. */
const sequence = () => {
  let at = 0;
  return () => {
    at = (at + 0.37) % 1;
    return at;
  };
};

interface Form {
  name: string;
  /** A limiter that waits for nothing. With Redis: another replica each time, of the same login. */
  open(clock: ManualClock, login?: string, random?: () => number): Promise<Tried>;
}

const memory: Form = {
  name: 'in memory',
  open: async (clock, _, random = () => 0) => ({
    limiter: new MemoryRateLimiter(clock, 0, random),
    settled: async () => {},
  }),
};

let server: RedisServer | undefined;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const nextLogin = () => `login-${randomUUID()}`;

const onRedis: Form = {
  name: 'on Redis',
  async open(clock, login = nextLogin(), random = () => 0) {
    const redis = await openTestRedis(server?.url ?? '', 'rate');
    onTestFinished(() => redis.close());
    const timed = atTime(redis, clock);
    const limiter = new SharedRateLimiter({ redis: timed, login, patienceMs: 0, random });
    return { limiter, settled: () => answered(timed) };
  },
};

const admit = (limiter: RateLimiter, group: RateGroup, priority: Priority = 'end', route = `GET ${group}`) =>
  limiter.admit({ route, group, priority });

const failureOf = async (admitted: Promise<RequestSlot>): Promise<Failure> => {
  const error = await admitted.then(
    () => new Error('was admitted'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw error;
};

const countUntilRefused = async ({ limiter, settled }: Tried, group: RateGroup, priority: Priority) => {
  for (let sent = 0; ; sent += 1) {
    const slot = await admit(limiter, group, priority).catch(() => undefined);
    if (!slot) return sent;
    slot.answered(200, headers({}));
    await settled();
  }
};

describe.each([memory, ...(hasRedis ? [onRedis] : [])])('the rate limiter $name', ({ open }) => {
  it('keeps the shares of priorities, and the limits of groups apart', async () => {
    const tried = await open(manualClock());
    expect(await countUntilRefused(tried, 'light', 'background')).toBe(30);
    expect(await countUntilRefused(tried, 'light', 'read')).toBe(10);
    expect(await countUntilRefused(tried, 'light', 'action')).toBe(6);
    expect(await countUntilRefused(tried, 'light', 'end')).toBe(4);
    expect(await countUntilRefused(tried, 'auth', 'end')).toBe(5);
  });

  it('counts what is under way, for as long as what is answered', async () => {
    const clock = manualClock();
    const { limiter, settled } = await open(clock);
    const slots = [];
    for (let n = 0; n < 5; n += 1) slots.push(await admit(limiter, 'auth'));
    expect(await failureOf(admit(limiter, 'auth'))).toMatchObject({ kind: 'rate_limited' });
    for (const slot of slots) slot.answered(200, headers({}));
    await settled();
    expect(limiter.budget('auth', 'end')).toMatchObject({ available: 0, waitMs: 60_000 });
    await clock.advanceAsync(60_000);
    await admit(limiter, 'auth');
  });

  it('learns limits, groups, and what other programs use, from the headers', async () => {
    const { limiter, settled } = await open(manualClock());
    (await admit(limiter, 'light')).answered(200, stated('light', 1000, 500));
    await settled();
    expect(limiter.budget('light', 'end')).toMatchObject({ limit: 1000, available: 500 });
    (await admit(limiter, 'medium', 'end', 'moved')).answered(200, stated('heavy', 10, 9));
    await settled();
    for (let n = 0; n < 10; n += 1) await admit(limiter, 'medium', 'end', 'moved');
    expect(await failureOf(admit(limiter, 'medium', 'end', 'moved'))).toMatchObject({ kind: 'rate_limited' });
    await admit(limiter, 'medium');
  });

  it('waits no longer when the clock is set back', async () => {
    const clock = manualClock();
    const tried = await open(clock);
    const { limiter, settled } = tried;
    (await admit(limiter, 'heavy')).answered(
      429,
      headers({ 'X-Rate-Limit-Group': 'heavy', 'Retry-After': 30 }),
    );
    await settled();
    expect(await countUntilRefused(tried, 'auth', 'end')).toBe(5);
    clock.set(-3_600_000);
    for (const _ of [1, 2]) {
      expect((await failureOf(admit(limiter, 'auth'))).details.retryAfterSeconds).toBe(60);
      expect((await failureOf(admit(limiter, 'heavy'))).details.retryAfterSeconds).toBe(33);
    }
    await clock.advanceAsync(60_000);
    await admit(limiter, 'auth');
    await admit(limiter, 'heavy');
  });

  it('says why requests do not work', async () => {
    const { limiter, settled } = await open(manualClock());
    for (let n = 0; n < 5; n += 1) (await admit(limiter, 'auth')).unanswered('ECONNRESET');
    await settled();
    const { kind, message, details } = await failureOf(admit(limiter, 'auth'));
    expect({ kind, seconds: details.retryAfterSeconds }).toEqual({ kind: 'unavailable', seconds: 10 });
    expect(message).toContain('ECONNRESET');
  });

  it('lets nothing that is ready leave once the platform has refused', async () => {
    const { limiter, settled } = await open(manualClock());
    const [ready, refused] = [await admit(limiter, 'light'), await admit(limiter, 'heavy')];
    refused.answered(429, headers({ 'Retry-After': 30 }));
    // At once: it may leave in this very turn.
    expect(ready.refusal()).toMatchObject({ kind: 'rate_limited' });
    await settled();
    expect(ready.refusal()?.details.retryAfterSeconds).toBe(33);
    expect(await failureOf(admit(limiter, 'auth'))).toMatchObject({ details: { retryAfterSeconds: 33 } });
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'the forms of the rate limiter' : withoutRedis, () => {
  const priority = fc.constantFrom<Priority>('end', 'action', 'read', 'background');
  const group = fc.constantFrom<RateGroup>('auth', 'heavy');
  const answer = fc.record({
    status: fc.constantFrom(200, 200, 200, 401, 404, 429, 500, 503),
    group: fc.constantFrom(undefined, 'auth', 'heavy', 'other'),
    limit: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    remaining: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    retryAfter: fc.option(fc.constantFrom('0', '1.5', '20', 'soon'), { nil: undefined }),
    code: fc.constantFrom(undefined, 'CMN-301'),
  });
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('admit' as const),
        group,
        priority,
        route: fc.constantFrom('a', 'b'),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(), answer }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('unanswered' as const),
        which: fc.nat(),
        why: fc.constantFrom(undefined, 'ECONNRESET'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('notSent' as const),
        which: fc.nat(),
        why: fc.constantFrom(undefined, 'ENOTFOUND'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 25_000 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('setBack' as const),
        ms: fc.integer({ min: 1, max: 3_600_000 }),
      }),
    },
  );

  it('give the same verdicts in every history', async () => {
    const redis = await openTestRedis(server?.url ?? '', 'rate-histories');
    onTestFinished(() => redis.close());
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(7, 30, 60),
        async (steps, window) => {
          const clock = manualClock();
          const timed = atTime(redis, clock);
          const inMemory = new MemoryRateLimiter(clock, 0, sequence());
          // Places of a process that dies are another test's subject: here nothing expires.
          const rules = { ...rateRules, heldMs: 1e9 };
          const shared = new SharedRateLimiter({
            ...{ redis: timed, login: nextLogin(), patienceMs: 0, random: sequence(), rules },
          });
          const open: { group: RateGroup; pair: [RequestSlot, RequestSlot] }[] = [];
          const told = (outcome: PromiseSettledResult<RequestSlot>) =>
            outcome.status === 'fulfilled'
              ? 'admitted'
              : [outcome.reason.kind, outcome.reason.message, outcome.reason.details];
          const compare = () => {
            for (const one of ['auth', 'heavy'] as const)
              for (const rank of ['end', 'action', 'read', 'background'] as const)
                expect(shared.budget(one, rank), `${one} ${rank}`).toEqual(inMemory.budget(one, rank));
          };
          const end = async (which: number, run: (slot: RequestSlot) => void) => {
            const [found] = open.splice(which % Math.max(1, open.length), 1);
            if (!found) return;
            for (const slot of found.pair) run(slot);
            await answered(timed);
            compare();
            for (const { pair } of open) expect(pair[1].refusal()).toEqual(pair[0].refusal());
          };
          for (const one of steps) {
            if (one.do === 'wait') await clock.advanceAsync(one.ms);
            else if (one.do === 'setBack') clock.set(-one.ms);
            else if (one.do === 'unanswered') await end(one.which, (slot) => slot.unanswered(one.why));
            else if (one.do === 'notSent') await end(one.which, (slot) => slot.notSent(one.why));
            else if (one.do === 'answer') {
              const { status, limit, remaining, retryAfter, code } = one.answer;
              const all = headers({
                ...(one.answer.group !== undefined &&
                  limit !== undefined && { 'X-Rate-Limit-Group': one.answer.group }),
                ...(limit !== undefined && { 'X-Rate-Limit-Limit': limit, 'X-Rate-Limit-Window': window }),
                ...(remaining !== undefined && { 'X-Rate-Limit-Remaining': remaining }),
                ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
              });
              await end(one.which, (slot) => slot.answered(status, all, code));
            } else {
              const request = { route: one.route, group: one.group, priority: one.priority };
              const [first] = await Promise.allSettled([inMemory.admit(request)]);
              const [second] = await Promise.allSettled([shared.admit(request)]);
              expect(told(second)).toEqual(told(first));
              compare();
              if (first.status === 'fulfilled' && second.status === 'fulfilled')
                open.push({ group: one.group, pair: [first.value, second.value] });
            }
          }
        },
      ),
      { numRuns: runs },
    );
  });
});
