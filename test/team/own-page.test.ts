import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { csrfOf, openOwnPage, press, valuesOf } from './support/own-page.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';
import { connect, startTeamBed, type TeamBed } from './support/team-bed.ts';

let bed: TeamBed;
beforeEach(async () => {
  bed = await startTeamBed();
});
afterEach(() => bed.close());

/** Bob has connected an app. */
async function connected(extensionNumber = '102', metadata: object = {}, scopes?: string[]) {
  const app = await bed.app(metadata);
  const answer = await connect({ browser: bed.browser(), app, extensionNumber }, scopes);
  const tokens = await app.redeem(answer.get('code') ?? '');
  const { name: subject } = await bed.team.verifyToken(tokens.access_token);
  return { app, tokens, subject };
}
const isAccepted = (token: string) =>
  bed.team.verifyToken(token).then(
    () => true,
    () => false,
  );
const isSignedIn = async (browser: ReturnType<TeamBed['browser']>) =>
  !(await browser.open('/me')).body.includes('Sign in with RingCentral');
const minutes = 60_000;

describe('the page of one’s own', () => {
  test('asks whoever comes to sign in, and shows them who they are and which apps may use their phone', async () => {
    await connected('102', { client_name: 'Desk host' }, ['calls:control']);
    const page = await openOwnPage(bed.browser(), '102');
    expect(page.url.href).toBe(`${bed.url}/me`);
    expect(page.body).toContain('<strong>Bob Brown</strong>, extension 102');
    expect(page.body).toContain('<strong>Desk host</strong>, since ');
    expect(page.body).toContain('Act on your calls');
    expect(page.body).not.toContain('Listen in on calls');
  });

  test('has a cookie that no script reads and no form of another site sends', async () => {
    await connected();
    const browser = bed.browser();
    await openOwnPage(browser, '102');
    const [cookie] = browser.cookies;
    expect(cookie).toMatchObject({ name: 'rc_mcp_me', path: '/' });
    expect(cookie?.attributes).toMatch(/HttpOnly; SameSite=Lax$/);
  });

  test('is not kept, framed, or given script; each control has a name', async () => {
    await connected();
    const { headers, body } = await openOwnPage(bed.browser(), '102');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(body).not.toMatch(/<script|style=|src=/);
    expect(body).toMatch(/<html lang="en">/);
    for (const [, id] of body.matchAll(/<input type="radio" id="([^"]+)"/g))
      expect(body).toContain(`<label for="${id}">`);
  });

  test('is read by no script of another page, not even of one that may use this server', async () => {
    const answer = await fetch(`${bed.url}/me`, { headers: { origin: 'http://127.0.0.1:6274' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('shows what an app calls itself as text', async () => {
    await connected('102', { client_name: '<script>alert(1)</script>"onload=' });
    const { body } = await openOwnPage(bed.browser(), '102');
    expect(body).not.toContain('<script');
    expect(body).toContain('&quot;onload=');
  });

  test('shows nobody anything of another person, whatever stands in the form', async () => {
    const bob = await connected('102', { client_name: 'App of Bob' });
    const carol = await connected('103', { client_name: 'App of Carol' });
    const browser = bed.browser();
    const page = await openOwnPage(browser, '103');
    expect(page.body).toContain('App of Carol');
    expect(page.body).not.toContain('App of Bob');
    const { grant } = await bed.team.verifyToken(bob.tokens.access_token);
    expect((await press(browser, page, 'revoke', [['app', grant]])).status).toBe(404);
    expect(await isAccepted(bob.tokens.access_token)).toBe(true);
    expect(await isAccepted(carol.tokens.access_token)).toBe(true);
  });

  test('keeps no sign-in of somebody whose phone no app uses', async () => {
    await connected('102');
    const browser = bed.browser();
    const page = await openOwnPage(browser, '103');
    expect(page.status).toBe(403);
    expect(page.body).toContain('No app uses your phone');
    expect(await isSignedIn(browser)).toBe(false);
    expect((await bed.team.vault.people()).map(({ name }) => name)).toEqual(['Bob Brown']);
  });

  test('says so where somebody presses no at RingCentral', async () => {
    await connected();
    const browser = bed.browser();
    const away = await browser.submit(await browser.open('/me'), [['do', 'sign-in']]);
    const state = away.url.searchParams.get('state');
    const page = await browser.open(`/oauth/ringcentral/callback?error=access_denied&state=${state}`);
    expect(page.status).toBe(400);
    expect(page.body).toContain('You have not signed in at RingCentral.');
  });

  test('is opened in the browser that began, and by one answer of RingCentral’s once', async () => {
    await connected();
    const [browser, other] = [bed.browser(), bed.browser()];
    const away = await browser.submit(await browser.open('/me'), [['do', 'sign-in']]);
    const back = await signInAtRingCentral(away.url, '102');
    expect((await other.open(back)).status).toBe(400);
    expect((await browser.open(back)).status).toBe(400);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(other)).toBe(false);
  });

  test('is signed out after half an hour without use, and after eight hours in any case', async () => {
    await connected();
    const browser = bed.browser();
    await openOwnPage(browser, '102');
    bed.clock.advance(29 * minutes);
    expect(await isSignedIn(browser)).toBe(true);
    bed.clock.advance(31 * minutes);
    expect(await isSignedIn(browser)).toBe(false);
    await openOwnPage(browser, '102');
    for (let half = 0; half < 20; half += 1) {
      bed.clock.advance(25 * minutes);
      if (half < 18) expect(await isSignedIn(browser)).toBe(true);
    }
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('a button', () => {
  test.each([
    ['without the token of the page', { csrf: '' }],
    ['with the token of another session', { csrf: 'other' }],
  ])('does nothing %s', async (_, { csrf }) => {
    const { tokens } = await connected();
    const [browser, other] = [bed.browser(), bed.browser()];
    const page = await openOwnPage(browser, '102');
    const foreign = csrfOf(await openOwnPage(other, '102'));
    const answer = await browser.submit(page, [
      ['csrf', csrf === 'other' ? foreign : csrf],
      ['do', 'sign-out'],
    ]);
    expect(answer.status).toBe(403);
    expect(await isAccepted(tokens.access_token)).toBe(true);
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('does nothing for a page of another site, nor without a session', async () => {
    const { tokens } = await connected();
    const browser = bed.browser();
    const page = await openOwnPage(browser, '102');
    const fields: [string, string][] = [
      ['csrf', csrfOf(page)],
      ['do', 'sign-out'],
    ];
    expect((await browser.submit(page, fields, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await browser.submit(page, fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await bed.browser().submit(page, fields)).status).toBe(403);
    expect((await press(browser, page, 'dance')).status).toBe(400);
    expect(await isAccepted(tokens.access_token)).toBe(true);
  });
});

describe('taking back', () => {
  test('what one app may do ends its tokens, and nothing of another', async () => {
    const one = await connected('102', { client_name: 'One' });
    const two = await connected('102', { client_name: 'Two' });
    const browser = bed.browser();
    const page = await openOwnPage(browser, '102');
    const { grant } = await bed.team.verifyToken(one.tokens.access_token);
    expect(valuesOf(page, 'app')).toContain(grant);
    const after = await press(browser, page, 'revoke', [['app', grant]]);
    expect(after.body).toContain('<strong>Two</strong>');
    expect(after.body).not.toContain('<strong>One</strong>');
    expect(await isAccepted(one.tokens.access_token)).toBe(false);
    expect((await one.app.refresh(one.tokens.refresh_token)).error).toBe('invalid_grant');
    expect(await isAccepted(two.tokens.access_token)).toBe(true);
  });

  test.each(['revoke-all', 'sign-out'])(
    'all by %s ends the sign-in, here and at RingCentral',
    async (wish) => {
      const one = await connected('102');
      const two = await connected('102');
      const atRingCentral = await bed.team.vault.accessToken(one.subject);
      const browser = bed.browser();
      const page = await openOwnPage(browser, '102');
      const after = await press(browser, page, wish);
      expect(after.body).toContain('Sign in with RingCentral');
      expect(await isAccepted(one.tokens.access_token)).toBe(false);
      expect(await isAccepted(two.tokens.access_token)).toBe(false);
      expect(await bed.team.vault.people()).toEqual([]);
      const look = await fetch(`${bed.sandbox.serverUrl}/restapi/v1.0/account/~/extension/~`, {
        headers: { authorization: `Bearer ${atRingCentral}` },
      });
      expect(look.status).toBe(401);
    },
  );

  test('the session of the page ends with the sign-in, whoever ends it', async () => {
    const { subject } = await connected('102');
    const browser = bed.browser();
    await openOwnPage(browser, '102');
    await bed.team.endPerson(subject);
    await connected('102');
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('pausing', () => {
  test('is told at once, kept, and ended on the page', async () => {
    const { subject } = await connected('102');
    const paused: string[] = [];
    bed.team.onPause((who) => void paused.push(who));
    const browser = bed.browser();
    const page = await press(browser, await openOwnPage(browser, '102'), 'pause');
    expect(page.body).toContain('Paused since');
    expect(paused).toEqual([subject]);
    expect(bed.team.vault.choicesOf(subject).pausedAt).toBe(bed.clock.now());
    const after = await press(browser, page, 'resume');
    expect(after.body).not.toContain('Paused since');
    expect(bed.team.vault.choicesOf(subject).pausedAt).toBeNull();
  });

  test('outlives a restart and a new sign-in where there is a state directory', async () => {
    await bed.close();
    const stateDirectory = mkdtempSync(join(tmpdir(), 'state-'));
    bed = await startTeamBed({ stateDirectory });
    const { subject } = await connected('102');
    const browser = bed.browser();
    await press(browser, await openOwnPage(browser, '102'), 'pause');
    const at = bed.team.vault.choicesOf(subject).pausedAt;
    await bed.restart();
    expect(bed.team.vault.choicesOf(subject).pausedAt).toBe(at);
    await connected('102');
    expect(bed.team.vault.choicesOf(subject).pausedAt).toBe(at);
    rmSync(stateDirectory, { recursive: true });
  });
});

test('choosing a phone takes one of the person’s own, or none', async () => {
  const { subject } = await connected('102');
  const browser = bed.browser();
  const page = await openOwnPage(browser, '102');
  expect(page.body).toContain('Desk of 102 (can be used now)');
  expect((await press(browser, page, 'phone', [['phone', 'another']])).status).toBe(400);
  expect(bed.team.vault.choicesOf(subject).phone).toBeUndefined();
  const chosen = await press(browser, page, 'phone', [['phone', 'p-1']]);
  expect(chosen.body).toContain('value="p-1" required checked');
  expect(bed.team.vault.choicesOf(subject).phone).toBe('p-1');
  await press(browser, page, 'phone', [['phone', 'none']]);
  expect(bed.team.vault.choicesOf(subject).phone).toBeNull();
});

describe('a sign-in that RingCentral has ended', () => {
  /** RingCentral ends it, which the next request finds out. */
  async function ended(subject: string): Promise<void> {
    const token = await bed.team.vault.accessToken(subject);
    const { serverUrl, clientId, clientSecret } = bed.sandbox;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    await fetch(`${serverUrl}/restapi/oauth/revoke`, {
      ...{
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ token }),
      },
    });
    await expect(bed.team.vault.accessToken(subject, { refused: token })).rejects.toThrow('Sign in again');
  }

  test('lets no app in until the same person signs in on their page; then all go on that are shown there', async () => {
    const { app, tokens, subject } = await connected('102', { client_name: 'Desk host' });
    await connected('103');
    await ended(subject);
    expect(await isAccepted(tokens.access_token)).toBe(false);
    expect((await app.refresh(tokens.refresh_token)).error).toBe('invalid_grant');

    expect((await openOwnPage(bed.browser(), '103')).body).not.toContain('Desk host');
    expect((await openOwnPage(bed.browser(), '104')).status).toBe(403);
    expect((await app.refresh(tokens.refresh_token)).error).toBe('invalid_grant');

    expect((await openOwnPage(bed.browser(), '102')).body).toContain('<strong>Desk host</strong>');
    expect(await isAccepted(tokens.access_token)).toBe(false);
    const next = await app.refresh(tokens.refresh_token);
    expect(next.status).toBe(200);
    expect(await isAccepted(next.access_token)).toBe(true);
  });

  test('comes back for one app alone where the person connects that, which shows them no other', async () => {
    const one = await connected('102');
    await ended(one.subject);
    const two = await connected('102');
    expect((await one.app.refresh(one.tokens.refresh_token)).error).toBe('invalid_grant');
    expect(await isAccepted(two.tokens.access_token)).toBe(true);
  });

  test('closes the page, and keeps the pause', async () => {
    const { subject } = await connected('102');
    const browser = bed.browser();
    await press(browser, await openOwnPage(browser, '102'), 'pause');
    await ended(subject);
    expect(await isSignedIn(browser)).toBe(false);
    expect((await openOwnPage(browser, '102')).body).toContain('Paused since');
  });
});
