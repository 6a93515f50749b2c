import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Redis } from '../../src/cluster/redis/redis.ts';
import { SharedRateLimiter, sharedRateRules } from '../../src/cluster/rest/shared-rate-limiter.ts';
import { HttpHeaders } from '../../src/ringcentral/rest/http-headers.ts';
import type { RateLimiter, RequestSlot } from '../../src/ringcentral/rest/rate-limiter.ts';
import { Failure } from '../../src/shared/failure.ts';
import { openPlatformTestbed, type PlatformTestbed } from '../ringcentral/support/testbed.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { answered, atTime } from './support/at-time.ts';
import type { RequestingReplica } from './support/requesting-replica.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 30);
const route = 'GET device';

describe.skipIf(!hasRedis)(hasRedis ? 'the rate limit of several replicas' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const connect = async (prefix: string) => {
    const redis = await openTestRedis(server.url, prefix);
    onTestFinished(() => redis.close());
    return redis;
  };
  const limiterOn = (redis: Redis, login = 'one') => new SharedRateLimiter({ redis, login, patienceMs: 0 });
  const admit = (limiter: RateLimiter) => limiter.admit({ route, group: 'auth', priority: 'end' });

  it('is one for all of a login, and none of another login', async () => {
    const prefix = randomUUID();
    const [one, two] = [limiterOn(await connect(prefix)), limiterOn(await connect(prefix))];
    for (const limiter of [one, two, one, two, one]) await admit(limiter);
    for (const limiter of [one, two])
      await expect(admit(limiter)).rejects.toMatchObject({ kind: 'rate_limited' });
    await admit(limiterOn(await connect(prefix), 'another'));
  });

  it('counts the requests of a replica that died as if they had been answered at the last moment', async () => {
    const prefix = randomUUID();
    const clock = manualClock();
    const [dead, alive] = [await connect(prefix), await connect(prefix)];
    const dying = limiterOn(atTime(dead, clock));
    for (let n = 0; n < 5; n += 1) await admit(dying);
    await dead.close();
    const limiter = limiterOn(atTime(alive, clock));
    const lastMoment = sharedRateRules.heldMs + sharedRateRules.windowMs;
    await clock.advanceAsync(lastMoment - 1_000);
    await expect(admit(limiter)).rejects.toMatchObject({ details: { retryAfterSeconds: 1 } });
    await clock.advanceAsync(1_000);
    for (let n = 0; n < 5; n += 1) await admit(limiter);
  });

  it('a replica that was only slow is counted when its answer came', async () => {
    const clock = manualClock();
    const redis = atTime(await connect(randomUUID()), clock);
    const limiter = limiterOn(redis);
    const slow = await Promise.all([1, 2, 3, 4, 5].map(() => admit(limiter)));
    await clock.advanceAsync(sharedRateRules.heldMs + 10_000);
    for (const slot of slow) slot.notSent();
    await answered(redis);
    await admit(limiter);
  });

  describe('while Redis does not answer', () => {
    const away = { kind: 'unavailable', message: expect.stringContaining('Nothing was sent to RingCentral') };

    it('gives back a place that it was given by an answer which was lost', async () => {
      const redis = await connect(randomUUID());
      let isLosing = true;
      const losing = atTime(redis, redis.clock);
      const limiter = limiterOn({
        ...losing,
        async run(...script) {
          const answer = await losing.run(...script);
          if (isLosing) throw new Failure('unavailable', 'lost');
          return answer;
        },
      });
      for (let n = 0; n < 5; n += 1) await expect(admit(limiter)).rejects.toMatchObject({ message: 'lost' });
      isLosing = false;
      for (let n = 0; n < 5; n += 1) await admit(limiter);
    });

    it('lets nothing through', async () => {
      const redis = await connect(randomUUID());
      const limiter = limiterOn(redis);
      await admit(limiter);
      server.freeze();
      for (let n = 0; n < 6; n += 1) await expect(admit(limiter)).rejects.toMatchObject(away);
      server.thaw();
      await expect.poll(() => redis.isUp).toBe(true);
      await expect.poll(() => admit(limiter).then(() => true)).toBe(true);
      expect(limiter.budget('auth', 'end').available).toBe(3);
    });

    it('remembers how requests end, and tells it later', async () => {
      const prefix = randomUUID();
      const redis = await connect(prefix);
      const [limiter, other] = [limiterOn(redis), limiterOn(await connect(prefix))];
      const slots: RequestSlot[] = [];
      for (let n = 0; n < 5; n += 1) slots.push(await admit(limiter));
      server.freeze();
      for (const slot of slots) slot.notSent();
      await expect.poll(() => redis.isUp).toBe(false);
      server.thaw();
      await expect
        .poll(() =>
          admit(other).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
    });
  });

  it('tells metrics and background work what others have used', async () => {
    const prefix = randomUUID();
    const [limiter, other] = [limiterOn(await connect(prefix)), limiterOn(await connect(prefix))];
    expect(limiter.budget('auth', 'end').available).toBe(5);
    for (let n = 0; n < 2; n += 1) await admit(other);
    await expect.poll(() => limiter.budget('auth', 'end').available).toBe(3);
  });

  describe('with RingCentral as the judge', () => {
    const refusals = async (testbed: PlatformTestbed) =>
      (await testbed.requests('/')).filter(({ status }) => status === 429).length;

    /** An access token of user 101, for requests that are sent by hand. */
    const logIn = async ({ sandbox }: PlatformTestbed): Promise<string> => {
      const response = await fetch(`${sandbox.serverUrl}/restapi/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${sandbox.clientId}:${sandbox.clientSecret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: sandbox.jwt,
        }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    };

    it('is never passed, whoever sends, however long answers take, and whoever dies', async () => {
      const testbed = await openPlatformTestbed({ manualClock: true, rateLimits: { light: 6 } });
      onTestFinished(() => testbed.close());
      const connections = await Promise.all([1, 2, 3, 4].map(() => connect('judged')));
      const read = async (token: string) => {
        const path = '/restapi/v1.0/account/~/extension/~/device';
        const response = await fetch(`${testbed.sandbox.serverUrl}${path}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        await response.arrayBuffer();
        const headers = new HttpHeaders();
        for (const [name, value] of response.headers) headers.set(name, value);
        return { status: response.status, headers };
      };
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.record({ do: fc.constant('admit' as const), who: fc.nat(3) }) },
        { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), which: fc.nat() }) },
        { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat() }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), which: fc.nat() }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(14_000) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), who: fc.nat(3) }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
          const login = randomUUID();
          const clock = manualClock();
          const wait = async (ms: number) => {
            await clock.advanceAsync(ms);
            await testbed.control('/clock', { advanceMs: ms });
          };
          await wait(120_000);
          const token = await logIn(testbed);
          const redises = connections.map((redis) => atTime(redis, clock));
          const limiters = redises.map((redis) => limiterOn(redis, login));
          const take = (who: number) => limiters[who]?.admit({ route, group: 'light', priority: 'end' });
          /** Places, since when, and what came of their requests. */
          const open: {
            who: number;
            at: number;
            slot: RequestSlot;
            answer?: Awaited<ReturnType<typeof read>>;
          }[] = [];
          const dead = new Set<number>();
          const first = await take(0);
          const { status, headers } = await read(token);
          first?.answered(status, headers);
          await answered(connections[0] as Redis);
          for (const one of steps) {
            if (one.do === 'wait') {
              // Nothing is under way for longer than its time-out.
              const oldest = Math.min(...open.map(({ at }) => at), clock.now());
              await wait(Math.min(one.ms, oldest + sharedRateRules.heldMs - 1 - clock.now()));
            } else if (one.do === 'die') dead.add(one.who);
            else if (one.do === 'admit') {
              if (dead.has(one.who)) continue;
              const slot = await take(one.who)?.catch(() => undefined);
              if (slot) open.push({ who: one.who, at: clock.now(), slot });
            } else {
              const found = open[one.which % Math.max(1, open.length)];
              // Who is dead sends nothing more, and tells nobody of what it has sent.
              if (!found || dead.has(found.who)) continue;
              if (one.do === 'send') found.answer ??= await read(token);
              else {
                open.splice(open.indexOf(found), 1);
                if (one.do === 'lose' || !found.answer) {
                  if (found.answer) continue;
                  found.slot.notSent();
                } else found.slot.answered(found.answer.status, found.answer.headers);
                await answered(connections[found.who] as Redis);
              }
            }
            for (let at = open.length - 1; at >= 0; at -= 1) {
              const { who, at: since } = open[at] as (typeof open)[number];
              if (dead.has(who) && clock.now() - since >= sharedRateRules.heldMs - 1) open.splice(at, 1);
            }
          }
          expect(await refusals(testbed)).toBe(0);
        }),
        { numRuns: runs },
      );
    });

    it('is not passed by four processes, one of which is killed', async () => {
      const testbed = await openPlatformTestbed({ rateLimits: 'platform' });
      onTestFinished(() => testbed.close());
      const { serverUrl, clientId, clientSecret, jwt } = testbed.sandbox;
      // What is under way when one is killed is answered late.
      await testbed.fault({ kind: 'http', pathPattern: '*/device', delayMs: 20 });
      const told: RequestingReplica = {
        ...{ redisUrl: server.url, prefix: randomUUID(), atOnce: 4 },
        credentials: { serverUrl, clientId, clientSecret, jwt },
      };
      const replicas = [1, 2, 3, 4].map(() => startReplica(told));
      onTestFinished(() => {
        for (const { child } of replicas) child.kill('SIGKILL');
      });
      const [victim, ...others] = replicas;
      await Promise.all(replicas.map(({ until }) => until('ready')));
      for (const { child } of replicas) child.stdin?.write('go\n');
      await victim?.until('answered');
      victim?.child.kill('SIGKILL');
      await Promise.all(others.map(({ until }) => until('done')));
      const sent = (await testbed.requests('/device')).length;
      expect(await refusals(testbed)).toBe(0);
      expect(sent).toBeLessThanOrEqual(50);
      // Who was killed may have had places for requests that never left.
      expect(sent).toBeGreaterThanOrEqual(50 - told.atOnce);
      for (const { lines } of others)
        expect(lines.filter((line) => line.startsWith('refused'))).toEqual(
          Array(4).fill('refused rate_limited'),
        );
    });

    it('lets a client of RingCentral send nothing, not even a read, where Redis is gone', async () => {
      const testbed = await openPlatformTestbed();
      onTestFinished(() => testbed.close());
      const own = await startRedis();
      onTestFinished(() => own.stop());
      const redis = await openTestRedis(own.url);
      onTestFinished(() => redis.close());
      const { platform } = testbed.connect({ rateLimiter: limiterOn(redis) });
      await platform.listDevices();
      const before = (await testbed.requests('/')).length;
      await own.kill();
      await expect(platform.listDevices()).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(platform.prepare('create_conference_call_session', {})).rejects.toMatchObject({
        kind: 'unavailable',
      });
      expect(await testbed.requests('/')).toHaveLength(before);
    });
  });
});

interface Replica {
  child: ChildProcess;
  lines: string[];
  /** Resolves when it has said that line. */
  until(line: string): Promise<void>;
}

function startReplica(told: RequestingReplica): Replica {
  const script = 'test/cluster/support/requesting-replica.ts';
  const child = spawn(
    process.execPath,
    ['--conditions=sandbox-source', '--import', 'tsx', script, JSON.stringify(told)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    async until(line) {
      while (!lines.includes(line)) await once(output, 'line');
    },
  };
}
