import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Browser, type Shown } from './support/browser.ts';
import { hiddenFieldsOf, signInAtRingCentral } from './support/sign-in-page.ts';
import {
  type App,
  answerConsent,
  appOf,
  appRedirect,
  connect,
  startTeamBed,
  type TeamBed,
} from './support/team-bed.ts';

let bed: TeamBed;
let app: App;
beforeEach(async () => {
  bed = await startTeamBed();
  app = await bed.app();
});
afterEach(() => bed.close());

const isAtApp = ({ url }: Shown): boolean => url.href.startsWith(appRedirect);
const isAtRingCentral = ({ url }: Shown): boolean => url.href.startsWith(bed.sandbox.serverUrl);

/** The consent page of a new request of the app. */
const ask = async (browser = bed.browser(), changed: Record<string, string | undefined> = {}) => ({
  browser,
  page: await browser.open(await app.authorizeUrl(changed)),
});

/** The browser has been at RingCentral's page, which sends it back to `back`. */
async function signedInUpstream() {
  const { browser, page } = await ask();
  const away = await answerConsent(browser, page, 'yes');
  return { browser, back: await signInAtRingCentral(away.url) };
}

/** How often RingCentral was asked for this. */
const upstreamRequests = async (path: string): Promise<number> =>
  (await bed.control.requests()).requests.filter((request) => request.path === path).length;

test('a person connects an app: consent, RingCentral, code with issuer, token', async () => {
  const answer = await connect({ browser: bed.browser(), app });
  expect(answer.get('iss')).toBe(bed.url);
  expect(answer.get('state')).toBe(app.state);
  const tokens = await app.redeem(answer.get('code') ?? '');
  expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 600 });
  const subject = `rc:${bed.accountId}:${await bed.control.extensionId('101')}`;
  expect(await bed.team.verifyToken(tokens.access_token)).toEqual({
    name: subject,
    grant: expect.any(String),
    scopes: new Set(['calls:read', 'calls:control']),
    expiresAt: expect.any(Number),
  });
  expect(await bed.team.vault.people()).toEqual([
    expect.objectContaining({ subject, name: 'Alice Admin', extensionNumber: '101', state: 'active' }),
  ]);
});

