import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { decodeJwt, importJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingKeyOf } from '../../src/team/signing-key.ts';
import { teamKey } from '../../src/team/team-keys.ts';
import { Browser, type Shown } from '../team/support/browser.ts';
import { openOwnPage } from '../team/support/own-page.ts';
import { hiddenFieldsOf, signInAtRingCentral } from '../team/support/sign-in-page.ts';
import {
  type App,
  answerConsent,
  appOf,
  appRedirect,
  connect,
  registerApp,
  type TokenAnswer,
} from '../team/support/team-bed.ts';
import { ask, initialize, modern, openSession, stream } from '../transports/support/wire.ts';
import { Control, type TrueParty } from './support/control.ts';
import { outcome, quietEnvironment, type Running, run } from './support/process.ts';

/**
 * The MUSTs of MCP 2026-07-28 on authorization that concern a server, at a real server on which people sign in, under
 * the names of the pages and sections that have them: "Authorization" and its pages, "Security Best Practices" with
 * "Session Hijacking" of 2025-11-25, and "Elicitation". What takes a clock, a published document or a cookie of https
 * is tested in test/team; tokens of another authorization server in transports/http/security.test.ts.
 */

let server: Running;
/** What clients call the server; its issuer, too. */
let base: string;
let mcp: string;
let control: Control;
let app: App;
let otherApp: App;
let bob: TokenAnswer;
/** Bob again, through another app. */
let bobElsewhere: TokenAnswer;
let carol: TokenAnswer;
/** What nobody but its owner may see. */
const secrets: string[] = [];

const secret = randomBytes(32);
const everything = ['calls:control', 'calls:listen', 'calls:destructive'];

beforeAll(async () => {
  const environment = { ...quietEnvironment(), RC_MCP_TEAM_KEY: secret.toString('base64url') };
  server = run(['serve', '--sandbox', '--sign-in', '--http', '127.0.0.1:0'], environment, { detached: true });
  mcp = String((await server.logged('listening')).url);
  base = new URL(mcp).origin;
  control = new Control(String((await server.logged('sandbox')).controlUrl));
  await control.patch('/account', { ringSeconds: 300 });
  await control.patch('/account', { rateLimits: 'off' });
  [app, otherApp] = [await registerApp(base), await registerApp(base, { client_name: 'Other host' })];
  bob = await signIn(app, '102');
  bobElsewhere = await signIn(otherApp, '102');
  carol = await signIn(app, '103');
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const bearer = ({ access_token }: { access_token: string }) => ({ authorization: `Bearer ${access_token}` });
// biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
const json = async (path: string) => (await (await fetch(new URL(path, base))).json()) as Record<string, any>;
const isAtApp = ({ url }: Shown) => url.href.startsWith(appRedirect);

/** The page or answer that the browser gets for a request of the app. */
const open = async (
  changed: Record<string, string | undefined> = {},
  by = app,
  browser = new Browser(base),
) => browser.open(await by.authorizeUrl(changed));
async function newCode(by = app, extensionNumber = '102'): Promise<string> {
  const answer = await connect({ browser: new Browser(base), app: by, extensionNumber }, everything);
  return answer.get('code') ?? '';
}
async function signIn(by: App, extensionNumber: string): Promise<TokenAnswer> {
  const code = await newCode(by, extensionNumber);
  const tokens = await by.redeem(code);
  secrets.push(code, by.codeVerifier, tokens.access_token, tokens.refresh_token);
  return tokens;
}

/** Whether the server lets in whoever has this token; a 401 has to say so in the way of RFC 6750. */
async function knock(token: string): Promise<number> {
  const { body, headers } = modern('tools/list');
  const answer = await ask(mcp, { body, headers: { ...headers, ...bearer({ access_token: token }) } });
  if (answer.status === 401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token", error_description="/);
  return answer.status;
}

/** Calls a tool as a host of 2026-07-28 that can put questions. */
async function callTool(as: TokenAnswer, name: string, args: object, more: object = {}) {
  const { body, headers } = modern('tools/call', { name, arguments: args, ...more });
  Object.assign(body.params._meta, {
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  });
  return (await ask(mcp, { body, headers: { ...headers, ...bearer(as) } })).json;
}

/** Bob's access token with other claims, signed by the server's own key. */
async function resigned(changed: JWTPayload, typ = 'at+jwt'): Promise<string> {
  const key = signingKeyOf(teamKey(secret));
  return new SignJWT({ ...decodeJwt(bob.access_token), ...changed })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ })
    .sign(await importJWK({ ...key }, 'ES256'));
}

