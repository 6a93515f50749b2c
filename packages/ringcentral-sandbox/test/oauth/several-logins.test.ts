import { describe, expect, it } from 'vitest';
import { type Json, type Login, openSandbox, type TestSandbox } from '../support.ts';

/** Credentials of a user, as POST /logins gives them. */
async function credentials(sandbox: TestSandbox, body: object): Promise<Json> {
  const reply = await sandbox.control('POST', '/logins', body);
  expect(reply.status).toBe(201);
  return reply.body;
}

const statuses = (logins: Login[]) =>
  Promise.all(logins.map(async (login) => (await login.get('/account/~')).status));

describe('credentials', () => {
  it('are for the printed app unless the body says otherwise', async () => {
    const sandbox = await openSandbox();
    expect(await credentials(sandbox, { extensionNumber: '102' })).toMatchObject({
      clientId: sandbox.clientId,
      clientSecret: sandbox.clientSecret,
    });
  });

  it('can be for an app of their own, with secret and JWT', async () => {
    const sandbox = await openSandbox();
    const [first, second] = [
      await credentials(sandbox, { extensionNumber: '102', app: 'own' }),
      await credentials(sandbox, { extensionNumber: '102', app: 'own' }),
    ];
    expect(new Set([sandbox.clientId, first.clientId, second.clientId]).size).toBe(3);
    expect(first.clientSecret).not.toBe(second.clientSecret);
    expect((await sandbox.login(first)).token.owner_id).toBe(first.extensionId);
  });

  it('can be for an app that there is already, whoever it was made for', async () => {
    const sandbox = await openSandbox();
    const bob = await credentials(sandbox, { extensionNumber: '102', scopes: ['ReadPresence'] });
    const carol = await credentials(sandbox, { extensionNumber: '103', app: bob.clientId });
    expect([carol.clientId, carol.clientSecret]).toEqual([bob.clientId, bob.clientSecret]);
    const { token } = await sandbox.login(carol);
    expect([token.owner_id, token.scope]).toEqual([carol.extensionId, 'ReadPresence']);
  });

  it.each([
    ['an app that does not exist', { app: 'nobody' }, 404, 'nobody'],
    ['another secret of an app that exists', { public: true }, 400, 'public'],
  ])('are refused for %s', async (_, body, status, words) => {
    const sandbox = await openSandbox();
    const refused = await sandbox.control('POST', '/logins', {
      extensionNumber: '102',
      app: sandbox.clientId,
      ...body,
    });
    expect(refused.status).toBe(status);
    expect(refused.body.error).toContain(words);
  });
});

