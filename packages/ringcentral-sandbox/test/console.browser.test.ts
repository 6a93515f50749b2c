import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noBrowser, openBrowser } from './support/browser.ts';
import { hostileNames } from './support/hostile.ts';
import { type Json, openSandbox, type TestSandbox } from './support.ts';

describe.skipIf(noBrowser)(`the console in a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  let sandbox: TestSandbox;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    sandbox = await openSandbox({ manualClock: false });
    page = await browser.newPage();
    complaints.length = 0;
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
    await page.goto(sandbox.serverUrl);
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
  const own = async () => {
    const { calls, extensions } = await sandbox.state();
    const me = extensions.find(({ extensionNumber }: Json) => extensionNumber === '101');
    return calls[0]?.parties.find(({ extensionId }: Json) => String(extensionId) === String(me?.id));
  };

  it('places a call, answers it, holds it and hangs up', async () => {
    await page.getByText('No calls. Place one above.').waitFor();
    await press('Call');
    await press('Answer: 101 Alice Admin');
    await expect.poll(async () => (await own())?.status.code).toBe('Answered');
    await press('Hold: 101 Alice Admin');
    await expect.poll(async () => (await own())?.phone?.held).toBe(true);
    await page.getByText('held at the phone').waitFor();
    await press('Take back: 101 Alice Admin');
    await press(/^Hang up: Ada Lovelace/);
    await expect.poll(async () => (await own())?.status.code).toBe('Disconnected');
    await page.getByText('No calls. Place one above.').waitFor();
  });

  it('dials from a phone of the account, transfers, and lets the network drop a call', async () => {
    await page.getByLabel('From').selectOption({ label: "102 Bob's desk phone" });
    expect(await page.getByLabel('Number', { exact: true }).isVisible()).toBe(false);
    await page.getByLabel('To', { exact: true }).fill('103');
    await press('Call');
    await press('Answer: 103 Carol Clark');
    await page.getByLabel('Transfer 103 Carol Clark to').fill('101');
    await press('Transfer: 103 Carol Clark');
    await press('Answer: 101 Alice Admin');
    await press(/^Network drops call/);
    await expect.poll(async () => (await own())?.status.code).toBe('Disconnected');
  });

  it('ends all calls, and only them', async () => {
    await press("Bob's desk phone, now Online, set Offline");
    for (const to of ['101', '103']) {
      await sandbox.control('POST', '/calls', {
        from: { phoneNumber: '+14155550123' },
        to: { extensionNumber: to },
      });
    }
    await page.getByText('2 calls are live').waitFor();
    await press('End all');
    await page.getByText('No calls. Place one above.').waitFor();
    expect((await own())?.status.code).toBe('Disconnected');
    await page.getByRole('button', { name: "Bob's desk phone, now Offline, set Online" }).waitFor();
  });

  it('resets the world, and apps hear that the calls have ended', async () => {
    await press("Bob's desk phone, now Online, set Offline");
    await press('Call');
    await page.getByRole('button', { name: 'Answer: 101 Alice Admin' }).waitFor();
    const events = await (await sandbox.login()).gateway();
    await events.subscribe('/account/~/extension/~/telephony/sessions');
    await press('Reset');
    await page.getByRole('button', { name: "Bob's desk phone, now Online, set Offline" }).waitFor();
    await page.getByText('No calls. Place one above.').waitFor();
    expect((await sandbox.state()).calls).toEqual([]);
    const [told] = await events.notifications();
    expect(told.body.parties).toMatchObject([{ status: { code: 'Disconnected' } }]);
  });

  it('switches phones and do-not-disturb, and says what was refused', async () => {
    await press("Bob's desk phone, now Online, set Offline");
    await page.getByRole('button', { name: "Bob's desk phone, now Offline, set Online" }).waitFor();
    await page.getByLabel('Do not disturb of Carol Clark').selectOption('DoNotAcceptAnyCalls');
    await page.getByText('Carol Clark: DoNotAcceptAnyCalls').waitFor();
    await page.getByLabel('To', { exact: true }).fill('not a number');
    await press('Call');
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/number|extension/i);
  });

  it('names every control, and works by keyboard', async () => {
    await press('Call');
    await page.getByRole('button', { name: 'Answer: 101 Alice Admin' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Hold: 101 Alice Admin' }).waitFor();
    const nameless = await page.$$eval('button, input, select', (controls) =>
      controls
        .filter((one) => !one.getAttribute('aria-label') && !one.closest('label') && !one.textContent?.trim())
        .map((one) => one.outerHTML),
    );
    expect(nameless).toEqual([]);
  });

  it('shows hostile names as text', async () => {
    for (const name of hostileNames.filter((text) => text.length < 200).slice(0, 12)) {
      await sandbox.control('POST', '/calls', {
        from: { phoneNumber: '+14155550123', name },
        to: { extensionNumber: '101' },
      });
    }
    await page.getByText(/\d+ calls are live/).waitFor();
    expect(await page.locator('#calls script, #calls img, #calls a, #calls iframe').count()).toBe(0);
  });
});