describe('Authorization: Overview', () => {
  it('OAuth 2.1 for public and confidential clients: none comes in with less than it has registered', async () => {
    const confidential = await fetch(new URL('/oauth/register', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: [appRedirect],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    });
    const { client_id, client_secret } = (await confidential.json()) as Record<string, string>;
    const host = appOf(base, client_id ?? '');
    const code = await newCode(host);
    expect(await host.redeem(code)).toMatchObject({ status: 401, error: 'invalid_client' });
    expect(await host.redeem(code, { client_secret: 'wrong' })).toMatchObject({ error: 'invalid_client' });
    expect((await host.redeem(code, { client_secret: client_secret ?? '' })).status).toBe(200);
  });

  it('OAuth 2.1 alone: no implicit grant, no password', async () => {
    const { grant_types_supported, response_types_supported } = await json(
      '/.well-known/oauth-authorization-server',
    );
    expect(grant_types_supported).toEqual(['authorization_code', 'refresh_token']);
    expect(response_types_supported).toEqual(['code']);
    const answer = await app.redeem('', { grant_type: 'password', username: '102', password: 'x' });
    expect(answer).toMatchObject({ status: 400, error: 'unsupported_grant_type' });
  });

  it('answers with tokens are kept by nobody on the way', async () => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: app.clientId });
    const { headers } = await fetch(new URL('/oauth/token', base), { method: 'POST', body });
    expect(headers.get('cache-control')).toContain('no-store');
  });
});

describe('Security Considerations: OAuth 2.1 security best practices', () => {
  // RFC 9700 section 2.6
  it('scripts of other pages reach what apps use, and nothing that a person sees', async () => {
    const origin = 'http://localhost:6274';
    const sharedWith = async (path: string, method: string) => {
      const preflight = { origin, 'access-control-request-method': method };
      const answers = [
        await ask(base, { method, path, headers: { origin } }),
        await ask(base, { method: 'OPTIONS', path, headers: preflight }),
      ];
      return answers.map(({ headers }) => headers['access-control-allow-origin']);
    };
    for (const [path, method] of [
      ['/.well-known/oauth-authorization-server', 'GET'],
      ['/oauth/register', 'POST'],
      ['/oauth/token', 'POST'],
    ] as const)
      expect(await sharedWith(path, method)).toEqual([origin, origin]);
    for (const path of [
      '/oauth/authorize',
      '/oauth/authorize/x',
      '/oauth/consent/x',
      '/oauth/ringcentral/callback',
      '/me',
    ])
      expect(await sharedWith(path, 'GET')).toEqual([undefined, undefined]);
  });
});

describe('Authorization Server Discovery', () => {
  it('Authorization Server Location: the metadata of the resource names the authorization server', async () => {
    const { resource, authorization_servers } = await json('/.well-known/oauth-protected-resource/mcp');
    expect(resource).toBe(mcp);
    expect(authorization_servers).toEqual([base]);
  });

  it('Protected Resource Metadata Discovery Requirements: both by the challenge and at the known places', async () => {
    const answer = await ask(mcp, { body: initialize() });
    expect(answer.status).toBe(401);
    const [, told = ''] = /resource_metadata="([^"]+)"/.exec(answer.headers['www-authenticate'] ?? '') ?? [];
    const documents = await Promise.all(
      [told, '/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'].map(json),
    );
    for (const document of documents) expect(document).toEqual(documents[0]);
    expect(documents[0]?.resource).toBe(mcp);
  });

  it.each(['oauth-authorization-server', 'openid-configuration'])(
    'Authorization Server Metadata Discovery: %s is of the very issuer that was asked for',
    async (name) => {
      expect((await json(`/.well-known/${name}`)).issuer).toBe(base);
    },
  );
});

describe('Authorization: Authorization Response Validation', () => {
  it('iss is in answers and in errors, and the metadata says so', async () => {
    const metadata = await json('/.well-known/oauth-authorization-server');
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
    const answer = await connect({ browser: new Browser(base), app, extensionNumber: '102' });
    expect(answer.get('iss')).toBe(base);
    const declined = new Browser(base);
    const refused = await answerConsent(declined, await open({}, app, declined), 'no');
    expect(Object.fromEntries(refused.url.searchParams)).toMatchObject({ error: 'access_denied', iss: base });
  });
});

describe('Authorization: Resource Parameter Implementation', () => {
  it('a token is for the resource that was named, which has to be this one, in both requests', async () => {
    const elsewhere = { resource: 'https://other.example/mcp' };
    expect((await open(elsewhere)).url.searchParams.get('error')).toBe('invalid_target');
    expect(await app.redeem(await newCode(), elsewhere)).toMatchObject({
      status: 400,
      error: 'invalid_target',
    });
    expect(decodeJwt(bob.access_token).aud).toBe(mcp);
  });
});