describe('the limits of one person with one app', () => {
  const ONE_OF_EACH = { rateLimits: { light: 1, medium: 1, heavy: 1, auth: 2 } };
  const PATHS = ['/account/~', '/account/~/extension', '/account/~/presence'];

  it('are no other person’s with the same app, and not theirs with another app', async () => {
    const sandbox = await openSandbox(ONE_OF_EACH);
    const asked = async (login: Login) => {
      const answers = await Promise.all(PATHS.map((path) => login.get(path)));
      answers.push(await login.post('/restapi/oauth/wstoken'));
      return answers.map(({ status }) => (status === 429 ? 'refused' : 'served'));
    };
    const [served, refused] = [PATHS.map(() => 'served'), PATHS.map(() => 'refused')];
    const login = await sandbox.loginAs('102');
    expect(await asked(login)).toEqual([...served, 'served']);
    expect(await asked(login)).toEqual([...refused, 'refused']);
    expect(await asked(await sandbox.loginAs('103'))).toEqual([...served, 'served']);
    const other = await sandbox.login(await credentials(sandbox, { extensionNumber: '102', app: 'own' }));
    expect(await asked(other)).toEqual([...served, 'served']);
  });

  it('are shared by all sessions of that person with that app', async () => {
    const sandbox = await openSandbox({ rateLimits: { light: 2, auth: 2 } });
    const bob = await credentials(sandbox, { extensionNumber: '102' });
    const [first, second] = [await sandbox.login(bob), await sandbox.login(bob)];
    expect(await statuses([first, second])).toEqual([200, 200]);
    expect(await statuses([first, second])).toEqual([429, 429]);
    await expect(sandbox.login(bob)).rejects.toThrow('CMN-301');
  });

  it.each(['refresh_token', 'revoke'])('count %s of what has ended against its person', async (what) => {
    const sandbox = await openSandbox({ rateLimits: { auth: 3 } });
    const dead = await Promise.all(
      ['102', '103'].map(async (number) => {
        const login = await sandbox.loginAs(number);
        await sandbox.oauth('revoke', { token: login.token.access_token });
        return login.token.refresh_token;
      }),
    );
    const [bobs, carols] = dead.map((token) => async () => {
      const reply =
        what === 'revoke'
          ? await sandbox.oauth('revoke', { token })
          : await sandbox.oauth('token', { grant_type: 'refresh_token', refresh_token: token });
      return reply.status;
    });
    const refusal = what === 'revoke' ? 200 : 400;
    expect([await bobs?.(), await bobs?.(), await bobs?.()]).toEqual([refusal, 429, 429]);
    expect(await carols?.()).toBe(refusal);
  });

  it('count a spent refresh token and a used code against their person', async () => {
    const sandbox = await openSandbox({ rateLimits: { auth: 4 } });
    const { token } = await sandbox.loginAs('102');
    const refresh = (refresh_token: string) =>
      sandbox.oauth('token', { grant_type: 'refresh_token', refresh_token });
    const second = (await refresh(token.refresh_token)).body;
    await refresh(second.refresh_token);
    expect((await refresh(token.refresh_token)).status).toBe(400);
    expect((await refresh(token.refresh_token)).status).toBe(429);
    await expect(sandbox.loginAs('102')).rejects.toThrow('CMN-301');

    const redirect_uri = 'http://127.0.0.1:9999/callback';
    const page = new URLSearchParams({ response_type: 'code', client_id: sandbox.clientId, redirect_uri });
    const { headers } = await sandbox.fetch('/restapi/oauth/authorize', { method: 'POST', body: page });
    const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
    const redeem = () => sandbox.oauth('token', { grant_type: 'authorization_code', code, redirect_uri });
    const replies = [];
    for (let count = 0; count < 5; count++) replies.push((await redeem()).status);
    expect(replies).toEqual([200, 400, 400, 400, 429]);
    await expect(sandbox.login()).rejects.toThrow('CMN-301');
  });

  it('do not count what belongs to nobody', async () => {
    const sandbox = await openSandbox({ rateLimits: { auth: 1 } });
    const guess = { grant_type: 'refresh_token', refresh_token: 'a'.repeat(40) };
    for (let count = 0; count < 3; count++) await sandbox.oauth('token', guess);
    expect((await sandbox.oauth('token', guess)).status).toBe(429);
    expect((await sandbox.login()).token.access_token).toBeTruthy();
  });
});

it('five sessions are those of one person with one app', async () => {
  const sandbox = await openSandbox();
  const bob = await credentials(sandbox, { extensionNumber: '102' });
  const own = await credentials(sandbox, { extensionNumber: '102', app: 'own' });
  const others = [await sandbox.loginAs('103'), await sandbox.login(own)];
  const logins: Login[] = [];
  for (let count = 0; count < 6; count++) logins.push(await sandbox.login(bob));
  expect(await statuses(logins)).toEqual([401, 200, 200, 200, 200, 200]);
  expect(await statuses(others)).toEqual([200, 200]);
});

it('thirty subscriptions are those of one person with one app, and nobody else sees them', async () => {
  const sandbox = await openSandbox();
  const own = await credentials(sandbox, { extensionNumber: '102', app: 'own' });
  const bob = await sandbox.loginAs('102');
  const filter = '/account/~/extension/~/telephony/sessions';
  for (let count = 0; count < 30; count++) await (await bob.gateway()).subscribe(filter);
  await expect((await bob.gateway()).subscribe(filter)).rejects.toThrow('SUB-505');
  for (const login of [await sandbox.loginAs('103'), await sandbox.login(own)]) {
    await (await login.gateway()).subscribe(filter);
    expect((await login.get('/subscription')).body.records).toHaveLength(1);
  }
});
