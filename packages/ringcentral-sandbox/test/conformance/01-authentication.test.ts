import { expect } from 'vitest';
import { type Scene, states, verdict } from './support.ts';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

states(
  '1.1',
  'documented',
  '`~` is the account and the extension of the token',
  async ({ login, extensionId }) => {
    const { body } = await login.get('/account/~/extension/~');
    expect(String(body.id)).toBe(extensionId);
    expect((await login.get(`/account/${body.account.id}/extension/${extensionId}`)).body.id).toBe(body.id);
  },
);

states(
  '1.3',
  'documented',
  'a lifetime above the longest becomes the default, below the shortest that',
  async (scene) => {
    const { sandbox, number } = scene;
    const granted = async (ttl: string) => {
      const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number });
      return (await sandbox.login(body, { access_token_ttl: ttl })).token.expires_in;
    };
    expect([await granted('9999'), await granted('1'), await granted('1200')]).toEqual([3600, 600, 1200]);
  },
);

states(
  '1.3',
  'documented',
  'a refresh token lives up to 30 days where asked, else 7',
  async ({ sandbox, number }) => {
    const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number });
    const granted = async (form: Record<string, string>) =>
      (await sandbox.login(body, form)).token.refresh_token_expires_in;
    expect(await granted({})).toBe(604_800);
    expect(await granted({ refresh_token_ttl: '2592000' })).toBe(2_592_000);
    expect(await granted({ refresh_token_ttl: '2592001' })).toBe(604_800);
  },
);

states('1.3', 'documented', '`scope` narrows what the login can do', async ({ sandbox, number }) => {
  const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number });
  const narrow = await sandbox.login(body, { scope: 'ReadPresence Unheard' });
  expect(narrow.token.scope).toBe('ReadPresence');
  expect((await narrow.get('/account/~/extension/~/presence')).status).toBe(200);
  expect(verdict(await narrow.get('/account/~/extension/~'))).toBe('403 CMN-401');
  expect(verdict(await narrow.post('/account/~/telephony/conference'))).toBe('403 CMN-401');
  expect(verdict(await narrow.post('/restapi/oauth/wstoken'))).toBe('403 CMN-401');
  // A refresh keeps it narrow.
  const refreshed = await sandbox.oauth(
    'token',
    { grant_type: 'refresh_token', refresh_token: narrow.token.refresh_token },
    body,
  );
  expect(refreshed.body.scope).toBe('ReadPresence');
});

states(
  '1.5',
  'documented',
  'a token answer names owner, scope and lifetimes',
  async ({ login, extensionId }) => {
    expect(login.token).toMatchObject({
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token_expires_in: 604_800,
      owner_id: extensionId,
      endpoint_id: expect.any(String),
      scope: expect.stringContaining('CallControl'),
    });
  },
);

states('1.6', 'documented', 'a refresh kills the old access token at once', async ({ sandbox, number }) => {
  const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number });
  const old = await sandbox.login(body);
  const form = { grant_type: 'refresh_token', refresh_token: old.token.refresh_token };
  expect((await sandbox.oauth('token', form, body)).status).toBe(200);
  expect(verdict(await old.get('/account/~'))).toBe('401 OAU-213');
});

states('1.6', 'documented', 'a sixth session kills the oldest', async ({ sandbox, number }) => {
  const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number, public: false });
  const logins = [];
  for (let count = 0; count < 6; count++) logins.push(await sandbox.login(body));
  expect((await logins[0]?.get('/account/~'))?.status).toBe(401);
  expect((await logins[1]?.get('/account/~'))?.status).toBe(200);
});

states('1.7', 'documented', 'revoke kills every token of the session', async ({ sandbox, number }) => {
  const { body } = await sandbox.control('POST', '/logins', { extensionNumber: number });
  const login = await sandbox.login(body);
  await sandbox.oauth('revoke', { token: login.token.refresh_token }, body);
  expect((await login.get('/account/~')).status).toBe(401);
});

states('1.8', 'documented', 'an app permission that is missing is named', async ({ sandbox, number }) => {
  const login = await sandbox.loginAs(number, ['ReadPresence']);
  const { status, body } = await login.get('/account/~/extension/~/device');
  expect(status).toBe(403);
  expect(body.errors).toMatchObject([{ errorCode: 'CMN-401', permissionName: 'ReadAccounts' }]);
});

states(
  '1.8',
  'observed',
  'active calls of the account need ReadCompanyCallLog, and the refusal says so',
  async (scene) => {
    const { status, body } = await scene.login.get('/account/~/active-calls');
    if (scene.number === '101') expect(status).toBe(200);
    else {
      expect(status).toBe(403);
      expect(body).toMatchObject({ permissionName: 'ReadCompanyCallLog' });
      expect(body.errors).toMatchObject([{ errorCode: 'CMN-408', permissionName: 'ReadCompanyCallLog' }]);
    }
  },
);

states(
  '1.9',
  'observed',
  'an OAuth error has `error`, `error_description` and `errors`',
  async ({ sandbox }) => {
    const { status, body } = await sandbox.oauth('token', { grant_type: JWT_GRANT, assertion: 'a.b.c' });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.any(String),
      errors: [{ errorCode: 'OAU-211', message: expect.any(String) }],
    });
  },
);

const REDIRECT = 'http://127.0.0.1:9999/callback';

/** What the sign-in page's form brings to the app, by name. */
async function redirected({ sandbox, number }: Scene, choice: 'allow' | 'deny') {
  const parameters = {
    response_type: 'code',
    client_id: sandbox.clientId,
    redirect_uri: REDIRECT,
    state: 'x',
  };
  const body = new URLSearchParams({ ...parameters, extensionNumber: number, [choice]: 'yes' });
  const { headers } = await sandbox.fetch('/restapi/oauth/authorize', { method: 'POST', body });
  return Object.fromEntries(new URL(headers.get('location') ?? '').searchParams);
}

states('1.3', 'documented', 'who signs in comes back with code, state and expires_in', async (scene) => {
  expect(await redirected(scene, 'allow')).toEqual({
    code: expect.any(String),
    state: 'x',
    expires_in: '60',
  });
});

states('1.3', 'assumed', 'who refuses comes back with access_denied and the state', async (scene) => {
  const back = await redirected(scene, 'deny');
  expect(back).toMatchObject({ error: 'access_denied', state: 'x' });
  expect(back).not.toHaveProperty('code');
});

states(
  '1.5',
  'documented',
  'an app that issues no refresh tokens gives none',
  async ({ sandbox, number }) => {
    const { body } = await sandbox.control('POST', '/logins', {
      extensionNumber: number,
      issuesRefreshTokens: false,
    });
    expect((await sandbox.login(body)).token).not.toHaveProperty('refresh_token');
  },
);

states('1.6', 'assumed', 'a disabled extension loses its logins, and a refresh says why', async (scene) => {
  const { sandbox, login, number } = scene;
  await sandbox.control('PATCH', `/extensions/${number}`, { status: 'Disabled' });
  expect(verdict(await login.get('/account/~'))).toBe('401 OAU-213');
  const form = { grant_type: 'refresh_token', refresh_token: login.token.refresh_token };
  expect(verdict(await sandbox.oauth('token', form))).toBe('400 OAU-236');
});
