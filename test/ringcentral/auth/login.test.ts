import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/shared/clock.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { openPlatformTestbed, operate, type PlatformTestbed } from '../support/testbed.ts';

let testbed: PlatformTestbed;
afterEach(() => testbed.close());

const tokenRequests = async () => (await testbed.requests('/oauth/token')).length;
const code = (error: unknown) => error;

describe('login', () => {
  it('does nothing before it is used, then once for all who ask at the same time', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    expect(await testbed.requests('/')).toHaveLength(0);
    await Promise.all([platform.identity(), platform.listDevices(), platform.listCallFlipNumbers()]);
    expect(await tokenRequests()).toBe(1);
  });

  it('keeps two logins of one process apart', async () => {
    testbed = await openPlatformTestbed();
    const other = await testbed.control<{ clientId: string; clientSecret: string; jwt: string }>('/logins', {
      extensionNumber: '102',
    });
    const [first, second] = [
      testbed.connect(),
      testbed.connect({ credentials: { ...other, serverUrl: testbed.sandbox.serverUrl } }),
    ];
    expect((await first.platform.identity()).extensionNumber).toBe('101');
    expect((await second.platform.identity()).extensionNumber).toBe('102');
    expect((await first.platform.listDevices()).length).toBeGreaterThan(0);
  });

  it('refreshes after a 401, once for all, and asks for a full lifetime', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    await testbed.fault({ kind: 'expire-access-token' });
    await Promise.all([platform.listDevices(), platform.listDevices(), platform.listCallFlipNumbers()]);
    const [, refresh, ...more] = await testbed.requests('/oauth/token');
    expect(refresh?.status).toBe(200);
    expect(more).toEqual([]);
    expect(JSON.stringify(refresh?.body ?? {})).not.toContain('-1');
  });

  it('logs in with the JWT again when the refresh token is over too', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    for (let again = 0; again < 3; again += 1) {
      await testbed.fault({ kind: 'expire-access-token' });
      await testbed.fault({ kind: 'expire-refresh-token' });
      expect((await platform.listDevices()).length).toBeGreaterThan(0);
    }
  });

  it('never sends an action again by itself after a 401: it says so, and has a new login', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    await testbed.fault({ kind: 'expire-access-token' });
    const ready = await platform.prepare('create_conference_call_session', {});
    expect(await ready.send(undefined, () => {})).toBeUndefined();
    expect((await testbed.requests('/telephony/conference')).map(({ status }) => status)).toEqual([401]);
    expect((await operate(platform, 'create_conference_call_session', {})).session?.id).toBeTruthy();
  });

  it('survives a refresh that the network broke', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect({ timeoutMs: 100 });
    await platform.identity();
    await testbed.fault({ kind: 'expire-access-token' });
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', hang: true, times: 1 });
    expect((await platform.listDevices()).length).toBeGreaterThan(0);
  });

  it.each(['page', 'half', 'deep', 'other', 'huge'])(
    'tells of nonsense (%s), and goes on after it',
    async (answers) => {
      testbed = await openPlatformTestbed();
      const { platform } = testbed.connect();
      await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', answers, times: 1 });
      const told = await platform.listDevices().then(
        () => undefined,
        (error: { kind: string }) => error.kind,
      );
      expect(told ?? 'unavailable').toBe('unavailable');
      expect((await platform.listDevices()).length).toBeGreaterThan(0);
    },
  );

  it('logs once that the login is refused, and that it is accepted again', async () => {
    testbed = await openPlatformTestbed();
    let ahead = 0;
    const lines: { level: number; msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const { platform } = testbed.connect({ log, clock: { ...systemClock, now: () => Date.now() + ahead } });
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', status: 401, times: 2 });
    for (let again = 0; again < 2; again += 1) {
      await expect(platform.identity()).rejects.toMatchObject({ kind: 'forbidden' });
      ahead += 61_000;
    }
    await platform.identity();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'RingCentral refuses the login'],
      [30, 'RingCentral accepts the login again'],
    ]);
  });

  it('says that a login is refused, and does not repeat it at once', async () => {
    testbed = await openPlatformTestbed();
    const { clientId, clientSecret, serverUrl } = testbed.sandbox;
    const { platform } = testbed.connect({
      credentials: { clientId, clientSecret, serverUrl, jwt: 'wrong' },
    });
    for (let again = 0; again < 3; again += 1) {
      await expect(platform.identity()).rejects.toMatchObject({ kind: 'forbidden' });
    }
    expect(await tokenRequests()).toBe(1);
    expect(String(await platform.identity().catch(code))).toContain('RC_USER_JWT');
  });

  it('tries a refused login again after a while', async () => {
    testbed = await openPlatformTestbed();
    let ahead = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
    const { platform } = testbed.connect({ clock });
    await testbed.fault({
      kind: 'http',
      pathPattern: '*/oauth/token',
      status: 400,
      errorCode: 'OAU-148',
      times: 1,
    });
    await expect(platform.identity()).rejects.toMatchObject({ kind: 'forbidden' });
    ahead = 61_000;
    expect((await platform.identity()).extensionNumber).toBe('101');
  });

  it('logs in again when it was thrown out once, and stops at the second time', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    await testbed.fault({ kind: 'revoke-session' });
    expect((await platform.listDevices()).length).toBeGreaterThan(0);
    await testbed.fault({ kind: 'revoke-session' });
    const failure = await platform.listDevices().catch(code);
    expect(failure).toMatchObject({ kind: 'forbidden' });
    expect(String(failure)).toContain('more than five servers use this login');
    const before = await tokenRequests();
    await expect(platform.listDevices()).rejects.toBe(failure);
    expect(await tokenRequests()).toBe(before);
  });

  it('is revoked at close, and nothing is sent after that', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    await platform.close();
    expect((await testbed.requests('/oauth/revoke')).map(({ status }) => status)).toEqual([200]);
    await expect(platform.listDevices()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('closes without a login', async () => {
    testbed = await openPlatformTestbed();
    await testbed.connect().close();
    expect(await testbed.requests('/')).toHaveLength(0);
  });
});

