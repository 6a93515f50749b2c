import { describe, expect, it } from 'vitest';
import { HttpHeaders } from '../../../src/ringcentral/rest/http-headers.ts';
import { MemoryRateLimiter } from '../../../src/ringcentral/rest/memory-rate-limiter.ts';
import { retryAfterSeconds } from '../../../src/ringcentral/rest/rate-limit-headers.ts';
import type { RateLimiter } from '../../../src/ringcentral/rest/rate-limiter.ts';
import type { Priority } from '../../../src/ringcentral/rest/rate-rules.ts';
import type { RateGroup } from '../../../src/ringcentral/wire/operation-table.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';

const headers = (values: Record<string, string | number>): HttpHeaders => {
  const all = new HttpHeaders();
  for (const [name, value] of Object.entries(values)) all.set(name, String(value));
  return all;
};
const limits = (group: string, limit: number, remaining: number) =>
  headers({
    'X-Rate-Limit-Group': group,
    'X-Rate-Limit-Limit': limit,
    'X-Rate-Limit-Remaining': remaining,
    'X-Rate-Limit-Window': 60,
  });
const none = headers({});

const send = async (
  rateLimiter: RateLimiter,
  priority: Priority,
  group: RateGroup = 'light',
  answer = none,
  status = 200,
) => (await rateLimiter.admit({ route: `GET ${group}`, group, priority })).answered(status, answer);

const countUntilRefused = async (
  rateLimiter: RateLimiter,
  priority: Priority,
  group: RateGroup = 'light',
) => {
  for (let sent = 0; ; sent += 1) {
    const refused = await send(rateLimiter, priority, group).then(
      () => false,
      () => true,
    );
    if (refused) return sent;
  }
};

const refusal = async (clock: ManualClock, sending: Promise<unknown>): Promise<Failure> => {
  const caught = sending.then(
    () => new Error('was sent'),
    (error: unknown) => error,
  );
  await clock.advanceAsync(0);
  const error = await caught;
  if (!(error instanceof Failure)) throw error;
  return error;
};

