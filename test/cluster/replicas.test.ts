import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LineLog } from '../../src/cluster/line/line-log.ts';
import { type FollowedLine, FollowedLines } from '../../src/cluster/replicas/followed-lines.ts';
import { Heartbeats } from '../../src/cluster/replicas/heartbeats.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';

describe.skipIf(!hasRedis)(hasRedis ? 'what a replica knows of itself and of others' : withoutRedis, () => {
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

  it('says how far the picture of the worst line is behind, and the highest term', async () => {
    const redis = await open();
    const lines = new FollowedLines(redis);
    const ended: (() => void)[] = [];
    const follow = async (name: string, entries: number, seen: number) => {
      const log = new LineLog(redis, name);
      await log.acquire(name);
      const ids: string[] = [];
      for (let nth = 0; nth < entries; nth += 1) ids.push(...(await log.append([{ kind: 'beat' }])));
      const line: FollowedLine = {
        isOpen: true,
        leadership: { leads: name === 'behind', silenceMs: seen },
        place: { log: log.keys.log, term: log.keys.term, id: ids[seen - 1] ?? '' },
        onEnd: (listener) => void ended.push(listener),
        handOver: async () => {},
      };
      lines.add(line);
      return Number(ids[seen]?.split('-')[0]);
    };
    const oldest = await follow('behind', 5, 2);
    await follow('current', 4, 4);
    await lines.look();
    const { lag, ...standing } = lines.standing();
    expect(standing).toEqual({ lines: 2, led: 1, term: 1, silenceMs: 4 });
    expect(lag.entries).toBe(3);
    expect(lag.ms).toBeGreaterThanOrEqual(0);
    expect(lag.ms).toBeLessThanOrEqual(redis.clock.now() - oldest + 1);
    ended[0]?.();
    await lines.look();
    expect(lines.standing()).toEqual({ lines: 1, led: 0, term: 1, silenceMs: 4, lag: { entries: 0, ms: 0 } });
  });

  it('tells the others that it lives, ends, and is gone, with nothing that stays in Redis', async () => {
    const first = await open();
    const second = await open(first.key('').slice(0, -1));
    const log = pino({ level: 'silent' });
    const info = (name: string) => ({ name, host: 'h', version: '1', policy: 'p', startedAt: 'now' });
    const a = new Heartbeats({ redis: first, log, info: info('a') });
    const b = new Heartbeats({ redis: second, log, info: info('b') });
    onTestFinished(() => a.close());
    const seen = () => a.alive.map(({ name, ending }) => (ending ? `${name} ends` : name)).toSorted();
    await expect.poll(seen, { timeout: 10_000 }).toEqual(['a', 'b']);
    await b.end();
    await expect.poll(seen, { timeout: 10_000 }).toEqual(['a', 'b ends']);
    await b.close();
    await expect.poll(seen, { timeout: 10_000 }).toEqual(['a']);
    for (const key of (await server.cli('KEYS', first.key('*'))).split('\n'))
      expect(Number(await server.cli('PTTL', key)), key).toBeGreaterThan(0);
  });

  it.each(['no JSON', 'null', '[]', '{"name":"b"}'])(
    'leaves out a replica of which it is told %s, and says so once',
    async (damaged) => {
      const first = await open();
      const second = await open(first.key('').slice(0, -1));
      const lines: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
      const info = (name: string) => ({ name, host: 'h', version: '1', policy: 'p', startedAt: 'now' });
      let beats = 0;
      const beaten = () => {
        beats += 1;
      };
      const lost = first.key('heartbeat', 'lost');
      await first.send('ZADD', first.key('heartbeats'), first.clock.now() + 60_000, 'lost');
      await first.send('SET', lost, damaged);
      const others = new Heartbeats({ redis: second, log: pino({ level: 'silent' }), info: info('b') });
      onTestFinished(() => others.close());
      const a = new Heartbeats({ redis: first, log, info: info('a'), beaten });
      onTestFinished(() => a.close());
      await expect.poll(() => beats, { timeout: 10_000 }).toBeGreaterThan(1);
      expect(a.alive.map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(lost);
    },
  );
});
