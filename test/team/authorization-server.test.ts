import { randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../src/shared/failure.ts';
import { createAccessTokenVerifier, TokenRefused } from '../../src/team/access-tokens.ts';
import { teamKey } from '../../src/team/team-keys.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';
import {
  type App,
  answerConsent,
  appOf,
  appRedirect,
  connect,
  startTeamBed,
  type TeamBed,
  type TokenAnswer,
} from './support/team-bed.ts';

let bed: TeamBed;
let app: App;
beforeEach(async () => {
  bed = await startTeamBed();
  app = await bed.app();
});
afterEach(() => bed.close());

/** A code for the app, of a person in a new browser. */
const newCode = async (by = app): Promise<string> =>
  (await connect({ browser: bed.browser(), app: by })).get('code') ?? '';
const newTokens = async (by = app): Promise<TokenAnswer> => by.redeem(await newCode(by));
const refusal = (token: string): Promise<string> =>
  bed.team.verifyToken(token).then(
    () => 'accepted',
    (error: unknown) => {
      if (error instanceof TokenRefused) return error.message;
      throw error;
    },
  );
/** What the browser gets for an authorization request. */
const answerTo = async (changed: Record<string, string | undefined>, by = app) =>
  bed.browser().open(await by.authorizeUrl(changed));

// RFC 8414; MCP "Authorization Server Metadata", "Authorization Code Protection", "Client ID Metadata Documents"
test.each(['oauth-authorization-server', 'openid-configuration'])(
  'the metadata at %s tell where everything is, and only what is offered',
  async (name) => {
    const response = await fetch(`${bed.url}/.well-known/${name}`);
    expect(response.status).toBe(200);
    const metadata = (await response.json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      issuer: bed.url,
      authorization_endpoint: `${bed.url}/oauth/authorize`,
      token_endpoint: `${bed.url}/oauth/token`,
      registration_endpoint: `${bed.url}/oauth/register`,
      revocation_endpoint: `${bed.url}/oauth/revoke`,
      jwks_uri: `${bed.url}/oauth/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      scopes_supported: expect.arrayContaining(['calls:read', 'calls:control', 'calls:destructive']),
    });
    for (const absent of [
      'userinfo_endpoint',
      'pushed_authorization_request_endpoint',
      'end_session_endpoint',
    ])
      expect(metadata).not.toHaveProperty(absent);
    expect(metadata).not.toHaveProperty('dpop_signing_alg_values_supported');
  },
);

test('behind a proxy that strips a path everything is told with that path', async () => {
  const prefixed = await startTeamBed({ publicUrl: 'https://calls.example.com/phone/' });
  for (const path of ['', '/phone']) {
    const response = await fetch(`${prefixed.url}/.well-known/oauth-authorization-server${path}`);
    expect(await response.json()).toMatchObject({
      issuer: 'https://calls.example.com/phone',
      authorization_endpoint: 'https://calls.example.com/phone/oauth/authorize',
      jwks_uri: 'https://calls.example.com/phone/oauth/jwks',
    });
  }
  const registered = await prefixed.app().catch(() => undefined);
  expect(registered).toBeUndefined();
  await prefixed.close();
});

// MCP "Security Best Practices", consent cookie security
test('over https every cookie is for this host, without scripts', async () => {
  const secure = await startTeamBed({ publicUrl: 'https://calls.example.com' });
  const response = await fetch(`${secure.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [appRedirect], token_endpoint_auth_method: 'none' }),
  });
  const { client_id } = (await response.json()) as { client_id: string };
  const url = await appOf(secure.url, client_id).authorizeUrl({ resource: 'https://calls.example.com/mcp' });
  const answer = await fetch(url, { redirect: 'manual' });
  expect(answer.headers.get('location')).toMatch(/^(https:\/\/calls\.example\.com)?\/oauth\/consent\//);
  const cookies = answer.headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies)
    expect(cookie).toMatch(
      /^__(Secure|Host)-.*; secure; httponly; samesite=lax|^__(Secure|Host)-(?=.*; secure)(?=.*; httponly)(?=.*; samesite=lax)/i,
    );
  await secure.close();
});