describe('Authorization: Access Token Usage', () => {
  it('Token Requirements: every request needs a token, in the header and nowhere else', async () => {
    const { headers, id } = await openSession(mcp, '2025-11-25', bearer(bob));
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await ask(mcp, { body: ping, headers })).status).toBe(200);
    const without = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
    expect((await ask(mcp, { body: ping, headers: without })).status).toBe(401);
    const { body, headers: ofModern } = modern('tools/list');
    const path = `/mcp?access_token=${bob.access_token}`;
    expect((await ask(mcp, { path, body, headers: ofModern })).status).toBe(401);
  });

  it('Token Handling: takes what this server has signed for itself', async () => {
    expect(await knock(bob.access_token)).toBe(200);
    expect(await knock(await resigned({}))).toBe(200);
  });

  const past = Math.floor(Date.now() / 1000) - 60;
  it.each<[string, () => Promise<string> | string]>([
    ['for another audience', () => resigned({ aud: 'https://other.example/mcp' })],
    ['for a part of this server that is no resource', () => resigned({ aud: base })],
    ['for no audience', () => resigned({ aud: undefined })],
    ['of another issuer', () => resigned({ iss: 'https://other.example' })],
    ['that has expired', () => resigned({ exp: past })],
    ['that never expires', () => resigned({ exp: undefined })],
    ['that is not valid yet', () => resigned({ nbf: past + 3_600 })],
    ['of nobody', () => resigned({ sub: undefined })],
    ['of somebody who has not signed in', () => resigned({ sub: 'rc:1:1' })],
    ['of a permission that nobody has given', () => resigned({ gid: 'none' })],
    ['of an earlier sign-in', () => resigned({ gen: 0 })],
    ['of another kind, signed by the same key', () => resigned({}, 'JWT')],
    [
      'whose claims were changed',
      () => withClaims(bob.access_token, { sub: decodeJwt(carol.access_token).sub }),
    ],
    ['without a signature', () => `${bob.access_token.split('.').slice(0, 2).join('.')}.`],
    ['for getting tokens', () => bob.refresh_token],
    ['of RingCentral', async () => (await ringcentralLogin('102')).access_token],
    ['that is none', () => 'opaque-token'],
  ])('Token Handling: refuses a token %s', async (_, token) => {
    expect(await knock(await token())).toBe(401);
  });

  const withClaims = (token: string, changed: JWTPayload): string => {
    const [header, , signature] = token.split('.');
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), ...changed })).toString('base64url');
    return [header, claims, signature].join('.');
  };
});

