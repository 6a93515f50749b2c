import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { openSandbox, type TestSandbox } from '../support.ts';

const REDIRECT = 'http://127.0.0.1:9999/callback';
const VERIFIER = 'a-verifier-that-is-long-enough-for-anybody-0123456789';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

async function publicApp(sandbox: TestSandbox): Promise<{ clientId: string }> {
  return (await sandbox.control('POST', '/logins', { extensionNumber: '101', public: true })).body;
}

function authorizeUrl(clientId: string, more: Record<string, string> = {}): string {
  const parameters = { response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'a&b<c>' };
  return `/restapi/oauth/authorize?${new URLSearchParams({ ...parameters, ...more })}`;
}

/** Sends the form of the page that the URL shows, without a choice. */
async function signIn(sandbox: TestSandbox, url: string): Promise<URL> {
  expect((await sandbox.fetch(url)).status).toBe(200);
  const { status, headers } = await sandbox.fetch('/restapi/oauth/authorize', {
    method: 'POST',
    body: new URL(url, sandbox.serverUrl).searchParams,
  });
  expect(status).toBe(302);
  return new URL(headers.get('location') ?? '');
}

const S256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

it('signs a public app in with PKCE', async () => {
  const sandbox = await openSandbox();
  const { clientId } = await publicApp(sandbox);
  const redirect = await signIn(sandbox, authorizeUrl(clientId, S256));
  expect(redirect.origin + redirect.pathname).toBe(REDIRECT);
  expect(redirect.searchParams.get('state')).toBe('a&b<c>');
  const form = {
    grant_type: 'authorization_code',
    code: redirect.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    client_id: clientId,
  };
  const { status, body } = await sandbox.oauth('token', form, {});
  expect(status).toBe(200);
  expect(body.access_token).toBeTruthy();
  // A code is good once.
  expect((await sandbox.oauth('token', form, {})).body.errors[0].errorCode).toBe('OAU-106');
});

it.each<[string, Record<string, string>, string]>([
  ['a wrong verifier', { code_verifier: 'wrong' }, 'OAU-106'],
  ['another redirect', { redirect_uri: `${REDIRECT}/x` }, 'OAU-109'],
])('refuses %s', async (_, changed, errorCode) => {
  const sandbox = await openSandbox();
  const { clientId } = await publicApp(sandbox);
  const redirect = await signIn(sandbox, authorizeUrl(clientId, S256));
  const form = {
    grant_type: 'authorization_code',
    code: redirect.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    client_id: clientId,
    ...changed,
  };
  expect((await sandbox.oauth('token', form, {})).body.errors[0].errorCode).toBe(errorCode);
});

it('lets a code live a minute', async () => {
  const sandbox = await openSandbox();
  const redirect = await signIn(sandbox, authorizeUrl(sandbox.clientId));
  await sandbox.advance(60_000);
  const code = redirect.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT };
  expect((await sandbox.oauth('token', form)).body.errors[0].errorCode).toBe('OAU-108');
});

it('redirects nowhere but to loopback, and shows what callers write as text', async () => {
  const sandbox = await openSandbox();
  const away = await sandbox.fetch(authorizeUrl(sandbox.clientId, { redirect_uri: 'https://evil.example/' }));
  expect(away.status).toBe(403);
  const page = (await sandbox.fetch(authorizeUrl(sandbox.clientId, { state: '"><script>' }))).body;
  expect(page).not.toContain('<script>');
});
