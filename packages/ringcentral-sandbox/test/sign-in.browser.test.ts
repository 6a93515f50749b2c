import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noBrowser, openBrowser } from './support/browser.ts';
import { closing, type Json, openSandbox, type TestSandbox } from './support.ts';

describe.skipIf(noBrowser)(`the sign-in page in a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  let page: Page;
  let sandbox: TestSandbox;
  let app: Json;
  let callback: string;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    sandbox = await openSandbox();
    callback = await openApp();
    app = (await sandbox.control('POST', '/apps', { name: 'Team desk', redirectUris: [callback] })).body;
    page = await browser.newPage();
  });
  afterEach(() => page.close());

  /** The app: a page with a button that sends the person to the sandbox, and where it gets its answer. */
  async function openApp(): Promise<string> {
    const server = createServer((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { Location: signInUrl() }).end();
      else if (request.url === '/') {
        response.setHeader('Content-Type', 'text/html');
        response.end('<form method="post"><button>Connect</button></form>');
      } else response.end('back');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    closing({
      close() {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  }

  function signInUrl(): string {
    const query = { response_type: 'code', client_id: app.clientId, redirect_uri: callback, state: 's 1' };
    return `${sandbox.serverUrl}/restapi/oauth/authorize?${new URLSearchParams(query)}`;
  }

  /** Comes to the sign-in page as people do: from a page of the app. */
  async function visit(): Promise<void> {
    await page.goto(new URL('/', callback).href);
    await press('Connect');
    await page.getByText('Team desk asks for access').waitFor();
  }

  const choose = (who: string) => page.getByLabel('Who signs in').selectOption({ label: who });
  const press = (name: string) => page.getByRole('button', { name }).click();

  /** What the browser brought to the callback. */
  async function answer(): Promise<URLSearchParams> {
    await page.waitForURL((url) => url.href.startsWith(callback));
    return new URL(page.url()).searchParams;
  }

  it('signs in whom one chooses', async () => {
    await visit();
    await choose('Bob Brown, extension 102');
    await press('Sign in and allow');
    const redirect = await answer();
    expect(redirect.get('state')).toBe('s 1');
    const code = redirect.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: callback };
    const { extensions } = await sandbox.state();
    const bob = extensions.find(({ extensionNumber }: Json) => extensionNumber === '102');
    expect((await sandbox.oauth('token', form, app)).body.owner_id).toBe(bob.id);
  });

  it('lets one refuse, with the keyboard alone', async () => {
    await visit();
    const refuse = page.getByRole('button', { name: 'Refuse' });
    for (let tabs = 0; tabs < 3; tabs++) await page.keyboard.press('Tab');
    expect(await refuse.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    expect(Object.fromEntries(await answer())).toMatchObject({ error: 'access_denied', state: 's 1' });
  });

  it('tells who is locked, and why that is the end of it', async () => {
    await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
    await visit();
    await choose('Bob Brown, extension 102 (locked)');
    await press('Sign in and allow');
    await page.getByRole('heading', { name: 'Cannot sign in' }).waitFor();
    await page.getByText('OAU-236: Extension is disabled').waitFor();
  });
});
