import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser } from 'ringcentral-sandbox/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, startTeamBed, type TeamBed } from './support/team-bed.ts';

describe.skipIf(noBrowser)(`signing in with a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  let page: Page;
  let bed: TeamBed;
  let app: App;
  let host: Server;
  let redirectUri: string;
  /** What the browser has complained about, and what it has brought to the app. */
  let complaints: string[];
  let answers: URL[];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    answers = [];
    complaints = [];
    host = createServer(({ url = '' }, response) => {
      if (url.startsWith('/callback')) answers.push(new URL(url, redirectUri));
      response.end('You can close this page.');
    });
    await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening));
    redirectUri = `http://127.0.0.1:${(host.address() as AddressInfo).port}/callback`;
    bed = await startTeamBed();
    app = await bed.app({ redirect_uris: [redirectUri] });
    page = await (await browser.newContext()).newPage();
    page.on('console', (message) => complaints.push(message.text()));
  });
  afterEach(async () => {
    await page.context().close();
    host.closeAllConnections();
    host.close();
    await bed.close();
  });

  const visit = async () => page.goto((await app.authorizeUrl({ redirect_uri: redirectUri })).href);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const answered = async (): Promise<URLSearchParams> => {
    await page.waitForURL(/\/callback\?/);
    return answers.at(-1)?.searchParams ?? new URLSearchParams();
  };
  const verified = async (code: string | null) => {
    const tokens = await app.redeem(code ?? '', { redirect_uri: redirectUri });
    return bed.team.verifyToken(tokens.access_token);
  };

  test('a person goes all the way, and with the next app needs no RingCentral', async () => {
    await visit();
    await page.getByRole('heading', { name: 'Let Test host use your phone?' }).waitFor();
    await page.getByLabel('End calls').check();
    await press('Allow');
    await page.getByLabel('Who signs in').selectOption({ label: 'Bob Brown, extension 102' });
    await press('Sign in and allow');
    const first = await verified((await answered()).get('code'));
    expect(first.name).toBe(`rc:${bed.accountId}:${await bed.control.extensionId('102')}`);
    expect(first.scopes).toEqual(new Set(['calls:read', 'calls:control', 'calls:destructive']));

    await visit();
    await page.getByText('Bob Brown, extension 102').waitFor();
    await page.getByLabel('Act on your calls').uncheck();
    await press('Allow');
    const second = await verified((await answered()).get('code'));
    expect(second).toMatchObject({ name: first.name, scopes: new Set(['calls:read']) });
    expect(complaints).toEqual([]);
  });

  test('a no at either page gets to the app', async () => {
    await visit();
    await press('Do not allow');
    expect((await answered()).get('error')).toBe('access_denied');
    await visit();
    await press('Allow');
    await press('Refuse');
    await expect.poll(() => answers.length).toBe(2);
    expect((await answered()).get('error')).toBe('access_denied');
    expect(complaints).toEqual([]);
  });

  test('the page can be used by keyboard alone, and reads as a form with a name for each field', async () => {
    await visit();
    const tree = await page.locator('main').ariaSnapshot();
    expect(tree).toContain('- group "It asks to"');
    expect(tree).toContain(
      'checkbox "See your live calls: who is on them, numbers and names, and who in the company is free" [checked] [disabled]',
    );
    const order: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate('document.activeElement.id || document.activeElement.textContent'));
    }
    expect(order).toEqual(['calls-control', 'calls-listen', 'calls-destructive', 'Allow', 'Do not allow']);
  });

  // MCP "Security Best Practices", consent UI requirements: clickjacking
  test('no other page can show it in a frame', async () => {
    const url = (await app.authorizeUrl({ redirect_uri: redirectUri })).href;
    await page.goto(new URL('/', redirectUri).href);
    await page.setContent(`<iframe src="${url}"></iframe>`);
    await expect.poll(() => complaints.join()).toMatch(/frame-ancestors|X-Frame-Options/);
    const [, frame] = page.frames();
    expect(await frame?.getByRole('button').count()).toBe(0);
  });
});