describe('rate limiter', () => {
  it('keeps room for those that matter more, and the last of it for ending a call', async () => {
    const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
    expect(await countUntilRefused(rateLimiter, 'background')).toBe(30);
    expect(await countUntilRefused(rateLimiter, 'read')).toBe(10);
    expect(await countUntilRefused(rateLimiter, 'action')).toBe(6);
    expect(await countUntilRefused(rateLimiter, 'end')).toBe(4);
  });

  it('knows the defaults of each group and keeps the groups apart', async () => {
    const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
    expect(await countUntilRefused(rateLimiter, 'end', 'light')).toBe(50);
    expect(await countUntilRefused(rateLimiter, 'end', 'medium')).toBe(40);
    expect(await countUntilRefused(rateLimiter, 'end', 'heavy')).toBe(10);
    expect(await countUntilRefused(rateLimiter, 'end', 'auth')).toBe(5);
  });

  it('tells how long to wait, and lets through again after that', async () => {
    const clock = manualClock();
    const rateLimiter = new MemoryRateLimiter(clock, 0);
    for (let n = 0; n < 10; n += 1) {
      await send(rateLimiter, 'end', 'heavy');
      await clock.advanceAsync(1_000);
    }
    const failure = await refusal(clock, send(rateLimiter, 'end', 'heavy'));
    expect(failure.kind).toBe('rate_limited');
    expect(failure.details.retryAfterSeconds).toBe(50);
    await clock.advanceAsync(50_000);
    await send(rateLimiter, 'end', 'heavy');
  });

  it('waits by itself when that is short', async () => {
    const clock = manualClock();
    const rateLimiter = new MemoryRateLimiter(clock, 2_000);
    for (let n = 0; n < 5; n += 1) await send(rateLimiter, 'end', 'auth');
    await clock.advanceAsync(58_500);
    let sent = false;
    const sending = send(rateLimiter, 'end', 'auth').then(() => {
      sent = true;
    });
    await clock.advanceAsync(1_000);
    expect(sent).toBe(false);
    await clock.advanceAsync(1_000);
    await sending;
  });

  it('learns the limit from the headers, and what other programs have used', async () => {
    const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
    await send(rateLimiter, 'read', 'light', limits('light', 1000, 999));
    expect(rateLimiter.budget('light', 'end')).toMatchObject({ limit: 1000, available: 999, waitMs: 0 });
    await send(rateLimiter, 'read', 'light', limits('light', 1000, 500));
    expect(rateLimiter.budget('light', 'end').available).toBe(500);
  });

  it('moves a route to the group that the platform names', async () => {
    const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
    await send(rateLimiter, 'end', 'light', limits('heavy', 10, 9));
    expect(await countUntilRefused(rateLimiter, 'end', 'light')).toBe(10);
  });

  it('counts what is under way', async () => {
    const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
    const request = { route: 'x', group: 'auth', priority: 'end' } as const;
    for (let n = 0; n < 5; n += 1) await rateLimiter.admit(request);
    await expect(rateLimiter.admit(request)).rejects.toThrow(Failure);
  });

  it('waits no longer when the clock is set back', async () => {
    const clock = manualClock();
    const rateLimiter = new MemoryRateLimiter(clock, 0, () => 0);
    await send(
      rateLimiter,
      'end',
      'heavy',
      headers({ 'X-Rate-Limit-Group': 'heavy', 'Retry-After': 30 }),
      429,
    );
    expect(await countUntilRefused(rateLimiter, 'end', 'light')).toBe(50);
    clock.set(-3_600_000);
    expect((await refusal(clock, send(rateLimiter, 'end', 'light'))).details.retryAfterSeconds).toBe(60);
    expect((await refusal(clock, send(rateLimiter, 'end', 'heavy'))).details.retryAfterSeconds).toBe(33);
    await clock.advanceAsync(60_000);
    await send(rateLimiter, 'end', 'light');
    await send(rateLimiter, 'end', 'heavy');
  });

  it('sends nothing in a penalty, and nothing at all when the limit is not of one group', async () => {
    const clock = manualClock();
    const rateLimiter = new MemoryRateLimiter(clock, 0, () => 0);
    await send(
      rateLimiter,
      'end',
      'light',
      headers({ 'X-Rate-Limit-Group': 'light', 'Retry-After': 30 }),
      429,
    );
    expect((await refusal(clock, send(rateLimiter, 'end'))).details.retryAfterSeconds).toBe(33);
    await send(rateLimiter, 'end', 'heavy');
    await send(rateLimiter, 'end', 'heavy', headers({ 'Retry-After': 40 }), 429);
    expect((await refusal(clock, send(rateLimiter, 'end', 'medium'))).details.retryAfterSeconds).toBe(44);
    await clock.advanceAsync(44_000);
    await send(rateLimiter, 'end', 'medium');
    await send(rateLimiter, 'end', 'light');
  });

  it('comes back later than a refusal states, and not with the others of the same login', async () => {
    const waits = [0, 0.5, 0.999].map(async (random) => {
      const rateLimiter = new MemoryRateLimiter(manualClock(), 0, () => random);
      await send(rateLimiter, 'end', 'auth', headers({ 'Retry-After': 60 }), 429);
      return Math.round(rateLimiter.budget('auth', 'end').waitMs / 1000);
    });
    expect(await Promise.all(waits)).toEqual([65, 69, 72]);
  });

  describe('counts what can have reached the platform, and no more', () => {
    const request = { route: 'x', group: 'auth', priority: 'end' } as const;

    it('what was not sent gives its place back, however often', async () => {
      const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
      for (let n = 0; n < 100; n += 1) (await rateLimiter.admit(request)).notSent('ENOTFOUND');
      expect(await countUntilRefused(rateLimiter, 'end', 'auth')).toBe(5);
    });

    it.each([
      [
        'no answer',
        (rateLimiter: RateLimiter) => rateLimiter.admit(request).then((one) => one.unanswered('ECONNRESET')),
      ],
      [
        'a 503 from before the limits',
        (rateLimiter: RateLimiter) => send(rateLimiter, 'end', 'auth', none, 503),
      ],
    ])('%s counts for ten seconds', async (_, fail) => {
      const clock = manualClock();
      const rateLimiter = new MemoryRateLimiter(clock, 0);
      for (let n = 0; n < 5; n += 1) await fail(rateLimiter);
      expect((await refusal(clock, fail(rateLimiter))).details.retryAfterSeconds).toBe(10);
      await clock.advanceAsync(10_000);
      expect(await countUntilRefused(rateLimiter, 'end', 'auth')).toBe(5);
    });

    it('who was not let in was counted for nobody', async () => {
      const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
      for (let n = 0; n < 100; n += 1) await send(rateLimiter, 'end', 'auth', none, 401);
      expect(await countUntilRefused(rateLimiter, 'end', 'auth')).toBe(5);
    });

    it('an error with the headers of the limits counts as any answer', async () => {
      const rateLimiter = new MemoryRateLimiter(manualClock(), 0);
      for (let n = 0; n < 5; n += 1) await send(rateLimiter, 'end', 'auth', limits('auth', 5, 4 - n), 503);
      expect(rateLimiter.budget('auth', 'end').waitMs).toBe(60_000);
    });
  });

  describe('says why requests do not work', () => {
    const request = { route: 'x', group: 'auth', priority: 'end' } as const;
    const fill = async (rateLimiter: RateLimiter) => {
      for (let n = 0; n < 5; n += 1) (await rateLimiter.admit(request)).unanswered('ECONNRESET');
    };

    it('and not that a limit is used up, which nobody stated; and how long is left now', async () => {
      const clock = manualClock();
      const rateLimiter = new MemoryRateLimiter(clock, 0);
      await fill(rateLimiter);
      await clock.advanceAsync(4_000);
      const { kind, message } = await refusal(clock, send(rateLimiter, 'end', 'auth'));
      expect(kind).toBe('unavailable');
      expect(message).toContain('ECONNRESET');
      expect(message).toContain('in 6 s');
    });

    it('also after somebody gave an unused place back', async () => {
      const clock = manualClock();
      const rateLimiter = new MemoryRateLimiter(clock, 0);
      const unused = await rateLimiter.admit(request);
      for (let n = 0; n < 4; n += 1) (await rateLimiter.admit(request)).unanswered('ECONNRESET');
      unused.notSent();
      (await rateLimiter.admit(request)).unanswered('ECONNRESET');
      expect(await refusal(clock, send(rateLimiter, 'end', 'auth'))).toMatchObject({ kind: 'unavailable' });
    });

    it('until it is gone', async () => {
      const clock = manualClock();
      const rateLimiter = new MemoryRateLimiter(clock, 0);
      await fill(rateLimiter);
      await clock.advanceAsync(10_000);
      expect(await countUntilRefused(rateLimiter, 'end', 'auth')).toBe(5);
      expect(await refusal(clock, send(rateLimiter, 'end', 'auth'))).toMatchObject({ kind: 'rate_limited' });
    });

    it('but a limit that the platform has stated comes first', async () => {
      const clock = manualClock();
      const rateLimiter = new MemoryRateLimiter(clock, 0);
      await fill(rateLimiter);
      await clock.advanceAsync(10_000);
      await send(rateLimiter, 'end', 'light', headers({ 'Retry-After': 60 }), 429);
      expect(await refusal(clock, send(rateLimiter, 'end', 'auth'))).toMatchObject({ kind: 'rate_limited' });
    });
  });
});

describe('retryAfterSeconds', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['30', 30],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10],
    ['Thu, 01 Jan 2025 00:00:10 GMT', 0],
    ['soon', undefined],
  ])('%s is %s', (value, seconds) => {
    expect(retryAfterSeconds(headers({ 'Retry-After': value }), now)).toBe(seconds);
  });
});
