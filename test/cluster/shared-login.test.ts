import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SharedTokenStore } from '../../src/cluster/auth/shared-token-store.ts';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import type { KeptTokens } from '../../src/ringcentral/auth/token-store.ts';
import { createSealer } from '../../src/team/seal.ts';
import { teamKey, teamKeys } from '../../src/team/team-keys.ts';
import { openPlatformTestbed, silent } from '../ringcentral/support/testbed.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import type { DyingLogin } from './support/dying-login.ts';

const key = randomBytes(32);
const sealer = createSealer(teamKeys(teamKey(key)));

describe.skipIf(!hasRedis)(hasRedis ? 'a login that several replicas use' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  /** A sandbox, and replicas of one login to it. */
  const openOffice = async (redisUrl = server.url) => {
    const testbed = await openPlatformTestbed();
    onTestFinished(() => testbed.close());
    const { serverUrl, clientId, clientSecret, jwt } = testbed.sandbox;
    const credentials = { serverUrl, clientId, clientSecret, jwt };
    const shared = { prefix: randomUUID(), login: 'line' };
    const connect = async (log = silent) => {
      const redis = await openTestRedis(redisUrl, shared.prefix);
      onTestFinished(() => redis.close());
      const tokens = new SharedTokenStore({
        redis,
        sealer,
        login: shared.login,
        credentials,
        log,
        turnMs: 500,
      });
      return { redis, tokens, ...testbed.connect({ tokens, log }) };
    };
    const tokenRequests = async () =>
      (await testbed.requests('/oauth/token')).map(({ status, body }) => [
        status,
        (body as { grant_type: string }).grant_type.split(':').at(-1),
      ]);
    return { testbed, credentials, shared, connect, tokenRequests };
  };
  const four = <T>(make: () => Promise<T>) => Promise.all([1, 2, 3, 4].map(make));
  const readAll = (
    replicas: Awaited<
      ReturnType<typeof four<Awaited<ReturnType<Awaited<ReturnType<typeof openOffice>>['connect']>>>>
    >,
  ) => Promise.all(replicas.map(({ platform }) => platform.listDevices()));
  const login = [200, 'jwt-bearer'];
  const refresh = [200, 'refresh_token'];

  it('is made once for all who begin at the same time, and all may do the same', async () => {
    const { connect, tokenRequests } = await openOffice();
    const replicas = await four(() => connect());
    for (const devices of await readAll(replicas)) expect(devices.length).toBeGreaterThan(0);
    expect(await tokenRequests()).toEqual([login]);
    const [first, ...others] = await Promise.all(replicas.map(({ scopes }) => scopes()));
    expect(first?.has('CallControl')).toBe(true);
    for (const scopes of others) expect(scopes).toEqual(first);
  });

  it('is refreshed once for all whose token is refused at the same time', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const replicas = await four(() => connect());
    await readAll(replicas);
    await testbed.fault({ kind: 'expire-access-token' });
    await readAll(replicas);
    expect(await tokenRequests()).toEqual([login, refresh]);
  });

  it('costs whoever uses it later no request, and one refused request at most', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const [one, late] = [await connect(), await connect()];
    await readAll([one, late]);
    await testbed.fault({ kind: 'expire-access-token' });
    await one.platform.listDevices();
    await late.platform.listDevices();
    expect(await tokenRequests()).toEqual([login, refresh]);
    expect((await testbed.requests('/device')).filter(({ status }) => status === 401)).toHaveLength(2);
  });

  it('that RingCentral has ended is made anew once for all', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const replicas = await four(() => connect());
    await readAll(replicas);
    await testbed.fault({ kind: 'revoke-session' });
    await readAll(replicas);
    const [, refused, again, ...more] = await tokenRequests();
    expect([refused?.[0], again, more]).toEqual([400, login, []]);
  });

  it('that is refused is tried once for all, and each says what to do', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const replicas = await four(() => connect());
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', status: 400, errorCode: 'OAU-148' });
    for (const { platform } of replicas) {
      await expect(platform.listDevices()).rejects.toMatchObject({
        ...{ kind: 'forbidden', details: { reason: 'needs_login' } },
        message: expect.stringContaining('RC_USER_JWT'),
      });
    }
    expect(await tokenRequests()).toHaveLength(1);
  });

  it('that RingCentral ends twice is given up, whichever replicas meet that', async () => {
    const { testbed, connect } = await openOffice();
    const [one, other] = [await connect(), await connect()];
    await readAll([one, other]);
    await testbed.fault({ kind: 'revoke-session' });
    await one.platform.listDevices();
    await other.platform.listDevices();
    await testbed.fault({ kind: 'revoke-session' });
    for (const { platform } of [other, one]) {
      await expect(platform.listDevices()).rejects.toMatchObject({
        ...{ kind: 'forbidden', message: expect.stringContaining('more than five servers') },
      });
    }
  });

  it('goes on with the token at hand while it is good, where another is not to be had', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const one = await connect();
    await one.platform.listDevices();
    const { generation, tokens } = await keptOf(one.tokens);
    const turn = await one.tokens.claim(generation, new AbortController().signal);
    if (!('keep' in turn)) throw new Error('no turn');
    await turn.keep({ ...tokens, expiresInMs: 30_000 });
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', status: 503 });
    const late = await connect();
    expect((await late.platform.listDevices()).length).toBeGreaterThan(0);
    expect((await tokenRequests()).map(([status]) => status)).toEqual([200, 503, 503]);
  });

  it('goes on for a restarted replica, and is not revoked when one ends, or the last', async () => {
    const { testbed, connect, tokenRequests } = await openOffice();
    const [one, other] = [await connect(), await connect()];
    await readAll([one, other]);
    await one.close();
    await other.platform.listDevices();
    await other.close();
    await (await connect()).platform.listDevices();
    expect(await tokenRequests()).toEqual([login]);
    expect(await testbed.requests('/oauth/revoke')).toEqual([]);
  });

  it.each([
    ['the first login', false, [login, login]],
    // RingCentral gives the same pair again for a refresh token that was used, while nobody has used the new pair.
    ['a refresh', true, [login, refresh, refresh]],
  ])(
    'goes on where a replica is killed between the answer to %s and its keeping',
    async (_, wasLoggedIn, requests) => {
      const { testbed, connect, tokenRequests, credentials, shared } = await openOffice();
      const other = await connect();
      if (wasLoggedIn) {
        await other.platform.listDevices();
        await testbed.fault({ kind: 'expire-access-token' });
      }
      const told: DyingLogin = {
        redisUrl: server.url,
        ...shared,
        credentials,
        key: key.toString('base64url'),
      };
      const script = 'test/cluster/support/dying-login.ts';
      const dying = spawn(
        process.execPath,
        ['--conditions=sandbox-source', '--import', 'tsx', script, JSON.stringify(told)],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      expect(await once(dying, 'exit')).toEqual([null, 'SIGKILL']);
      expect((await other.platform.listDevices()).length).toBeGreaterThan(0);
      expect(await tokenRequests()).toEqual(requests);
    },
  );

  describe('where Redis is gone', () => {
    const openOwn = async () => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      return { own, ...(await openOffice(own.url)) };
    };
    const isGone = (redis: OpenRedis) => expect.poll(() => redis.isUp).toBe(false);

    it('goes on with the token at hand, and asks for no other', async () => {
      const { own, testbed, connect, tokenRequests } = await openOwn();
      const one = await connect();
      await one.platform.listDevices();
      await own.kill();
      await isGone(one.redis);
      await one.platform.listDevices();
      await testbed.fault({ kind: 'expire-access-token' });
      await expect(one.platform.listDevices()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await tokenRequests()).toEqual([login]);
      await own.restart();
      await expect
        .poll(() =>
          one.platform.listDevices().then(
            ({ length }) => length,
            () => 0,
          ),
        )
        .toBeGreaterThan(0);
      expect(await tokenRequests()).toEqual([login, refresh]);
    });

    it('a token that was given but could not be kept is used', async () => {
      const { own, testbed, connect } = await openOwn();
      const one = await connect();
      await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', delayMs: 300, times: 1 });
      const reading = one.platform.listDevices();
      await expect.poll(async () => (await testbed.requests('/oauth/token')).length).toBe(1);
      await own.kill();
      expect((await reading).length).toBeGreaterThan(0);
    });
  });

  it('never logs a token', async () => {
    const { testbed, connect } = await openOffice();
    let written = '';
    const log = pino(
      { level: 'trace' },
      {
        write(line: string) {
          written += line;
        },
      },
    );
    const one = await connect(log);
    await one.platform.listDevices();
    const before = await keptOf(one.tokens);
    await testbed.fault({ kind: 'revoke-session' });
    await one.platform.listDevices();
    const after = await keptOf(one.tokens);
    expect(after.generation).not.toBe(before.generation);
    expect(written).not.toBe('');
    for (const { tokens } of [before, after]) {
      for (const token of [tokens.accessToken, tokens.refreshToken]) {
        expect(token?.length).toBeGreaterThan(20);
        expect(written).not.toContain(token);
      }
    }
  });
});

/** The tokens that are kept now. */
async function keptOf(store: SharedTokenStore): Promise<KeptTokens> {
  const claimed = await store.claim(0, new AbortController().signal);
  if (!('tokens' in claimed)) throw new Error('no tokens are kept');
  return claimed;
}