describe('rate limits', () => {
  it('stay within what the platform allows, and say how long to wait', async () => {
    testbed = await openPlatformTestbed({ rateLimits: { heavy: 3 } });
    const { platform, rateLimiter } = testbed.connect();
    await platform.readPresence('account');
    expect(rateLimiter.budget('heavy', 'end')).toMatchObject({ limit: 3, available: 2 });
    await platform.readPresence('account');
    const failure = await platform.readPresence('account').catch(code);
    expect(failure).toMatchObject({ kind: 'rate_limited' });
    expect((failure as { details: { retryAfterSeconds: number } }).details.retryAfterSeconds).toBeGreaterThan(
      50,
    );
    await operate(platform, 'create_conference_call_session', {}).catch(() => undefined);
    expect((await testbed.requests('/')).filter(({ status }) => status === 429)).toEqual([]);
  });

  it('sends nothing while the platform punishes', async () => {
    testbed = await openPlatformTestbed();
    const { platform } = testbed.connect();
    await platform.identity();
    await testbed.fault({
      kind: 'http',
      pathPattern: '*/device',
      status: 429,
      retryAfterSeconds: 30,
      times: 1,
    });
    const failure = await platform.listDevices().catch(code);
    expect(failure).toMatchObject({ kind: 'rate_limited' });
    const { retryAfterSeconds } = (failure as { details: { retryAfterSeconds: number } }).details;
    // As long as told, and a share of it more.
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(32);
    expect(retryAfterSeconds).toBeLessThanOrEqual(40);
    await expect(platform.listDevices()).rejects.toMatchObject({ kind: 'rate_limited' });
    expect(await testbed.requests('/device')).toHaveLength(1);
  });
});
