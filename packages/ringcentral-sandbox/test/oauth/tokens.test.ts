import { describe, expect, it } from 'vitest';
import { type Json, openSandbox } from '../support.ts';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

describe('login', () => {
  it('gives a token pair that belongs to the user of the JWT', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    expect(token).toMatchObject({
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token_expires_in: 604_800,
      scope: expect.stringContaining('CallControl'),
    });
    const { extensions } = await sandbox.state();
    const admin = extensions.find((one: Json) => one.extensionNumber === '101');
    expect(token.owner_id).toBe(admin.id);
  });

  it.each([
    ['3600', 3600],
    ['600', 600],
    ['599', 600],
    ['-1', 600],
    ['3601', 3600],
    ['1200', 1200],
    ['nonsense', 3600],
  ])('clamps access_token_ttl %s to %i seconds', async (requested, granted) => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login(sandbox, { access_token_ttl: requested });
    expect(token.expires_in).toBe(granted);
  });

  it('takes a refresh_token_ttl up to the default', async () => {
    const sandbox = await openSandbox();
    const short = await sandbox.login(sandbox, { refresh_token_ttl: '3600' });
    const long = await sandbox.login(sandbox, { refresh_token_ttl: '9999999' });
    expect(short.token.refresh_token_expires_in).toBe(3600);
    expect(long.token.refresh_token_expires_in).toBe(604_800);
  });

  it('ends the oldest of a user’s sessions with an app when the sixth begins', async () => {
    const sandbox = await openSandbox();
    const logins = [];
    for (let count = 0; count < 6; count++) logins.push(await sandbox.login());
    const statuses = [];
    for (const login of logins) statuses.push((await login.get('/account/~')).status);
    expect(statuses).toEqual([401, 200, 200, 200, 200, 200]);
  });

  it.each<[string, Record<string, string>, number, string, string]>([
    ['an unknown grant', { grant_type: 'magic' }, 400, 'invalid_request', 'OAU-250'],
    ['no grant', {}, 400, 'invalid_request', 'OAU-250'],
    ['the password grant', { grant_type: 'password' }, 400, 'unauthorized_client', 'OAU-251'],
    ['a foreign JWT', { grant_type: JWT_GRANT, assertion: 'a.b.c' }, 400, 'invalid_grant', 'OAU-211'],
    [
      'an unknown refresh token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      400,
      'invalid_grant',
      'OAU-211',
    ],
  ])('refuses %s in the OAuth error shape', async (_, form, status, error, errorCode) => {
    const sandbox = await openSandbox();
    const reply = await sandbox.oauth('token', form);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ error, errors: [{ errorCode, message: expect.any(String) }] });
    expect(reply.headers.get('RCRequestId')).toBeTruthy();
  });

  it('authenticates the client: unknown, wrong secret, secret missing', async () => {
    const sandbox = await openSandbox();
    const form = { grant_type: JWT_GRANT, assertion: sandbox.jwt };
    const unknown = await sandbox.oauth('token', form, { clientId: 'nobody', clientSecret: 'x' });
    const wrong = await sandbox.oauth('token', form, { clientId: sandbox.clientId, clientSecret: 'x' });
    const missing = await sandbox.oauth('token', { ...form, client_id: sandbox.clientId }, {});
    expect([unknown, wrong, missing].map(({ status }) => status)).toEqual([400, 401, 401]);
    expect(unknown.body).toMatchObject({ error: 'invalid_client', errors: [{ errorCode: 'OAU-153' }] });
  });

  it('gives no refresh token to an app that has none enabled', async () => {
    const sandbox = await openSandbox();
    const { body } = await sandbox.control('POST', '/logins', {
      extensionNumber: '102',
      issuesRefreshTokens: false,
    });
    const { token } = await sandbox.login(body);
    expect(token).not.toHaveProperty('refresh_token');
  });

  it('refuses a user whose extension is disabled', async () => {
    const sandbox = await openSandbox();
    const { body } = await sandbox.control('POST', '/logins', { extensionNumber: '102' });
    await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
    const reply = await sandbox.oauth('token', { grant_type: JWT_GRANT, assertion: body.jwt }, body);
    expect(reply.body.errors[0].errorCode).toBe('OAU-236');
  });
});