/** A token of RingCentral, as an app of its own gets it there. */
async function ringcentralLogin(
  extensionNumber: string,
): Promise<{ serverUrl: string; access_token: string }> {
  const { serverUrl, clientId, clientSecret, jwt } = await control.login(extensionNumber);
  const answer = await fetch(new URL('/restapi/oauth/token', serverUrl), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  expect(access_token).toBeTruthy();
  return { serverUrl, access_token };
}

describe('Authorization: Refresh Tokens', () => {
  it('offline_access is no scope of the resource', async () => {
    const { scopes_supported } = await json('/.well-known/oauth-protected-resource/mcp');
    expect(scopes_supported).toContain('calls:read');
    expect(scopes_supported).not.toContain('offline_access');
  });
});

describe('Authorization: Error Handling', () => {
  it('401 where authorization is required or a token is invalid', async () => {
    expect((await ask(mcp, { body: initialize() })).status).toBe(401);
    expect(await knock('invalid')).toBe(401);
  });

  it.each(['', 'calls:control'])('403 for a token with the scope "%s", and what it lacks', async (scope) => {
    const { body, headers } = modern('tools/list');
    const token = bearer({ access_token: await resigned({ scope }) });
    const answer = await ask(mcp, { body, headers: { ...headers, ...token } });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope", .*scope="calls:read", resource_metadata="http/,
    );
  });

  it('400 for a malformed authorization request, on a page or as JSON', async () => {
    expect((await open({ client_id: undefined })).status).toBe(400);
    expect(await app.redeem('', { code: '' })).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  it('Step-Up Authorization Flow: whoever may act may read, without asking for both', async () => {
    const browser = new Browser(base);
    const page = await open({ scope: 'calls:control' }, app, browser);
    const away = await answerConsent(browser, page, 'yes', ['calls:control']);
    const done = await browser.open(await signInAtRingCentral(away.url, '102'));
    const tokens = await app.redeem(done.url.searchParams.get('code') ?? '');
    expect(tokens.scope).toBe('calls:control calls:read');
    expect(await knock(tokens.access_token)).toBe(200);
  });
});

describe('Client Registration: Client ID Metadata Documents', () => {
  it('are advertised', async () => {
    const metadata = await json('/.well-known/oauth-authorization-server');
    expect(metadata.client_id_metadata_document_supported).toBe(true);
  });
});

// With "Token Passthrough" of the best practices.
describe('Security Considerations: Token Audience Binding and Validation, Access Token Privilege Restriction', () => {
  it('RingCentral gets a token of its own, and not the one that came from the client', async () => {
    const { serverUrl, access_token } = await ringcentralLogin('102');
    const look = async (token: string) =>
      (
        await fetch(new URL('/restapi/v1.0/account/~/extension/~', serverUrl), {
          headers: bearer({ access_token: token }),
        })
      ).status;
    expect(await look(access_token)).toBe(200);
    expect(await look(bob.access_token)).toBe(401);
    const { result } = await callTool(bob, 'find_extensions', { search: 'carol' });
    expect(result.isError).toBeFalsy();
    expect(JSON.stringify(result)).not.toContain(bob.access_token);
  });

  it('no data of somebody else is returned', async () => {
    const call = await ring('102');
    await expect.poll(() => callsOf(bob)).toContain(call);
    expect(await callsOf(carol)).not.toContain(call);
    await control.drop(call);
  });
});

const ring = (extensionNumber: string) =>
  control.dial({ phoneNumber: '+14155550121', name: 'Ada Outside' }, { extensionNumber });
async function callsOf(as: TokenAnswer): Promise<string[]> {
  const { result } = await callTool(as, 'list_active_calls', {});
  return result.structuredContent.calls.map(({ id }: { id: string }) => id);
}

describe('Security Considerations: Token Theft', () => {
  it('a refresh token of a public client is good once; using it again ends what came from it', async () => {
    const first = await signIn(app, '104');
    const second = await app.refresh(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await knock(second.access_token)).toBe(200);
    expect(await app.refresh(first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await app.refresh(second.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await knock(second.access_token)).toBe(401);
  });

  it('an access token is good for ten minutes', () => {
    const { exp = 0, iat = 0 } = decodeJwt(bob.access_token);
    expect(exp - iat).toBe(600);
  });
});

describe('Security Considerations: Communication Security', () => {
  it('a server under http that is not on loopback does not start', async () => {
    const args = ['serve', '--sandbox', '--sign-in', '--http', '127.0.0.1:0'];
    const { code, stderr } = await outcome([...args, '--public-url', 'http://calls.example.com']);
    expect(code).toBe(2);
    expect(stderr).toContain('https');
  });

  it.each(['native', 'web'])('a redirect of a %s app by http goes to this computer alone', async (kind) => {
    const register = (redirect: string) =>
      registerApp(base, { application_type: kind, redirect_uris: [redirect] });
    expect((await register('http://localhost:3000/callback')).status).toBe(201);
    expect((await register('https://host.example/callback')).status).toBe(201);
    for (const redirect of ['http://host.example/callback', 'http://localhost.evil.example/callback'])
      expect((await register(redirect)).status).toBe(400);
  });
});

// Not held to the letter: apps with a scheme of their own, as many hosts on a computer have (RFC 8252 section 7.1).
it.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///tmp/x',
  'blob:https://x/y',
  'about:blank',
])('Security Considerations: Communication Security: %s is no redirect', async (redirect) => {
  expect((await registerApp(base, { redirect_uris: [redirect] })).status).toBe(400);
});

describe('Security Considerations: Authorization Code Protection', () => {
  it.each(['oauth-authorization-server', 'openid-configuration'])(
    'PKCE is in the metadata at %s, with S256 alone',
    async (name) => {
      expect((await json(`/.well-known/${name}`)).code_challenge_methods_supported).toEqual(['S256']);
    },
  );

  it.each<[string, Record<string, string | undefined>]>([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a plain one', { code_challenge_method: 'plain' }],
  ])('a request with %s is refused', async (_, changed) => {
    const refused = await open(changed);
    expect(refused.url.searchParams.get('error')).toBe('invalid_request');
    expect(refused.url.searchParams.has('code')).toBe(false);
  });

  it('a code is good for whoever has its verifier, and once', async () => {
    expect((await app.redeem(await newCode(), { code_verifier: 'x'.repeat(43) })).status).toBe(400);
    const code = await newCode();
    const tokens = await app.redeem(code);
    expect(await knock(tokens.access_token)).toBe(200);
    expect(await app.redeem(code)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await knock(tokens.access_token)).toBe(401);
  });
});

describe('Security Considerations: Open Redirection', () => {
  it.each([
    ['on another host', 'https://evil.example/callback'],
    ['on another path', `${appRedirect}/more`],
    ['with a query', `${appRedirect}?next=https://evil.example`],
    ['that only begins like the registered one', `${appRedirect}@evil.example`],
    ['that runs script', 'javascript:alert(1)'],
  ])('a redirect %s than the registered one is not followed: a page says so', async (_, redirect_uri) => {
    const refused = await open({ redirect_uri });
    expect(refused.url.origin).toBe(base);
    expect(refused.status).toBe(400);
  });

  it('a redirect on the web is exactly the registered one, port and all', async () => {
    const web = await registerApp(base, { redirect_uris: ['https://host.example/callback'] });
    for (const redirect of [
      'https://host.example:8443/callback',
      'https://HOST.example/callback',
      'https://host.example/callback/',
    ])
      expect((await open({ redirect_uri: redirect }, web)).status).toBe(400);
    const asked = await open({ redirect_uri: 'https://host.example/callback' }, web);
    expect(asked.body).toContain('use your phone?');
  });

  it.each<[string, Record<string, string>]>([
    ['a request with a mistake', { response_type: 'token' }],
    ['a request that is not to be shown', { prompt: 'none' }],
    ['a form that sends itself', { response_type: 'token', response_mode: 'form_post' }],
  ])('nobody is sent to an app on the web unseen, by %s: a page names it', async (_, changed) => {
    const redirect_uri = 'https://phishing.example/callback';
    const stranger = await registerApp(base, { redirect_uris: [redirect_uri] });
    const shown = await open({ redirect_uri, ...changed }, stranger);
    expect(shown.url.origin).toBe(base);
    expect(shown.status).toBe(400);
    expect(shown.body).toContain('phishing.example');
    expect(shown.body).not.toMatch(/<script|<form|onload|http-equiv/);
    expect(shown.body).toMatch(/<a href="https:\/\/phishing\.example\/callback\?error=[^"]+iss=[^"]+">/);
  });
});

describe('Security Considerations: Client ID Metadata Document Security', () => {
  it('Authorization Server Abuse Protection: nothing is fetched from where the server alone gets to', async () => {
    let connections = 0;
    const inside = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(inside, 'listening');
    const { port } = inside.address() as AddressInfo;
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.1', '0x7f000001', '[::ffff:127.0.0.1]'])
      for (const scheme of ['https', 'http']) {
        const refused = await open({}, appOf(base, `${scheme}://${host}:${port}/client.json`));
        expect(refused.status).toBe(400);
        expect(refused.url.origin).toBe(base);
      }
    expect(connections).toBe(0);
    inside.close();
  });

  it('Localhost Redirect URI Risks: the host of the redirect is shown, with a warning where it is this computer', async () => {
    const local = await open();
    expect(local.body).toContain('127.0.0.1:33333');
    expect(local.body).toContain('an app on this computer');
    const redirect_uri = 'https://host.example/callback';
    const web = await registerApp(base, { redirect_uris: [redirect_uri] });
    expect((await open({ redirect_uri }, web)).body).toContain('<strong>host.example</strong>');
  });
});

describe('Security Best Practices: Confused Deputy Problem', () => {
  it('Per-Client Consent Storage: each app is asked about, before RingCentral, whoever the browser is', async () => {
    const browser = new Browser(base);
    await connect({ browser, app, extensionNumber: '102' });
    // The attack: another app registers, and the browser is known here and at RingCentral.
    const attacker = await registerApp(base, { client_name: 'Attacker' });
    const since = (await control.requests()).next;
    expect((await open({}, attacker, browser)).body).toContain('Let Attacker use your phone?');
    // Nor does the consent for one app count a second time: an app on a computer can be anybody's.
    expect((await open({}, app, browser)).body).toContain('Let Test host use your phone?');
    expect((await control.requests(since)).requests).toEqual([]);
  });

  it('Consent UI Requirements: app, what it asks for, and the redirect where the answer is sent', async () => {
    const page = await open({ scope: 'calls:read calls:destructive' });
    expect(page.body).toContain('Let Test host use your phone?');
    expect(page.body).toContain('See your live calls');
    expect(page.body).toContain('End calls');
    expect(page.body).not.toContain('listen in on calls');
    expect(page.body).toContain(appRedirect);
  });

  it('Consent UI Requirements: no other site answers in the person’s place', async () => {
    const browser = new Browser(base);
    const page = await open({}, app, browser);
    for (const [fields, headers] of [
      [[], undefined],
      [[['csrf', 'x'.repeat(43)]], undefined],
      [hiddenFieldsOf(page.body), { origin: 'https://evil.example' }],
    ] as [[string, string][], Record<string, string> | undefined][])
      expect((await browser.submit(page, [...fields, ['answer', 'yes']], headers)).status).toBe(403);
  });

  it('Consent UI Requirements: the page stands in no frame', async () => {
    const { headers } = await open();
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('Consent Cookie Security: no script reads them, other sites do not send them, and none says yes', async () => {
    const browser = new Browser(base);
    await connect({ browser, app, extensionNumber: '102' });
    await open({}, app, browser);
    expect(browser.cookies.length).toBeGreaterThan(0);
    for (const { attributes } of browser.cookies) {
      expect(attributes).toMatch(/httponly/i);
      expect(attributes).toMatch(/samesite=lax/i);
    }
  });

  it('OAuth State Parameter Validation: made anew and bound to the browser by the yes, not before', async () => {
    const browser = new Browser(base);
    const page = await open({}, app, browser);
    const marks = () => browser.cookies.filter(({ name }) => name.includes('sign_in'));
    expect(marks()).toEqual([]);
    const away = await answerConsent(browser, page, 'yes');
    expect(marks()).toHaveLength(1);
    expect(away.url.searchParams.get('state')).toMatch(/^[\w-]{43,}$/);
    const again = new Browser(base);
    const second = await answerConsent(again, await open({}, app, again), 'yes');
    // Not 307, with which the browser would send its form on (OAuth 2.1 section 7.5).
    expect(second.status).toBe(303);
    expect(second.url.searchParams.get('state')).not.toBe(away.url.searchParams.get('state'));
  });

  it('OAuth State Parameter Validation: whoever comes back without it, with another, or twice is refused', async () => {
    const browser = new Browser(base);
    const away = await answerConsent(browser, await open({}, app, browser), 'yes');
    const back = await signInAtRingCentral(away.url, '102');
    for (const state of [undefined, 'x'.repeat(43)]) {
      const wrong = new URL(back);
      if (state === undefined) wrong.searchParams.delete('state');
      else wrong.searchParams.set('state', state);
      expect((await browser.open(wrong)).status).toBe(400);
    }
    expect(isAtApp(await browser.open(back))).toBe(true);
    expect((await browser.open(back)).status).toBe(400);
    const [attacker, victim] = [new Browser(base), new Browser(base)];
    const attack = await answerConsent(attacker, await open({}, app, attacker), 'yes');
    expect((await victim.open(await signInAtRingCentral(attack.url, '102'))).status).toBe(400);
  });
});

/** Somebody outside talks with Bob. */
async function bobsCall(): Promise<string> {
  const id = await ring('102');
  const extensionId = await control.extensionId('102');
  const isBobs = (code: string) => (party: TrueParty) =>
    String(party.extensionId) === extensionId && party.status.code === code;
  const { id: partyId } = await control.party(id, isBobs('Proceeding'));
  await control.act(id, partyId, 'answer', { deviceId: await control.deviceId('102') });
  await control.party(id, isBobs('Answered'));
  return id;
}
const codesOf = async (telephonySessionId: string) =>
  (await control.call(telephonySessionId)).parties.map(({ status }) => status.code);

describe('Security Best Practices: State Handle Hijacking', () => {
  it.each([
    ['POST', '/mcp'],
    ['GET', '/mcp'],
    ['DELETE', '/mcp'],
    ['GET', '/sse'],
    ['POST', '/messages?sessionId=x'],
    ['GET', '/metrics'],
  ])('every request is verified: %s %s', async (method, path) => {
    const body = method === 'POST' ? { body: initialize() } : {};
    expect((await ask(base, { method, path, ...body })).status).toBe(401);
  });

  it('the id of somebody else’s call opens nothing', async () => {
    const telephonySessionId = await bobsCall();
    for (const tool of ['read_call_session_status', 'hold_call_party', 'delete_call_session']) {
      const { result } = await callTool(carol, tool, { telephonySessionId });
      expect(result.structuredContent.error.kind).toMatch(/^(not_found|forbidden)$/);
    }
    expect(await codesOf(telephonySessionId)).toEqual(['Answered', 'Answered']);
    const { result } = await callTool(bob, 'hold_call_party', { telephonySessionId });
    expect(result.structuredContent.outcome).toBe('observed');
    await control.drop(telephonySessionId);
  });

  it('the name of somebody else’s act is nobody else’s, nor of another call', async () => {
    const telephonySessionId = await bobsCall();
    const args = { telephonySessionId, idempotencyKey: 'the-same-key' };
    expect((await callTool(bob, 'hold_call_party', args)).result.structuredContent.outcome).toBe('observed');
    const { result } = await callTool(carol, 'hold_call_party', args);
    expect(result.structuredContent.error.kind).toMatch(/^(not_found|forbidden)$/);
    await control.drop(telephonySessionId);
  });
});

describe('Security Best Practices: Session Hijacking (2025-11-25)', () => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

  it('a session is no authentication, and of the person and app that opened it', async () => {
    const { id, headers } = await openSession(mcp, '2025-11-25', bearer(bob));
    const session = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
    expect((await ask(mcp, { body: ping, headers: session })).status).toBe(401);
    for (const thief of [carol, bobElsewhere]) {
      const stolen = { ...session, ...bearer(thief) };
      expect((await ask(mcp, { body: ping, headers: stolen })).status).toBe(404);
      expect((await ask(mcp, { method: 'GET', headers: stolen })).status).toBe(404);
      expect((await ask(mcp, { method: 'DELETE', headers: stolen })).status).toBe(404);
    }
    expect((await ask(mcp, { body: ping, headers })).status).toBe(200);
    // Its owner goes on with a renewed token.
    const renewed = await app.refresh(bob.refresh_token);
    bob = { ...bob, ...renewed };
    expect((await ask(mcp, { body: ping, headers: { ...headers, ...bearer(bob) } })).status).toBe(200);
  });

  it('a connection of HTTP+SSE is of the person and app that opened it, too', async () => {
    const opened = await stream(mcp.replace('/mcp', '/sse'), { headers: bearer(bob) });
    const path = await opened.endpoint;
    for (const thief of [carol, bobElsewhere])
      expect((await ask(mcp, { path, body: initialize(), headers: bearer(thief) })).status).toBe(404);
    expect((await ask(mcp, { path, body: initialize(), headers: bearer(bob) })).status).toBe(202);
    opened.close();
  });

  it('session ids are random', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await openSession(mcp, '2025-11-25', bearer(bob))).id),
    );
    expect(new Set(ids).size).toBe(2);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('Elicitation', () => {
  const accept = { inputResponses: { confirm: { action: 'accept', content: { confirm: true } } } };

  it('Security Considerations: a question is answered by the person and through the app that it was put to', async () => {
    const args = { telephonySessionId: await bobsCall() };
    const { requestState } = (await callTool(bob, 'delete_call_session', args)).result;
    expect(requestState).toEqual(expect.any(String));
    for (const other of [carol, bobElsewhere]) {
      const { error } = await callTool(other, 'delete_call_session', args, { requestState, ...accept });
      expect(error?.code).toBe(-32602);
    }
    expect(await codesOf(args.telephonySessionId)).toEqual(['Answered', 'Answered']);
    const own = await callTool(bob, 'delete_call_session', args, { requestState, ...accept });
    expect(own.result.structuredContent.outcome).toBe('observed');
  });

  it.each([
    ['declined', { action: 'decline' }],
    ['cancelled', { action: 'cancel' }],
    ['answered with nothing', undefined],
  ])('Error Handling: a question that is %s is no yes', async (_, confirm) => {
    const args = { telephonySessionId: await bobsCall() };
    const { requestState } = (await callTool(bob, 'delete_call_session', args)).result;
    const answer = { requestState, inputResponses: confirm && { confirm } };
    const { result } = await callTool(bob, 'delete_call_session', args, answer);
    expect(result.structuredContent.error.kind).toBe('not_confirmed');
    expect(await codesOf(args.telephonySessionId)).toEqual(['Answered', 'Answered']);
    await control.drop(args.telephonySessionId);
  });

  it('Capabilities: a host that shows no forms is asked nothing, and gets no address to open', async () => {
    const args = { telephonySessionId: await bobsCall() };
    const { body, headers } = modern('tools/call', { name: 'delete_call_session', arguments: args });
    Object.assign(body.params._meta, {
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
    });
    const { json: answer } = await ask(mcp, { body, headers: { ...headers, ...bearer(bob) } });
    expect(answer.result.structuredContent.error.kind).toBe('not_confirmed');
    expect(answer.result.inputRequests).toBeUndefined();
    await control.drop(args.telephonySessionId);
  });

  it('Form Mode Security: a question asks for a decision and for no secret', async () => {
    const args = { telephonySessionId: await bobsCall() };
    const { inputRequests } = (await callTool(bob, 'delete_call_session', args)).result;
    const { mode, requestedSchema } = inputRequests.confirm.params;
    expect(mode).toBe('form');
    expect(Object.keys(requestedSchema.properties).join()).toMatch(/^(confirm|decision)$/);
    await control.drop(args.telephonySessionId);
  });

  it('Identifying the User: who somebody is comes from the token, whatever they say', async () => {
    const call = await bobsCall();
    const { body, headers } = modern('tools/call', { name: 'list_active_calls', arguments: {} });
    Object.assign(body.params._meta, { 'io.modelcontextprotocol/clientInfo': { name: 'bob', version: '1' } });
    const claim = { 'x-forwarded-user': decodeJwt(bob.access_token).sub ?? '', ...bearer(carol) };
    const { json: answer } = await ask(mcp, { body, headers: { ...headers, ...claim } });
    expect(JSON.stringify(answer)).not.toContain(call);
    await control.drop(call);
  });
});

describe('Elicitation: a sign-in at RingCentral that has ended is renewed at an address', () => {
  /** What RingCentral itself is asked for. */
  const look = { name: 'read_call_session_status', arguments: { telephonySessionId: 's-unknown' } };
  async function atWork(extensionNumber: string): Promise<TokenAnswer> {
    const tokens = await signIn(app, extensionNumber);
    await expect
      .poll(async () => (await callTool(tokens, 'list_active_calls', {})).result.isError)
      .toBeFalsy();
    return tokens;
  }
  /** RingCentral ends a sign-in, and the next `look` finds out. */
  async function noLongerSignedIn(extensionNumber: string): Promise<void> {
    await control.fault({ kind: 'expire-refresh-token', extensionNumber });
    const { telephonySessionId: pathPattern } = look.arguments;
    await control.fault({ kind: 'http', pathPattern, status: 401, errorCode: 'OAU-213', times: 1 });
  }

  it('Safe URL Handling, Phishing: it tells nothing, lets nobody in, and is good for the same person alone', async () => {
    const dave = await atWork('104');
    const { body, headers } = modern('tools/call', look);
    Object.assign(body.params._meta, {
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
    });
    await noLongerSignedIn('104');
    const { json: asked } = await ask(mcp, { body, headers: { ...headers, ...bearer(dave) } });
    const { mode, url } = asked.result.inputRequests.signIn.params;
    expect(mode).toBe('url');
    // The same for everybody: no person, no token.
    expect(url).toBe(`${base}/me`);
    expect((await new Browser(base).open(url)).body).toContain('Sign in with RingCentral');
    expect(await knock(dave.access_token)).toBe(401);

    // Whoever else follows the address comes to a page of their own, and renews nothing.
    expect((await openOwnPage(new Browser(base), '103')).body).toContain('extension 103');
    expect((await app.refresh(dave.refresh_token)).error).toBe('invalid_grant');
    expect((await openOwnPage(new Browser(base), '104')).body).toContain('extension 104');
    const renewed = await app.refresh(dave.refresh_token);
    expect(await knock(renewed.access_token)).toBe(200);
    secrets.push(renewed.access_token, renewed.refresh_token);
  });

  it('URL Elicitation Required Error (2025-11-25): lists what is to be opened, each with an id', async () => {
    const alice = await atWork('101');
    const opening = initialize();
    Object.assign(opening.params, { capabilities: { elicitation: { url: {} } } });
    const opened = await ask(mcp, { body: opening, headers: bearer(alice) });
    const headers = {
      ...{ ...bearer(alice), 'mcp-protocol-version': '2025-11-25' },
      'mcp-session-id': String(opened.headers['mcp-session-id']),
    };
    await ask(mcp, { body: { jsonrpc: '2.0', method: 'notifications/initialized' }, headers });
    await noLongerSignedIn('101');
    const { json: answer } = await ask(mcp, {
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: look },
      headers,
    });
    expect(answer.error.code).toBe(-32042);
    expect(answer.error.data.elicitations).toEqual([
      { mode: 'url', url: `${base}/me`, message: expect.any(String), elicitationId: expect.any(String) },
    ]);
  });
});

it('Security Considerations: Token Theft: nothing that anybody came in with is in the log', () => {
  const log = server.stderr();
  expect(log).toContain('somebody has signed in');
  expect(secrets.length).toBeGreaterThan(10);
  for (const one of secrets) expect(log).not.toContain(one);
});