describe('an authorization request', () => {
  // MCP "Authorization Code Protection"; OAuth 2.1 section 7.5.2; RFC 8707 section 2
  test.each<[string, Record<string, string | undefined>, string]>([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge without its method', { code_challenge_method: undefined }, 'invalid_request'],
    ['another resource', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['a response of another kind', { response_type: 'token' }, 'unsupported_response_type'],
  ])('with %s is refused, at the app', async (_, changed, error) => {
    const answer = await answerTo(changed);
    expect(answer.url.href.startsWith(appRedirect)).toBe(true);
    const parameters = new URLSearchParams(`${answer.url.search.slice(1)}&${answer.url.hash.slice(1)}`);
    expect(parameters.get('error')).toBe(error);
    expect(parameters.get('iss')).toBe(bed.url);
    expect(parameters.has('code')).toBe(false);
  });

  // MCP "Open Redirection"; OAuth 2.1 section 7.12.2
  test.each([
    ['a foreign redirect', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect on another path', { redirect_uri: `${appRedirect}/more` }],
    ['a redirect that only begins like its own', { redirect_uri: `${appRedirect}@evil.example` }],
    ['no redirect that can be read', { redirect_uri: 'javascript:alert(1)' }],
    ['an unknown app', { client_id: 'unknown' }],
    ['no app', { client_id: undefined }],
  ])('with %s goes nowhere: a page says why', async (_, changed) => {
    const answer = await answerTo(changed);
    expect(answer.url.origin).toBe(bed.url);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.body).toContain('Sign-in did not work');
  });

  // RFC 8252 section 7.3
  test('of an app on the person’s computer may come with another port', async () => {
    const answer = await answerTo({ redirect_uri: appRedirect.replace('33333', '44444') });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('127.0.0.1:44444');
  });

  test('without a resource is for this one, and with the old endpoint for that', async () => {
    for (const [resource, audience] of [
      [undefined, `${bed.url}/mcp`],
      [`${bed.url}/sse`, `${bed.url}/sse`],
    ]) {
      const browser = bed.browser();
      const page = await browser.open(await app.authorizeUrl({ resource }));
      const away = await answerConsent(browser, page, 'yes');
      const done = await browser.open(await signInAtRingCentral(away.url));
      const tokens = await app.redeem(done.url.searchParams.get('code') ?? '', { resource: audience ?? '' });
      expect(decodeJwt(tokens.access_token).aud).toBe(audience);
      expect(await refusal(tokens.access_token)).toBe('accepted');
    }
  });
});

describe('registration', () => {
  test.each([
    ['a desktop app', { redirect_uris: ['http://localhost/callback', 'http://127.0.0.1:1234/cb'] }],
    ['an app with a scheme of its own', { redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] }],
    ['an app on the web', { redirect_uris: ['https://host.example/callback'] }],
    ['an app with a secret', { token_endpoint_auth_method: 'client_secret_post' }],
    ['an app that names scopes', { scope: 'calls:read offline_access' }],
  ])('takes %s', async (_, metadata) => {
    expect((await bed.app(metadata)).status).toBe(201);
  });

  test.each([
    ['no redirect', { redirect_uris: [] }],
    ['a redirect that runs script', { redirect_uris: ['javascript:alert(1)'] }],
    ['a redirect with a fragment', { redirect_uris: ['https://host.example/#x'] }],
    ['http to another machine', { redirect_uris: ['http://host.example/callback'] }],
    ['scopes that there are not', { scope: 'everything' }],
    ['grants that are not offered', { grant_types: ['implicit', 'client_credentials'] }],
    ['more than is kept', { client_name: 'x'.repeat(20_000) }],
  ])('refuses %s', async (_, metadata) => {
    expect((await bed.app(metadata)).status).toBe(400);
  });
});