describe('refresh', () => {
  const refresh = (refresh_token: string) => ({ grant_type: 'refresh_token', refresh_token });

  it('brings a new pair, and the old access token dies at once', async () => {
    const sandbox = await openSandbox();
    const old = await sandbox.login();
    const { status, body } = await sandbox.oauth('token', refresh(old.token.refresh_token));
    expect(status).toBe(200);
    expect(body.access_token).not.toBe(old.token.access_token);
    expect(body.refresh_token).not.toBe(old.token.refresh_token);
    const reply = await old.get('/account/~');
    expect(reply.status).toBe(401);
    expect(reply.body).toMatchObject({ errorCode: 'TokenInvalid', errors: [{ errorCode: 'OAU-213' }] });
  });

  it('answers the spent refresh token with the same pair for ten seconds after the first use', async () => {
    const sandbox = await openSandbox();
    const old = await sandbox.login();
    const form = refresh(old.token.refresh_token);
    const first = (await sandbox.oauth('token', form)).body;
    await sandbox.fetch('/restapi/v1.0/account/~', {
      headers: { Authorization: `Bearer ${first.access_token}` },
    });
    await sandbox.advance(10_000);
    expect((await sandbox.oauth('token', form)).body.access_token).toBe(first.access_token);
    await sandbox.advance(1);
    expect((await sandbox.oauth('token', form)).body.errors[0].errorCode).toBe('OAU-210');
  });

  it('answers it for an hour while the new token was never used', async () => {
    const sandbox = await openSandbox();
    const old = await sandbox.login();
    const form = refresh(old.token.refresh_token);
    const first = (await sandbox.oauth('token', form)).body;
    await sandbox.advance(3_600_000);
    expect((await sandbox.oauth('token', form)).body.access_token).toBe(first.access_token);
    await sandbox.advance(1);
    expect((await sandbox.oauth('token', form)).status).toBe(400);
  });

  it('ends the grace of one refresh token when the next is spent', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const second = (await sandbox.oauth('token', refresh(token.refresh_token))).body;
    await sandbox.oauth('token', refresh(second.refresh_token));
    expect((await sandbox.oauth('token', refresh(token.refresh_token))).status).toBe(400);
  });

  it('refuses an expired refresh token', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    await sandbox.advance(604_800_000);
    const { body } = await sandbox.oauth('token', refresh(token.refresh_token));
    expect(body).toMatchObject({ error: 'invalid_grant', errors: [{ errorCode: 'OAU-210' }] });
  });

  it('is for the app that logged in only', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const other = (await sandbox.control('POST', '/logins', { extensionNumber: '102', scopes: [] })).body;
    expect((await sandbox.oauth('token', refresh(token.refresh_token), other)).status).toBe(400);
  });
});

describe('revoke', () => {
  it.each(['access_token', 'refresh_token'])(
    'kills every token of the session when given the %s',
    async (which) => {
      const sandbox = await openSandbox();
      const login = await sandbox.login();
      expect((await sandbox.oauth('revoke', { token: login.token[which] })).status).toBe(200);
      expect((await login.get('/account/~')).status).toBe(401);
      const form = { grant_type: 'refresh_token', refresh_token: login.token.refresh_token };
      expect((await sandbox.oauth('token', form)).status).toBe(400);
    },
  );

  it('accepts a token that is already gone, and closes the session’s sockets', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.details();
    await sandbox.oauth('revoke', { token: login.token.access_token });
    await gateway.closed;
    expect((await sandbox.oauth('revoke', { token: login.token.access_token })).status).toBe(200);
  });
});

describe('bearer tokens', () => {
  it.each<[string, string | undefined, string]>([
    ['none', undefined, 'CMN-405'],
    ['an unknown one', `Bearer ${'a'.repeat(40)}`, 'OAU-213'],
    ['a corrupted one', 'Bearer %%%', 'OAU-129'],
    ['the wrong scheme', 'Basic abc', 'CMN-405'],
  ])('are refused: %s', async (_, authorization, errorCode) => {
    const sandbox = await openSandbox();
    const { status, body } = await sandbox.fetch('/restapi/v1.0/account/~', {
      headers: authorization ? { Authorization: authorization } : {},
    });
    expect(status).toBe(401);
    expect(body.errors[0].errorCode).toBe(errorCode);
  });

  it('expire with OAU-128', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.advance(3_600_000);
    const { status, body } = await login.get('/account/~');
    expect(status).toBe(401);
    expect(body).toMatchObject({ errorCode: 'TokenExpired', errors: [{ errorCode: 'OAU-128' }] });
  });

  it('may stand in the query', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const { status } = await sandbox.fetch(`/restapi/v1.0/account/~?access_token=${token.access_token}`);
    expect(status).toBe(200);
  });

  it('are not the JWT', async () => {
    const sandbox = await openSandbox();
    const { status } = await sandbox.fetch('/restapi/v1.0/account/~', {
      headers: { Authorization: `Bearer ${sandbox.jwt}` },
    });
    expect(status).toBe(401);
  });
});

describe('WebSocket tokens', () => {
  it('need the permission', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.loginAs('102', ['CallControl']);
    const { status, body } = await login.post('/restapi/oauth/wstoken');
    expect(status).toBe(403);
    expect(body).toMatchObject({ errorCode: 'CMN-401', permissionName: 'WebSocketsSubscription' });
  });
});
