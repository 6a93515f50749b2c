import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Json, openSandbox, type TestSandbox } from '../support.ts';

const REDIRECT = 'http://127.0.0.1:9999/callback';
const VERIFIER = 'a-verifier-that-is-long-enough-for-anybody-0123456789';

async function register(sandbox: TestSandbox, app: object = {}): Promise<Json> {
  const { status, body } = await sandbox.control('POST', '/apps', app);
  expect(status).toBe(201);
  return body;
}

const parametersOf = (app: Json, redirect_uri: string) => ({
  response_type: 'code',
  client_id: app.clientId,
  redirect_uri,
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
});

const page = (sandbox: TestSandbox, app: Json, redirectUri = REDIRECT) =>
  sandbox.fetch(`/restapi/oauth/authorize?${new URLSearchParams(parametersOf(app, redirectUri))}`);

/** Bob signs in with that app; the answer of the token endpoint. */
async function signIn(sandbox: TestSandbox, app: Json, redirectUri = REDIRECT): Promise<Json> {
  const body = new URLSearchParams({ ...parametersOf(app, redirectUri), extensionNumber: '102', allow: '' });
  const { headers } = await sandbox.fetch('/restapi/oauth/authorize', { method: 'POST', body });
  const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: VERIFIER };
  return sandbox.oauth('token', { ...form, client_id: app.clientId }, app);
}

describe('an app that is registered', () => {
  it('has credentials of its own, and what it was asked to be', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox, { name: 'Team desk', scopes: ['ReadPresence'] });
    expect(app).toEqual({
      clientId: expect.any(String),
      clientSecret: expect.any(String),
      name: 'Team desk',
      scopes: ['ReadPresence'],
      public: false,
      issuesRefreshTokens: true,
    });
    expect(app.clientId).not.toBe(sandbox.clientId);
    const { body } = await signIn(sandbox, app);
    expect([body.scope, typeof body.refresh_token]).toEqual(['ReadPresence', 'string']);
  });

  it('has a name of its own where it was given none', async () => {
    const sandbox = await openSandbox();
    const names = [(await register(sandbox)).name, (await register(sandbox)).name];
    expect(new Set(names).size).toBe(2);
  });

  it('is named on the sign-in page, with its permissions, as text', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox, { name: '<b>Desk</b> & "co"', scopes: ['CallControl', 'RingOut'] });
    const { body } = await page(sandbox, app);
    expect(body).toContain('&lt;b&gt;Desk&lt;/b&gt; &amp; &quot;co&quot;');
    expect(body).not.toContain('<b>');
    for (const scope of ['CallControl', 'RingOut']) expect(body).toContain(`<li>${scope}</li>`);
    expect(body).not.toContain('ReadPresence');
  });

  it('can be public: without a secret, with PKCE', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox, { public: true });
    expect(app).toMatchObject({ public: true });
    expect(app).not.toHaveProperty('clientSecret');
    expect((await signIn(sandbox, app)).status).toBe(200);
  });

  it('can do without refresh tokens, and is told so if it wants to refresh', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox, { issuesRefreshTokens: false });
    const { body } = await signIn(sandbox, app);
    expect(body.access_token).toBeTruthy();
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty('refresh_token_expires_in');
    const form = { grant_type: 'refresh_token', refresh_token: 'a'.repeat(43) };
    expect((await sandbox.oauth('token', form, app)).body).toMatchObject({
      error: 'unauthorized_client',
      errors: [{ errorCode: 'OAU-251' }],
    });
  });

  it('gets credentials of users by POST /logins', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox);
    const { body } = await sandbox.control('POST', '/logins', { extensionNumber: '103', app: app.clientId });
    expect((await sandbox.login(body)).token.owner_id).toBe(body.extensionId);
  });

  it('cannot redeem the code or refresh the login of another', async () => {
    const sandbox = await openSandbox();
    const [one, two] = [await register(sandbox), await register(sandbox)];
    const { refresh_token } = (await signIn(sandbox, one)).body;
    const form = { grant_type: 'refresh_token', refresh_token };
    expect((await sandbox.oauth('token', form, two)).body.errors[0].errorCode).toBe('OAU-211');
    expect((await sandbox.oauth('token', form, one)).status).toBe(200);
  });
});

describe('redirect URIs', () => {
  const CALLBACK = 'https://calls.example.com/oauth/ringcentral/callback';

  it('that are registered are taken, and no other, also of this machine', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox, { redirectUris: [CALLBACK, REDIRECT] });
    expect(app.redirectUris).toEqual([CALLBACK, REDIRECT]);
    for (const uri of [CALLBACK, REDIRECT]) expect((await signIn(sandbox, app, uri)).status).toBe(200);
    for (const uri of [`${CALLBACK}/`, `${CALLBACK}?a=1`, 'http://127.0.0.1:9998/callback', 'x']) {
      const { status, body } = await page(sandbox, app, uri);
      expect(status).toBe(403);
      expect(body).toContain('OAU-109');
    }
  });

  it('are any of this machine where none is registered', async () => {
    const sandbox = await openSandbox();
    const app = await register(sandbox);
    expect((await page(sandbox, app, 'http://localhost:1/anything')).status).toBe(200);
    expect((await page(sandbox, app, CALLBACK)).status).toBe(403);
  });

  it('keep their query', async () => {
    const sandbox = await openSandbox();
    const uri = `${CALLBACK}?tenant=7`;
    const app = await register(sandbox, { redirectUris: [uri] });
    const body = new URLSearchParams({ ...parametersOf(app, uri), deny: '' });
    const { headers } = await sandbox.fetch('/restapi/oauth/authorize', { method: 'POST', body });
    expect(headers.get('location')).toMatch(
      /^https:\/\/calls\.example\.com\/[^?]+\?tenant=7&error=access_denied/,
    );
  });
});

it.each([
  [{ redirectUris: [] }, 'redirectUris'],
  [{ redirectUris: ['calls.example.com'] }, 'redirectUris'],
  [{ redirectUris: ['javascript:alert(1)'] }, 'redirectUris'],
  [{ redirectUris: ['https://calls.example.com/#part'] }, 'redirectUris'],
  [{ name: '' }, 'name'],
  [{ scopes: ['Magic'] }, 'scopes'],
  [{ clientId: 'mine' }, 'clientId'],
])('registers nothing for %j', async (app, words) => {
  const sandbox = await openSandbox();
  const { status, body } = await sandbox.control('POST', '/apps', app);
  expect(status).toBe(400);
  expect(body.error).toContain(words);
});