describe('a code', () => {
  test.each<[string, Record<string, string>]>([
    ['another verifier', { code_verifier: 'x'.repeat(43) }],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:33333/other' }],
    ['another resource', { resource: 'https://other.example/mcp' }],
    ['no verifier', { code_verifier: '' }],
  ])('with %s is refused', async (_, changed) => {
    expect((await app.redeem(await newCode(), changed)).status).toBe(400);
  });

  test('of another app is refused', async () => {
    const other = await bed.app();
    const answer = await other.redeem(await newCode(), { code_verifier: app.codeVerifier });
    expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  // OAuth 2.1 section 4.1.3; RFC 9700 section 4.5
  test('used twice ends everything that was given for it', async () => {
    const code = await newCode();
    const tokens = await app.redeem(code);
    expect(await refusal(tokens.access_token)).toBe('accepted');
    expect(await app.redeem(code)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await refusal(tokens.access_token)).not.toBe('accepted');
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  test('used by many at the same moment gives one of them tokens, which are dead', async () => {
    const code = await newCode();
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.redeem(code)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { access_token, refresh_token } of won) {
      expect(await refusal(access_token)).not.toBe('accepted');
      expect((await app.refresh(refresh_token)).status).toBe(400);
    }
  });
});

describe('a refresh token', () => {
  // MCP "Token Theft"; OAuth 2.1 section 4.3.1
  test('is good once: using it again ends what came from it', async () => {
    const first = await newTokens();
    const second = await app.refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await refusal(second.access_token)).toBe('accepted');
    expect(await app.refresh(first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await app.refresh(second.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await refusal(second.access_token)).not.toBe('accepted');
  });

  // RFC 6749 section 4.1.2.1
  test('is answered with "come back" where what is kept of the person cannot be read', async () => {
    const { refresh_token } = await newTokens();
    vi.spyOn(bed.team.vault, 'status').mockRejectedValueOnce(new Failure('unavailable', 'Redis is away.'));
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
    expect(bed.logged()).not.toContain('the authorization server failed');
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  test('used by many at the same moment leaves nobody with more than one', async () => {
    const { refresh_token } = await newTokens();
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.refresh(refresh_token)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const one of won) expect((await app.refresh(one.refresh_token)).status).toBe(400);
  });

  test('of another app is refused', async () => {
    const { refresh_token } = await newTokens();
    const other = await bed.app();
    expect((await other.refresh(refresh_token)).status).toBe(400);
  });

  test('gives no more than was granted, and less where that is asked for', async () => {
    const first = await newTokens();
    const less = await app.refresh(first.refresh_token, { scope: 'calls:read' });
    expect((await bed.team.verifyToken(less.access_token)).scopes).toEqual(new Set(['calls:read']));
    const more = await app.refresh(less.refresh_token, { scope: 'calls:read calls:destructive' });
    expect(more.status).toBe(400);
  });

  test('is good for seven days at most', async () => {
    const { refresh_token } = await newTokens();
    bed.clock.advance(7 * 24 * 60 * 60_000 + 1_000);
    expect((await app.refresh(refresh_token)).status).toBe(400);
  });
});

describe('revoking', () => {
  // RFC 7009
  test('by an app ends its tokens at once, and the sign-in with the last app', async () => {
    const other = await bed.app();
    const [tokens, others] = [await newTokens(), await newTokens(other)];
    expect((await app.revoke(tokens.refresh_token)).status).toBe(200);
    expect(await refusal(tokens.access_token)).toMatch('taken back');
    expect(await refusal(others.access_token)).toBe('accepted');
    expect(await bed.team.vault.people()).toHaveLength(1);
    expect((await other.revoke(others.refresh_token)).status).toBe(200);
    await expect.poll(() => bed.team.vault.people()).toEqual([]);
    await expect
      .poll(async () => (await bed.control.requests()).requests.at(-1))
      .toMatchObject({ path: '/restapi/oauth/revoke', status: 200 });
  });

  test('with a token of another app changes nothing', async () => {
    const tokens = await newTokens();
    const other = await bed.app();
    await other.revoke(tokens.refresh_token);
    expect(await refusal(tokens.access_token)).toBe('accepted');
  });

  test('a person ends all apps, and the browser is known no more', async () => {
    const browser = bed.browser();
    const code = (await connect({ browser, app })).get('code') ?? '';
    const tokens = await app.redeem(code);
    const { name } = await bed.team.verifyToken(tokens.access_token);
    await bed.team.endPerson(name);
    expect(await refusal(tokens.access_token)).toMatch('sign in again');
    expect((await app.refresh(tokens.refresh_token)).status).toBe(400);
    const page = await browser.open(await app.authorizeUrl());
    expect(page.body).toContain('you sign in at RingCentral next');
  });

  test('by RingCentral ends all apps, until the person signs in again', async () => {
    const tokens = await newTokens();
    const { name } = await bed.team.verifyToken(tokens.access_token);
    await bed.control.fault({ kind: 'revoke-session' });
    const token = await bed.team.vault.accessToken(name);
    bed.clock.advance(60_000);
    await expect(bed.team.vault.accessToken(name, { refused: token })).rejects.toThrow('Sign in again');
    expect(await refusal(tokens.access_token)).toMatch('sign in again');
    expect((await app.refresh(tokens.refresh_token)).status).toBe(400);
    const again = await newTokens();
    expect(await refusal(again.access_token)).toBe('accepted');
    // What was given out before counts no more.
    expect(await refusal(tokens.access_token)).not.toBe('accepted');
  });
});

describe('an access token', () => {
  // MCP "Token Theft": short-lived
  test('is a JWT of ten minutes for this resource (RFC 9068)', async () => {
    const { access_token } = await newTokens();
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const claims = decodeJwt(access_token);
    expect(claims).toMatchObject({ iss: bed.url, aud: `${bed.url}/mcp`, client_id: app.clientId });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
  });

  // MCP "Token Handling", "Token Audience Binding and Validation"
  test.each(['not a token', 'a.b.c', ''])('%j is none', async (token) => {
    expect(await refusal(token)).toBe('The token is not one of this server.');
  });

  test('that was changed is refused', async () => {
    const [header, payload, signature] = (await newTokens()).access_token.split('.');
    const claims = { ...decodeJwt(`${header}.${payload}.${signature}`), sub: 'rc:1:1' };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await refusal(`${header}.${changed}.${signature}`)).toBe('The token is not one of this server.');
  });

  test('of another server is refused', async () => {
    const other = await startTeamBed();
    const theirs = await other.app();
    const code = (await connect({ browser: other.browser(), app: theirs })).get('code') ?? '';
    const { access_token } = await theirs.redeem(code);
    await other.close();
    expect(await refusal(access_token)).toBe('The token is not one of this server.');
  });

  test('expires', async () => {
    const { access_token } = await newTokens();
    bed.clock.advance(600_000 + 6_000);
    expect(await refusal(access_token)).toBe('The token has expired.');
  });

  test('outlives a change of the team key, while the previous one is known', async () => {
    const { access_token } = await newTokens();
    const current = teamKey(randomBytes(32));
    const { gen } = decodeJwt<{ gen: number }>(access_token);
    const common = {
      ...{ issuer: bed.url, clock: bed.clock, generationOf: async () => gen },
      artefacts: { hasGrant: async () => true },
    };
    const both = createAccessTokenVerifier({ ...common, keys: { current, previous: bed.keys.current } });
    expect(await both(access_token)).toMatchObject({ scopes: new Set(['calls:read', 'calls:control']) });
    const later = createAccessTokenVerifier({ ...common, keys: { current } });
    await expect(later(access_token)).rejects.toThrow(TokenRefused);
    const elsewhere = createAccessTokenVerifier({
      ...common,
      issuer: 'https://other.example',
      keys: bed.keys,
    });
    await expect(elsewhere(access_token)).rejects.toThrow("The token's iss is not");
  });
});
