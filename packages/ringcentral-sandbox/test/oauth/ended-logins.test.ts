import { beforeEach, describe, expect, it } from 'vitest';
import { type Json, type Login, openSandbox, type TestSandbox } from '../support.ts';

let sandbox: TestSandbox;
/** Bob and Carol with the printed app, and Bob with another one. */
let logins: Record<'bob' | 'carol' | 'bobElsewhere', { login: Login; app: Json }>;
beforeEach(async () => {
  sandbox = await openSandbox();
  const logIn = async (body: object) => {
    const app = (await sandbox.control('POST', '/logins', body)).body;
    return { app, login: await sandbox.login(app) };
  };
  logins = {
    bob: await logIn({ extensionNumber: '102' }),
    carol: await logIn({ extensionNumber: '103' }),
    bobElsewhere: await logIn({ extensionNumber: '102', app: 'own' }),
  };
});

/** What the platform says to a request and to a refresh of each: `200`, or the error code. */
async function verdicts(): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const [who, { login, app }] of Object.entries(logins)) {
    const codeOf = ({ status, body }: { status: number; body: Json }) =>
      status === 200 ? '200' : body.errors[0].errorCode;
    const bearer = codeOf(await login.get('/account/~'));
    const form = { grant_type: 'refresh_token', refresh_token: login.token.refresh_token };
    said[who] = `${bearer} ${codeOf(await sandbox.oauth('token', form, app))}`;
  }
  return said;
}

const ALL_GOOD = { bob: '200 200', carol: '200 200', bobElsewhere: '200 200' };

describe.each([
  ['revoke-session', 'OAU-213 OAU-211'],
  ['expire-refresh-token', '200 OAU-210'],
  ['expire-access-token', 'OAU-128 200'],
])('%s', (kind, ended) => {
  it('ends one person’s login with one app', async () => {
    const { clientId } = logins.bobElsewhere.app;
    expect((await sandbox.fault({ kind, extensionNumber: '102', clientId })).status).toBe(201);
    expect(await verdicts()).toEqual({ ...ALL_GOOD, bobElsewhere: ended });
  });

  it('ends one person’s logins with all apps', async () => {
    await sandbox.fault({ kind, extensionNumber: '102' });
    expect(await verdicts()).toEqual({ ...ALL_GOOD, bob: ended, bobElsewhere: ended });
  });

  it('ends all logins with one app', async () => {
    await sandbox.fault({ kind, clientId: sandbox.clientId });
    expect(await verdicts()).toEqual({ ...ALL_GOOD, bob: ended, carol: ended });
  });

  it.each([
    ['extensionNumber', { extensionNumber: '999' }],
    ['clientId', { clientId: 'nobody' }],
  ])('refuses an unknown %s and ends nothing', async (_, wrong) => {
    const { status, body } = await sandbox.fault({ kind, extensionNumber: '102', ...wrong });
    expect([status, body.error]).toEqual([404, expect.stringMatching(/999|nobody/)]);
    expect(await verdicts()).toEqual(ALL_GOOD);
  });
});

it('a revoked login closes its own sockets only', async () => {
  const [bobs, carols] = [await logins.bob.login.gateway(), await logins.carol.login.gateway()];
  for (const gateway of [bobs, carols]) await gateway.details();
  await sandbox.fault({ kind: 'revoke-session', extensionNumber: '102' });
  await bobs.closed;
  await carols.heartbeat();
});

describe('an extension that is disabled', () => {
  it.each(['Disabled', 'Frozen'])('loses its logins with every app: %s', async (status) => {
    const gateway = await logins.bob.login.gateway();
    await gateway.details();
    await sandbox.control('PATCH', '/extensions/102', { status });
    await gateway.closed;
    expect(await verdicts()).toEqual({
      ...ALL_GOOD,
      bob: 'OAU-213 OAU-236',
      bobElsewhere: 'OAU-213 OAU-236',
    });
  });

  it('can log in again once it is enabled, with what it had before revoked', async () => {
    await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
    await expect(sandbox.login(logins.bob.app)).rejects.toThrow('OAU-236');
    await sandbox.control('PATCH', '/extensions/102', { status: 'Enabled' });
    expect(await verdicts()).toEqual({
      ...ALL_GOOD,
      bob: 'OAU-213 OAU-211',
      bobElsewhere: 'OAU-213 OAU-211',
    });
    expect((await (await sandbox.login(logins.bob.app)).get('/account/~')).status).toBe(200);
  });

  it('keeps its logins when something else about it changes', async () => {
    await sandbox.control('PATCH', '/extensions/102', {
      dndStatus: 'DoNotAcceptAnyCalls',
      status: 'Enabled',
    });
    expect(await verdicts()).toEqual(ALL_GOOD);
  });

  it('keeps its logins when the request is refused', async () => {
    const wrong = { status: 'Disabled', delegates: ['102'] };
    expect((await sandbox.control('PATCH', '/extensions/102', wrong)).status).toBe(400);
    expect(await verdicts()).toEqual(ALL_GOOD);
  });
});

describe('an account that is disabled', () => {
  it('has no logins, and lets nobody in until it is confirmed again', async () => {
    await sandbox.control('PATCH', '/account', { status: 'Disabled' });
    const locked = 'OAU-213 OAU-147';
    expect(await verdicts()).toEqual({ bob: locked, carol: locked, bobElsewhere: locked });
    await expect(sandbox.login()).rejects.toThrow('OAU-147');
    await sandbox.control('PATCH', '/account', { status: 'Confirmed' });
    const account = (await (await sandbox.login()).get('/account/~')).body;
    expect(account.status).toBe('Confirmed');
  });
});