describe('the consent page', () => {
  test('names the app, where the person is sent, and what it asks for in words', async () => {
    const { page } = await ask();
    expect(page.status).toBe(200);
    expect(page.body).toContain('Let Test host use your phone?');
    expect(page.body).toContain('it says so itself');
    expect(page.body).toContain('an app on this computer (127.0.0.1:33333)');
    expect(page.body).toContain(appRedirect);
    for (const words of ['See your live calls', 'Act on your calls', 'listen in on calls', 'End calls'])
      expect(page.body).toContain(words);
    expect(page.body).toMatch(/<html lang="en">/);
    const labelled = [...page.body.matchAll(/<input type="checkbox" id="([^"]+)"/g)].map(([, id]) => id);
    expect(labelled).toHaveLength(4);
    for (const id of labelled) expect(page.body).toContain(`<label for="${id}">`);
  });

  test('ticks nothing that cannot be taken back, nor listening', async () => {
    const { page } = await ask();
    const ticked = [...page.body.matchAll(/id="([^"]+)"[^>]* checked/g)].map(([, id]) => id);
    expect(ticked).toEqual(['calls-read', 'calls-control']);
  });

  test('offers only what is asked for, and all where the app names nothing', async () => {
    const boxes = ({ body }: Shown) =>
      [...body.matchAll(/type="checkbox" id="([^"]+)"/g)].map(([, id]) => id);
    const { page } = await ask(bed.browser(), { scope: 'calls:control' });
    expect(boxes(page)).toEqual(['calls-read', 'calls-control']);
    const all = await ask(bed.browser(), { scope: undefined });
    expect(boxes(all.page)).toHaveLength(4);
  });

  test('takes a request whose parameters have question marks in them', async () => {
    const app = await bed.app();
    const { href } = await app.authorizeUrl({ state: 'what' });
    const shown = await bed.browser().open(href.replace('state=what', 'state=what?'));
    expect(shown.url.pathname).toMatch(/^\/oauth\/consent\//);
  });

  // MCP "Security Best Practices", consent UI requirements
  test('runs no script, stands in no frame, loads nothing and is not kept', async () => {
    const { page } = await ask();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toContain('no-store');
    expect(page.body).not.toMatch(/<script|<link|<img|\son\w+=/i);
  });

  test('shows what an app says of itself as text', async () => {
    app = await bed.app({ client_name: '"><script>alert(1)</script>\u202eevil' });
    const { page } = await ask();
    expect(page.status).toBe(200);
    expect(page.body).not.toContain('<script>');
    expect(page.body).not.toContain('\u202e');
  });

  // MCP "Security Best Practices", per-client consent
  test('asks each time, without RingCentral where the browser is known', async () => {
    const browser = bed.browser();
    await connect({ browser, app });
    const tokenRequests = await upstreamRequests('/restapi/oauth/token');
    app = await bed.app({ client_name: 'Another host' });
    const { page } = await ask(browser);
    expect(page.body).toContain('Let Another host use your phone?');
    expect(page.body).toContain('Alice Admin, extension 101');
    const done = await answerConsent(browser, page, 'yes');
    expect(isAtApp(done)).toBe(true);
    expect((await app.redeem(done.url.searchParams.get('code') ?? '')).status).toBe(200);
    expect(await upstreamRequests('/restapi/oauth/token')).toBe(tokenRequests);
  });

  test('leads to RingCentral where the app wants a new sign-in', async () => {
    const browser = bed.browser();
    await connect({ browser, app });
    const { page } = await ask(browser, { prompt: 'login' });
    const away = await answerConsent(browser, page, 'yes');
    const done = await browser.open(await signInAtRingCentral(away.url));
    expect(isAtApp(done)).toBe(true);
    expect((await app.redeem(done.url.searchParams.get('code') ?? '')).status).toBe(200);
  });

  test('lets somebody else sign in with a known browser', async () => {
    const browser = bed.browser();
    await connect({ browser, app });
    const { page } = await ask(browser);
    const away = await answerConsent(browser, page, 'other');
    expect(away.url.searchParams.get('prompt')).toBe('login');
    const done = await browser.open(await signInAtRingCentral(away.url, '102'));
    const tokens = await app.redeem(done.url.searchParams.get('code') ?? '');
    const { name } = await bed.team.verifyToken(tokens.access_token);
    expect(name).toBe(`rc:${bed.accountId}:${await bed.control.extensionId('102')}`);
    // Now the browser is Bob's, and Alice is still signed in.
    expect((await ask(browser)).page.body).toContain('Bob Brown, extension 102');
    expect((await bed.team.vault.people()).map((person) => person.name)).toEqual([
      'Alice Admin',
      'Bob Brown',
    ]);
  });

  test.each([
    ['on the person’s computer', {}],
    ['on the web', { application_type: 'web', redirect_uris: ['https://host.example/callback'] }],
  ])('of an app %s is not left out, whatever was permitted before', async (_, metadata) => {
    const browser = bed.browser();
    app = await bed.app(metadata);
    const { redirect_uris: [redirect_uri] = [appRedirect] } = metadata as { redirect_uris?: string[] };
    const { page } = await ask(browser, { redirect_uri });
    const away = await answerConsent(browser, page, 'yes');
    await browser.open(await signInAtRingCentral(away.url));
    const again = await ask(browser, { redirect_uri, prompt: 'none' });
    expect(again.page.url.searchParams.has('code')).toBe(false);
    expect(`${again.page.url.search} ${again.page.body}`).toMatch(/(consent|interaction)_required/);
    const asked = await ask(browser, { redirect_uri });
    expect(asked.page.body).toContain('use your phone?');
  });
});

describe('the answer', () => {
  test('no tells the app so, and RingCentral nothing', async () => {
    const { browser, page } = await ask();
    const done = await answerConsent(browser, page, 'no');
    expect(isAtApp(done)).toBe(true);
    expect(Object.fromEntries(done.url.searchParams)).toMatchObject({
      ...{ error: 'access_denied', state: app.state, iss: bed.url },
    });
    expect(await upstreamRequests('/restapi/oauth/authorize')).toBe(0);
  });

  test('grants what is ticked, and nothing that the app has not asked for', async () => {
    const { browser, page } = await ask(bed.browser(), { scope: 'calls:read calls:destructive' });
    const away = await answerConsent(browser, page, 'yes', ['calls:destructive', 'calls:control']);
    const done = await browser.open(await signInAtRingCentral(away.url));
    const tokens = await app.redeem(done.url.searchParams.get('code') ?? '');
    const { scopes } = await bed.team.verifyToken(tokens.access_token);
    expect(scopes).toEqual(new Set(['calls:read', 'calls:destructive']));
  });

  test('with nothing ticked lets the app read', async () => {
    const answer = await connect({ browser: bed.browser(), app }, []);
    const tokens = await app.redeem(answer.get('code') ?? '');
    expect((await bed.team.verifyToken(tokens.access_token)).scopes).toEqual(new Set(['calls:read']));
  });

  // MCP "Security Best Practices", consent UI requirements: CSRF
  test.each<[string, (fields: [string, string][]) => [string, string][], Record<string, string> | undefined]>(
    [
      ['without the token of the page', () => [], undefined],
      ['with a wrong token', () => [['csrf', 'x'.repeat(43)]], undefined],
      ['from another origin', (fields) => fields, { origin: 'http://127.0.0.1:1' }],
      ['from another site', (fields) => fields, { 'sec-fetch-site': 'cross-site' }],
    ],
  )('is refused %s', async (_, change, headers) => {
    const { browser, page } = await ask();
    const fields = change(hiddenFieldsOf(page.body));
    const refused = await browser.submit(page, [...fields, ['answer', 'yes']], headers);
    expect(refused.status).toBe(403);
    expect(browser.cookies.map(({ name }) => name).join()).not.toContain('sign_in');
    // The page is still good.
    expect(isAtRingCentral(await answerConsent(browser, page, 'yes'))).toBe(true);
  });

  test('is refused with the token of another request', async () => {
    const other = await ask();
    const { browser, page } = await ask();
    const refused = await browser.submit(page, [...hiddenFieldsOf(other.page.body), ['answer', 'yes']]);
    expect(refused.status).toBe(403);
  });

  test('is refused in another browser, which does not see the page either', async () => {
    const { page } = await ask();
    const other = bed.browser();
    expect((await other.open(page.url)).status).toBe(400);
    expect((await answerConsent(other, page, 'yes')).status).toBe(400);
  });

  test('is refused twenty minutes later', async () => {
    const { browser, page } = await ask();
    bed.clock.advance(20 * 60_000);
    expect((await answerConsent(browser, page, 'yes')).status).toBe(400);
  });

  test.each([
    ['too large', 'a'.repeat(9_000), 'application/x-www-form-urlencoded', 413],
    ['of another kind', '{}', 'application/json', 415],
  ])('%s is refused', async (_, body, type, status) => {
    const { browser, page } = await ask();
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { 'content-type': type, cookie };
    expect((await fetch(page.url, { method: 'POST', body, headers })).status).toBe(status);
  });
});

describe('coming back from RingCentral', () => {
  // MCP "Security Best Practices", confused deputy: state and its cookie only after consent, single use, short
  test('takes a cookie that is set with the yes, not before', async () => {
    const { browser, page } = await ask();
    const names = () => browser.cookies.map(({ name }) => name.replace(/_[0-9a-f]{16}$/, '')).sort();
    const before = names();
    expect(before.join()).not.toContain('sign_in');
    const away = await answerConsent(browser, page, 'yes');
    expect(names()).toContain('rc_mcp_sign_in');
    const mark = browser.cookies.find(({ name }) => name.startsWith('rc_mcp_sign_in'));
    expect(mark?.attributes).toBe('Path=/; Max-Age=600; HttpOnly; SameSite=Lax');
    await browser.open(await signInAtRingCentral(away.url));
    expect(names()).not.toContain('rc_mcp_sign_in');
  });

  // MCP "Security Best Practices", consent cookie security
  test('over https takes cookies of this very host, which no script reads and no other site sends', async () => {
    const publicUrl = 'https://calls.example.com';
    const secure = await startTeamBed({ publicUrl });
    const registered = await fetch(`${secure.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [appRedirect], token_endpoint_auth_method: 'none' }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const browser = new Browser(publicUrl, secure.url);
    const page = await browser.open(await appOf(publicUrl, client_id).authorizeUrl());
    const away = await answerConsent(browser, page, 'yes');
    const cookies = () =>
      browser.cookies.map(({ name, attributes }) => `${name.replace(/_[0-9a-f]{16}$/, '')}; ${attributes}`);
    expect(cookies()).toContain('__Host-rc_mcp_sign_in; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure');
    expect(isAtApp(await browser.open(await signInAtRingCentral(away.url)))).toBe(true);
    expect(cookies().join('\n')).toMatch(/^__Host-rc_mcp_session; path=\//m);
    for (const cookie of cookies()) {
      expect(cookie).toMatch(/^__(Host|Secure)-/);
      for (const attribute of [/; secure/i, /; httponly/i, /; samesite=lax/i])
        expect(cookie).toMatch(attribute);
    }
    await secure.close();
  });

  test('in another browser is refused, and nothing is redeemed', async () => {
    const { back } = await signedInUpstream();
    const refused = await bed.browser().open(back);
    expect(refused.status).toBe(400);
    expect(refused.body).toContain('not begun in this browser');
    expect(await upstreamRequests('/restapi/oauth/token')).toBe(0);
    expect(await bed.team.vault.people()).toEqual([]);
  });

  test('happens once', async () => {
    const { browser, back } = await signedInUpstream();
    expect(isAtApp(await browser.open(back))).toBe(true);
    const again = await browser.open(back);
    expect(again.status).toBe(400);
    expect(again.body).toContain('used already');
  });

  test('happens once for whoever keeps the cookie, too', async () => {
    const { browser, back } = await signedInUpstream();
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const comeBack = () => fetch(back, { headers: { cookie }, redirect: 'manual' });
    expect((await comeBack()).status).toBe(303);
    expect((await comeBack()).status).toBe(400);
    expect(await upstreamRequests('/restapi/oauth/token')).toBe(1);
  });

  test('is refused ten minutes after the yes', async () => {
    const { browser, back } = await signedInUpstream();
    bed.clock.advance(10 * 60_000);
    expect((await browser.open(back)).status).toBe(400);
    expect(await upstreamRequests('/restapi/oauth/token')).toBe(0);
  });

  test('with an unknown state, or none, is refused', async () => {
    for (const query of ['', '?code=x', '?code=x&state=y'])
      expect((await bed.browser().open(`/oauth/ringcentral/callback${query}`)).status).toBe(400);
  });

  test('with a no tells the app so', async () => {
    const { browser, back } = await signedInUpstream();
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    const done = await browser.open(back);
    expect(isAtApp(done)).toBe(true);
    expect(done.url.searchParams.get('error')).toBe('access_denied');
    expect(await bed.team.vault.people()).toEqual([]);
  });

  test.each([
    [{ status: 429, retryAfterSeconds: 30 }, 'Try again in 30 s'],
    [{ status: 503 }, 'RingCentral answers with 503'],
  ])('while the token endpoint answers %j says so, and keeps nothing', async (fault, words) => {
    const { browser, back } = await signedInUpstream();
    await bed.control.fault({ kind: 'http', pathPattern: '/restapi/oauth/token', ...fault });
    const refused = await browser.open(back);
    expect(refused.status).toBe(503);
    expect(refused.body).toContain(words);
    expect(await bed.team.vault.people()).toEqual([]);
  });

  test('as somebody whom RingCentral has disabled meanwhile says so', async () => {
    const { browser, back } = await signedInUpstream();
    await bed.control.patch('/extensions/101', { status: 'Disabled' });
    const refused = await browser.open(back);
    expect(refused.status).toBe(400);
    expect(refused.body).toContain('RingCentral has ended this sign-in, or refuses it');
    expect(await bed.team.vault.people()).toEqual([]);
  });

  test('without knowing who it is ends the session that was opened', async () => {
    const { browser, back } = await signedInUpstream();
    await bed.control.fault({ kind: 'http', pathPattern: '/restapi/v1.0/account', status: 503 });
    expect((await browser.open(back)).status).toBe(503);
    expect(await upstreamRequests('/restapi/oauth/revoke')).toBe(1);
  });
});

describe('somebody who is not let in', () => {
  test.each([
    ['of another account', { accounts: ['1'] }, 'account is not one that this server lets in'],
    ['who is not named', { people: ['102'] }, 'extension is not one that this server lets in'],
  ])('%s sees why, nothing is kept, and the app is told', async (_, changed, reason) => {
    await bed.close();
    bed = await startTeamBed(changed);
    app = await bed.app();
    const { browser, back } = await signedInUpstream();
    const refused = await browser.open(back);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain(reason);
    expect(await bed.team.vault.people()).toEqual([]);
    expect(await upstreamRequests('/restapi/oauth/revoke')).toBe(1);
    const done = await browser.open(/<a href="([^"]+)"/.exec(refused.body)?.[1] ?? '');
    expect(isAtApp(done)).toBe(true);
    expect(done.url.searchParams.get('error')).toBe('access_denied');
  });
});

describe('a person with two browsers', () => {
  test('has one session at RingCentral: the second is ended at once', async () => {
    await connect({ browser: bed.browser(), app });
    const [person] = await bed.team.vault.people();
    const token = await bed.team.vault.accessToken(person?.subject ?? '');
    await connect({ browser: bed.browser(), app });
    expect(await upstreamRequests('/restapi/oauth/revoke')).toBe(1);
    expect(await bed.team.vault.accessToken(person?.subject ?? '')).toBe(token);
    expect(await bed.team.vault.people()).toHaveLength(1);
  });

  test('connects two apps at once', async () => {
    const browser = bed.browser();
    const other = await bed.app();
    const first = await browser.open(await app.authorizeUrl());
    const second = await browser.open(await other.authorizeUrl());
    const awayFirst = await answerConsent(browser, first, 'yes');
    const awaySecond = await answerConsent(browser, second, 'yes');
    const doneSecond = await browser.open(await signInAtRingCentral(awaySecond.url));
    const doneFirst = await browser.open(await signInAtRingCentral(awayFirst.url));
    expect(doneFirst.url.searchParams.get('state')).toBe(app.state);
    expect(doneSecond.url.searchParams.get('state')).toBe(other.state);
    expect((await app.redeem(doneFirst.url.searchParams.get('code') ?? '')).status).toBe(200);
    expect((await other.redeem(doneSecond.url.searchParams.get('code') ?? '')).status).toBe(200);
  });
});

// MCP "Token Theft": no token is cached or logged
test('nothing secret is logged, and nothing is written to the console', async () => {
  const writes: unknown[] = [];
  const note = (...texts: unknown[]) => writes.push(...texts) > 0;
  const spies = [
    ...(['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation(note),
    ),
    ...(['debug', 'info', 'log', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(note),
    ),
  ];
  const { browser, back } = await signedInUpstream();
  const done = await browser.open(back);
  const code = done.url.searchParams.get('code') ?? '';
  const tokens = await app.redeem(code);
  const [person] = await bed.team.vault.people();
  const upstream = await bed.team.vault.accessToken(person?.subject ?? '');
  const next = await app.refresh(tokens.refresh_token);
  await app.refresh(tokens.refresh_token);
  await browser.open('/oauth/ringcentral/callback?code=a-secret-code&state=a-secret-state');
  for (const spy of spies) spy.mockRestore();
  expect(writes).toEqual([]);
  const secrets = [
    ...[code, tokens.access_token, tokens.refresh_token, next.access_token, app.codeVerifier, app.state],
    ...[back.searchParams.get('code'), back.searchParams.get('state'), 'a-secret', upstream],
    ...browser.cookies.map(({ value }) => value).filter((value) => value.length > 20),
  ];
  const logged = bed.logged();
  expect(logged).toContain(person?.subject);
  // Ids of requests are in paths, and worth nothing without their cookie.
  const ids = new Set([...logged.matchAll(/\/oauth\/\w+\/([\w-]{40,})/g)].map(([, id]) => id));
  for (const secret of secrets) if (!ids.has(secret ?? '')) expect(logged).not.toContain(secret);
});
