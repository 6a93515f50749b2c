import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RedisClock } from '../../src/cluster/redis/redis-clock.ts';
import { defineScript } from '../../src/cluster/redis/script.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { startWatchedRedis } from '../support/sentinel.ts';

const increment = defineScript(`return redis.call('INCR', KEYS[1])`);

describe.skipIf(!hasRedis)(hasRedis ? 'the connection to Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const open = async () => {
    const redis = await openTestRedis(server.url);
    onTestFinished(() => redis.close());
    return redis;
  };

  it('runs a script and answers what it returns', async () => {
    const redis = await open();
    expect(await redis.run(increment, [redis.key('n')])).toBe(1);
    expect(await redis.run(increment, [redis.key('n')])).toBe(2);
    await redis.send('SCRIPT', 'FLUSH');
    expect(await redis.run(increment, [redis.key('n')])).toBe(3);
  });

  it('answers undefined where a script returns nothing', async () => {
    const redis = await open();
    expect(await redis.run(defineScript('return nil'), [])).toBeUndefined();
  });

  it('a script that was given up does not run later', async () => {
    const redis = await open();
    await redis.run(increment, [redis.key('n')]);
    server.freeze();
    await expect(redis.run(increment, [redis.key('n')])).rejects.toMatchObject({ kind: 'unavailable' });
    expect(redis.isUp).toBe(false);
    server.thaw();
    const isUp = new Promise<void>((resolve) => redis.onChange((up) => up && resolve()));
    await redis.send('PING');
    await isUp;
    expect(await redis.send('GET', redis.key('n'))).toBe('1');
  });

  it('refuses at once while it is not connected, and comes back by itself', async () => {
    const redis = await open();
    const down = new Promise<void>((resolve) => redis.onChange((isUp) => !isUp && resolve()));
    await server.kill();
    await down;
    await expect(redis.run(increment, [redis.key('n')])).rejects.toMatchObject({ kind: 'unavailable' });
    const up = new Promise<void>((resolve) => redis.onChange((isUp) => isUp && resolve()));
    await server.restart();
    await up;
    expect(await redis.run(increment, [redis.key('n')])).toBe(1);
  });

  it('has the clock of Redis', async () => {
    const [one, other] = [await open(), await open()];
    await one.send('PING');
    expect(Math.abs(one.clock.now() - other.clock.now())).toBeLessThan(50);
  });

  it('an error in a script is no outage', async () => {
    const redis = await open();
    await expect(redis.run(defineScript(`return redis.call('NO')`), [])).rejects.toThrow(/Unknown/);
    expect(redis.isUp).toBe(true);
  });

  it.each([
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    [
      'lacks replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])('one that %s is as good as away, with the reason', async (_what, begin, end) => {
    const redis = await open();
    await server.cli(...begin);
    await expect(redis.run(increment, [redis.key('n')])).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/OOM|NOREPLICAS/),
    });
    await server.cli(...end);
    expect(await redis.run(increment, [redis.key('n')])).toBe(1);
  });

  it('a cluster is refused with the reason', async () => {
    const cluster = await startRedis('--cluster-enabled', 'yes');
    onTestFinished(() => cluster.stop());
    await expect(openTestRedis(cluster.url)).rejects.toThrow(/is a Redis Cluster, which is not supported/);
  });

  it('goes on with the replica that a Sentinel has put in the place of the primary', async () => {
    const watched = await startWatchedRedis();
    onTestFinished(() => watched.stop());
    const redis = await openTestRedis(watched.url);
    onTestFinished(() => redis.close());
    expect(await redis.run(increment, [redis.key('n')])).toBe(1);
    await expect.poll(() => redis.send('WAIT', 1, 400)).toBe(1);
    await watched.primary.kill();
    const tries: unknown[] = [];
    await expect
      .poll(
        async () => {
          const answer = await redis.run(increment, [redis.key('n')]).catch(({ kind }) => kind);
          tries.push(answer);
          return answer;
        },
        { timeout: 20_000 },
      )
      .toBe(2);
    // Each try before ended by itself, and none ran later.
    expect(new Set(tries.slice(0, -1))).toEqual(new Set(['unavailable']));
    expect(await redis.send('GET', redis.key('n'))).toBe('2');
  });

  it('says where no Redis is', async () => {
    await expect(openTestRedis('redis://127.0.0.1:1')).rejects.toThrow(/Redis at 127.0.0.1:1 cannot be used/);
  });
});

describe('the clock of Redis', () => {
  it('moves only as far as an answer proves it wrong', () => {
    let monotonic = 1_000;
    const clock = new RedisClock(() => monotonic);
    const askedAt = clock.asked();
    monotonic += 10;
    clock.answered(50_005, askedAt);
    expect(clock.now()).toBe(50_005);
    monotonic += 100;
    const again = clock.asked();
    monotonic += 4;
    clock.answered(50_107, again);
    expect(clock.now()).toBe(50_109);
    const third = clock.asked();
    clock.answered(60_000, third);
    expect(clock.now()).toBe(60_000);
  });
});
