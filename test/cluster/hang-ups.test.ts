import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type HangUp, HangUpTimers } from '../../src/app/hang-up-timers.ts';
import { RedisHangUps } from '../../src/cluster/hang-ups/redis-hang-ups.ts';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createSealer } from '../../src/team/seal.ts';
import { newTeamKey, teamKeys } from '../../src/team/team-keys.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';

const hangUpOf = (n: number): HangUp => ({ telephonySessionId: `s-${n}`, principal: 'key:ann', retries: 3 });

describe('hang-ups in memory', () => {
  it('are carried out once, by the process that took them down, unless it ends before', async () => {
    const clock = manualClock();
    const timers = new HangUpTimers(clock);
    const done: string[] = [];
    const run = async ({ telephonySessionId }: HangUp) => void done.push(telephonySessionId);
    await timers.schedule(15_000, hangUpOf(1), run);
    await timers.schedule(40_000, hangUpOf(2), run);
    clock.advance(14_999);
    expect(done).toEqual([]);
    clock.advance(1);
    expect(done).toEqual(['s-1']);
    timers.close();
    clock.advance(60_000);
    expect(done).toEqual(['s-1']);
  });

  it('remember which calls were ended', async () => {
    const timers = new HangUpTimers(manualClock());
    await timers.noteEnded('s-1');
    expect(await timers.endedOf(['s-1', 's-2'])).toEqual(new Set(['s-1']));
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'hang-ups on Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const sealer = createSealer(teamKeys(newTeamKey()));
  const never = () => Promise.reject(new Error('carried out by the process itself'));

  /** Two replicas, and what they have carried out, as `replica: call`. */
  async function replicas(run?: (replica: string, hangUp: HangUp) => Promise<void>) {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const done: string[] = [];
    const waiting = new Set<() => void>();
    const one = async (name: string) => {
      const redis = await openTestRedis(server.url, prefix);
      const log = pino({ level: 'silent' });
      const shared = new RedisHangUps({ redis, sealer, log, leaseMs: 500 });
      onTestFinished(async () => {
        shared.close();
        await redis.close();
      });
      const start = () =>
        shared.start(async (hangUp) => {
          done.push(`${name}: ${hangUp.telephonySessionId}`);
          for (const look of waiting) look();
          await run?.(name, hangUp);
        });
      return { redis, shared, start, timers: new HangUpTimers(systemClock, shared) };
    };
    const [a, b] = [await one('a'), await one('b')];
    /** Resolves once so many were carried out. */
    const times = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => done.length >= count && resolve();
        waiting.add(look);
        look();
      });
    return { prefix, a, b, done, times };
  }
  const leftIn = async ({ redis }: { redis: OpenRedis }) =>
    Number(await redis.send('ZCARD', redis.key('hangups', 'due')));

  it('each is carried out once, whichever replica does it, with all that was said of it', async () => {
    const { a, b, done, times } = await replicas();
    for (const { start } of [a, b]) start();
    const all = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(all.map((n) => (n % 2 ? a : b).timers.schedule(200, hangUpOf(n), never)));
    await times(40);
    await expect.poll(() => leftIn(a)).toBe(0);
    const calls = done.map((entry) => entry.slice(3)).sort();
    expect(calls).toEqual(all.map((n) => `s-${n}`).sort());
  });

  it('is carried out by another where the replica that took it down has died', async () => {
    const { a, b, done, times } = await replicas();
    await a.timers.schedule(300, hangUpOf(1), never);
    await a.redis.close();
    b.start();
    await times(1);
    expect(done).toEqual(['b: s-1']);
  });

  it('is taken again where the replica that took it has died before it was done', async () => {
    const { a, b, done, times } = await replicas((name) =>
      name === 'a' ? new Promise(() => {}) : Promise.resolve(),
    );
    a.start();
    await a.timers.schedule(0, hangUpOf(1), never);
    await times(1);
    await a.redis.close();
    b.start();
    await times(2);
    expect(done).toEqual(['a: s-1', 'b: s-1']);
    await expect.poll(() => leftIn(b)).toBe(0);
  });

  it('which calls were ended is known at each, also while Redis is away', async () => {
    const { a, b } = await replicas();
    await a.timers.noteEnded('s-1');
    expect(await b.timers.endedOf(['s-1', 's-2'])).toEqual(new Set(['s-1']));
    await a.redis.close();
    expect(await a.timers.endedOf(['s-1', 's-2'])).toEqual(new Set(['s-1']));
  });

  it('where Redis does not answer, the process carries it out itself', async () => {
    const { a } = await replicas();
    server.freeze();
    const ran = new Promise<HangUp>((resolve) => {
      void a.timers.schedule(1, hangUpOf(1), async (hangUp) => resolve(hangUp));
    });
    expect(await ran).toEqual(hangUpOf(1));
    server.thaw();
  });

  it('nobody without the team key has a call ended, and nothing is done that is long past', async () => {
    const { a, b, done, times } = await replicas();
    const put = async (id: string, key: ReturnType<typeof createSealer>, due: number) => {
      const text = JSON.stringify({ hangUp: hangUpOf(Number(id)), due });
      const context = { owner: id, purpose: 'hang-up', generation: 0 };
      await a.redis.send('HSET', a.redis.key('hangups', 'what'), id, key.seal(text, context));
      await a.redis.send('ZADD', a.redis.key('hangups', 'due'), due, id);
    };
    const now = a.redis.clock.now();
    await put('1', createSealer(teamKeys(newTeamKey())), now);
    await put('2', sealer, now - 11 * 60_000);
    await put('3', sealer, now - 9 * 60_000);
    b.start();
    await times(1);
    await expect.poll(() => leftIn(b)).toBe(0);
    expect(done).toEqual(['b: s-3']);
  });

  it('names nobody in Redis, and every key ends by itself', async () => {
    const { prefix, a } = await replicas();
    await a.timers.schedule(60_000, hangUpOf(1), never);
    await a.timers.noteEnded('s-2');
    expect(await server.cli('HVALS', `${prefix}:hangups:what`)).not.toContain('ann');
    for (const name of (await server.cli('KEYS', `${prefix}:*`)).split('\n'))
      expect(await server.cli('PTTL', name)).not.toBe('-1');
  });
});
