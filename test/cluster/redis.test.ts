import pino, { type Logger } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LogTail } from '../../src/cluster/redis/log-tail.ts';
import { RedisClock } from '../../src/cluster/redis/redis-clock.ts';
import { defineScript } from '../../src/cluster/redis/script.ts';
import {
  freePort,
  hasRedis,
  openTestRedis,
  type RedisServer,
  startRedis,
  withoutRedis,
} from '../support/redis.ts';
import { startWatchedRedis } from '../support/sentinel.ts';

const increment = defineScript(`return redis.call('INCR', KEYS[1])`);

describe.skipIf(!hasRedis)(hasRedis ? 'the connection to Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const open = async (log?: Logger) => {
    const redis = await openTestRedis(server.url, undefined, log);
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

  it('names the key that has something else than ours, once in the log, and stays up', async () => {
    const lines: string[] = [];
    const redis = await open(pino({}, { write: (line) => void lines.push(line) }));
    const [hash, fine] = [redis.key('hash'), redis.key('fine')];
    await redis.send('HSET', hash, 'secret', 'secret');
    const wrong = { kind: 'unavailable', message: expect.stringContaining(hash) };
    const script = defineScript(`
redis.call('SET', KEYS[1], 1)
return redis.call('INCR', KEYS[2])`);
    await expect(redis.send('GET', hash)).rejects.toMatchObject(wrong);
    await expect(redis.run(script, [fine, hash])).rejects.toMatchObject(wrong);
    const told = lines.filter((line) => line.includes(hash));
    expect(told).toHaveLength(1);
    expect(told[0]).not.toContain('secret');
    expect(redis.isUp).toBe(true);
    await redis.send('DEL', hash);
    expect(await redis.run(script, [fine, hash])).toBe(1);
  });

  it('a stream whose key has something else keeps no other from being read', async () => {
    const redis = await open();
    const tail = new LogTail(redis, pino({ level: 'silent' }));
    onTestFinished(() => tail.close());
    const [wrong, fine] = [redis.key('wrong'), redis.key('fine')];
    await redis.send('SET', wrong, 'x');
    const heard: string[] = [];
    const follow = (stream: string) =>
      tail.follow(stream, '0-0', (entries) => {
        for (const [, [, value]] of entries) heard.push(`${value}`);
      });
    follow(wrong);
    follow(fine);
    await redis.send('XADD', fine, '*', 'v', 'of the other');
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['of the other']);
    await redis.send('DEL', wrong);
    await redis.send('XADD', wrong, '*', 'v', 'of its own');
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['of the other', 'of its own']);
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

  it.each<[string, string, RegExp]>([
    [
      'a wrong password',
      'desk:wrong@',
      /--redis: .*WRONGPASS.*refuses the user or the password: mend them in --redis/,
    ],
    ['no password', '', /NOAUTH[^.]*\.\)\. Redis answers, and wants a password.*RC_MCP_REDIS_URL/],
    [
      'a user without scripts',
      'reader:word@',
      /NOPERM.*does not let this user do what replicas do: .*rcmcp:\*/,
    ],
    ['a user of other keys', 'other:word@', /NOPERM.*does not let this user do what replicas do/],
  ])('says at the start what Redis refuses: %s', async (_what, credentials, words) => {
    const guarded = await startRedis('--requirepass', 'right');
    onTestFinished(() => guarded.stop());
    const user = (...rules: string[]) =>
      guarded.cli('--no-auth-warning', '-a', 'right', 'ACL', 'SETUSER', ...rules);
    await user('reader', 'on', '>word', '~*', '+@all', '-@scripting');
    await user('other', 'on', '>word', '~other:*', '+@all');
    await expect(openTestRedis(guarded.url.replace('://', `://${credentials}`))).rejects.toThrow(words);
  });

  it('says what of the address does not fit: TLS at one end alone, a database that there is not', async () => {
    const certificate = (name: string) => new URL(`../support/tls/${name}.pem`, import.meta.url).pathname;
    const port = String(await freePort());
    const files = ['--tls-cert-file', certificate('cert'), '--tls-key-file', certificate('key')];
    const clients = ['--tls-ca-cert-file', certificate('cert'), '--tls-auth-clients', 'no'];
    const encrypted = await startRedis('--port', '0', '--tls-port', port, ...files, ...clients);
    onTestFinished(() => encrypted.stop());
    const refusals: [string, RegExp][] = [
      [`redis://127.0.0.1:${port}`, /wants TLS, --redis begins with rediss:/],
      [`rediss://127.0.0.1:${port}`, /certificate is not trusted: .*NODE_EXTRA_CA_CERTS/],
      [server.url.replace('redis:', 'rediss:'), /speaks no TLS, --redis begins with redis:/],
      [`${server.url}/99`, /no database of the number at the end of --redis/],
    ];
    await Promise.all(refusals.map(([url, words]) => expect(openTestRedis(url)).rejects.toThrow(words)));
  });

  it('says where no Redis is', async () => {
    await expect(openTestRedis('redis://127.0.0.1:1')).rejects.toThrow(
      /Redis at 127.0.0.1:1 cannot be used \(.*ECONNREFUSED.*Start it/,
    );
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
