import { afterEach, expect, it } from 'vitest';
import { diagnose } from '../../src/ringcentral/diagnose.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { fastClock } from './support/fast-clock.ts';
import { openPlatformTestbed, type PlatformTestbed } from './support/testbed.ts';

let testbed: PlatformTestbed;
afterEach(() => testbed.close());

const loginWith = async (extensionNumber: string, scopes?: string[]) => {
  const login = await testbed.control<{ clientId: string; clientSecret: string; jwt: string }>('/logins', {
    extensionNumber,
    ...(scopes ? { scopes } : {}),
  });
  return testbed.connect({ credentials: { ...login, serverUrl: testbed.sandbox.serverUrl } });
};

it('finds everything well', async () => {
  testbed = await openPlatformTestbed({ rateLimits: 'platform' });
  const checks = await diagnose(testbed.connect(), systemClock);
  expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
    ['login', true],
    ['permissions', true],
    ['identity', true],
    ['devices', true],
    ['events', true],
    ['rate limits', true],
  ]);
  expect(checks.every(({ fix }) => fix === undefined)).toBe(true);
  expect(checks.at(-1)?.detail).toContain('light 50 in 60 s');
});

it('says what is wrong with the login, and nothing that it cannot know', async () => {
  testbed = await openPlatformTestbed();
  const { clientId, clientSecret, serverUrl } = testbed.sandbox;
  const checks = await diagnose(
    testbed.connect({ credentials: { clientId, clientSecret, serverUrl, jwt: 'wrong' } }),
    systemClock,
  );
  expect(checks).toMatchObject([{ name: 'login', ok: false, fix: expect.stringContaining('RC_USER_JWT') }]);
});

it('names missing permissions and where to get them', async () => {
  testbed = await openPlatformTestbed();
  const checks = await diagnose(await loginWith('101', ['ReadAccounts', 'ReadPresence']), systemClock);
  const [, permissions] = checks;
  expect(permissions).toMatchObject({ ok: false, detail: expect.stringContaining('CallControl') });
  expect(checks.find(({ name }) => name === 'events')).toMatchObject({
    ok: false,
    fix: expect.stringContaining('developer console'),
  });
});

it('warns a user who has the app only', async () => {
  testbed = await openPlatformTestbed();
  const checks = await diagnose(await loginWith('104'), systemClock);
  expect(checks.find(({ name }) => name === 'devices')).toMatchObject({
    ok: true,
    fix: expect.stringContaining('Answer'),
  });
});

it('does not wait for ever for the feed', async () => {
  testbed = await openPlatformTestbed();
  await testbed.fault({ kind: 'ws-refuse', times: 1_000 });
  const checks = await diagnose(testbed.connect(), fastClock(100));
  expect(checks.find(({ name }) => name === 'events')).toMatchObject({ ok: false });
});

it('says when nothing answers at the address', async () => {
  testbed = await openPlatformTestbed();
  const ringcentral = testbed.connect();
  await testbed.sandbox.close();
  const [login] = await diagnose(ringcentral, systemClock);
  expect(login).toMatchObject({ ok: false, fix: expect.stringContaining('RC_SERVER_URL') });
});

it('says of a limit that is used up which one it is, and how long to wait', async () => {
  testbed = await openPlatformTestbed({ rateLimits: { auth: 1 } });
  const usedUp = expect.stringMatching(
    /limit on requests is used up.*: auth \(1 in 60 s\).*Wait \d+ s and run doctor again/,
  );
  const checks = await diagnose(testbed.connect(), systemClock);
  expect(checks.filter(({ ok }) => !ok)).toMatchObject([{ name: 'events', fix: usedUp }]);
  expect(checks.at(-1)).toMatchObject({ name: 'rate limits', ok: true, fix: usedUp });
  expect(await diagnose(testbed.connect(), systemClock)).toMatchObject([
    {
      name: 'login',
      ok: false,
      detail: expect.stringContaining('CMN-301'),
      fix: expect.stringMatching(/Wait \d+ s and/),
    },
  ]);
});

it('says so of a limit that earlier runs have used up', async () => {
  testbed = await openPlatformTestbed({ rateLimits: { auth: 4 } });
  const before = testbed.connect();
  await diagnose(before, systemClock);
  await before.close();
  const checks = await diagnose(testbed.connect(), systemClock);
  const fix = expect.stringMatching(/auth \(4 in 60 s\).*Wait \d+ s and/);
  expect(checks.filter(({ ok }) => !ok)).toMatchObject([{ name: 'events', fix }]);
});

it('finds everything well when the server was stopped and started again within a minute', async () => {
  testbed = await openPlatformTestbed({ rateLimits: 'platform' });
  const before = testbed.connect();
  await diagnose(before, systemClock);
  await before.close();
  const checks = await diagnose(testbed.connect(), systemClock);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  const requests = await testbed.requests('/oauth/');
  const starts = ['token', 'wstoken', 'revoke', 'token', 'wstoken'];
  expect(requests.map(({ path }) => path.split('/').at(-1))).toEqual(starts);
});

it('a phone for agents that the login does not have is named, with those that it has', async () => {
  testbed = await openPlatformTestbed();
  const devices = async (phone: string) =>
    (await diagnose(testbed.connect(), systemClock, phone)).find(({ name }) => name === 'devices');
  expect(await devices("alice's desk phone")).toMatchObject({ ok: true });
  expect(await devices('Kitchen')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(
      /RC_MCP_PHONE is Kitchen, which is not one of your phones: .*Alice's desk phone/,
    ),
  });
});
