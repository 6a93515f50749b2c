import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { newLeaseToken } from '../../src/cluster/line/leader.ts';
import type { SharedPicture } from '../../src/cluster/line/shared-picture.ts';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { reading } from '../calls/support/store-testbed.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { joinTestPicture } from './support/test-picture.ts';

type Keys = SharedPicture['log']['keys'];

/** What is done to the checkpoint of a line, or to the log after it. */
const damages: Record<string, (redis: OpenRedis, keys: Keys) => Promise<unknown>> = {
  'is no JSON': (redis, { checkpoint }) => redis.send('SET', checkpoint, 'rubbish'),
  'is nothing': (redis, { checkpoint }) => redis.send('SET', checkpoint, 'null'),
  'has no frame': (redis, { checkpoint }) => redis.send('SET', checkpoint, '{"id":"1-1"}'),
  'names no entry': (redis, { checkpoint }) => redis.send('SET', checkpoint, '{"id":"all","frame":{}}'),
  'has a call that is none': (redis, { sessions }) => redis.send('HSET', sessions, 's-a', '{}'),
  'has a history that is none': (redis, { history }) => redis.send('RPUSH', history, 'rubbish'),
  'is of an entry after which others are missing': (redis, { log }) => redis.send('XTRIM', log, 'MAXLEN', 1),
  'is followed by an entry that is none': async (redis, { log, last }) => {
    for (const entry of ['null', '{"kind":"beat"}']) {
      const id = await redis.send('XADD', log, '*', 'b', String(await redis.send('GET', last)), 'e', entry);
      await redis.send('SET', last, String(id));
    }
  },
};

describe.skipIf(!hasRedis)(hasRedis ? 'a replica that joins where the checkpoint' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const open = async (prefix?: string) => {
    const redis = await openTestRedis(server.url, prefix);
    onTestFinished(() => redis.close());
    return redis;
  };

  it.each(Object.keys(damages))('%s asks for another, in good time, and says so once', async (damage) => {
    const first = await open();
    const { picture: led, leave: leaveLed } = joinTestPicture(first);
    onTestFinished(leaveLed);
    const token = newLeaseToken();
    await led.log.acquire(token);
    const write = (session: string) =>
      led.log.append([{ kind: 'session', session: reading(session, [[1, 'Answered']]), at: 0 }], token);
    const caughtUp = async () => {
      const last = await led.log.lastId();
      expect(await led.until(() => led.has(last), 5_000)).toBe(true);
    };
    const save = async () => {
      led.checkpoints.startAnew();
      await led.checkpoints.save(led.calls, led.lastId, token, undefined);
    };
    await write('a');
    await caughtUp();
    await save();
    await write('b');
    await write('c');
    await caughtUp();
    // It no longer follows, so that what is done to the log is not its own matter.
    leaveLed();
    const { keys } = led.log;
    await damages[damage]?.(first, keys);

    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    let loads = 0;
    const second = await open(first.key('').slice(0, -1));
    const counted = new Proxy(second, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name !== 'run') return typeof value === 'function' ? value.bind(target) : value;
        return (...args: Parameters<OpenRedis['run']>) => {
          if (args[1][0] === keys.checkpoint) loads += 1;
          return target.run(...args);
        };
      },
    });
    const { picture, leave } = joinTestPicture(counted, log);
    onTestFinished(leave);
    const asks = async () =>
      ((await first.send('XRANGE', keys.log, '-', '+')) as [string, string[]][]).filter(([, fields]) =>
        fields.some((field) => field.includes('"checkpoint"')),
      ).length;
    await expect.poll(asks, { timeout: 10_000 }).toBeGreaterThan(1);
    // A picture that has just begun anew at the checkpoint is whole as far as it knows, and has not all of the log.
    const last = await led.log.lastId();
    expect(picture.isWhole && picture.has(last)).toBe(false);
    expect(loads).toBeLessThan(8);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(keys.checkpoint);

    led.startEmpty(await led.log.lastId());
    await save();
    await expect.poll(() => picture.isWhole, { timeout: 10_000 }).toBe(true);
    expect(lines).toHaveLength(1);
  });
});
