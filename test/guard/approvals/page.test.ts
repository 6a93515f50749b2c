import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser } from 'ringcentral-sandbox/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Approvals } from '../../../src/guard/approvals/approvals.ts';
import { createApprovals } from '../../../src/guard/approvals/approvals.ts';
import { hashPasscode } from '../../../src/guard/approvals/passcode.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { hangUp, hold, inboundCall } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { createHost, failure } from '../support/host.ts';

describe.skipIf(noBrowser)(`the operator’s page in a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  const passcode = 'correct horse battery';
  let browser: Browser;
  let approvals: Approvals;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    approvals = await createApprovals({
      ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: pino({ level: 'silent' }) },
      passcodeHash: await hashPasscode(passcode),
      terminal: { write: () => true },
    });
    page = await browser.newPage();
    complaints.length = 0;
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
    await page.goto(approvals.url);
  });
  afterEach(async () => {
    await page.close();
    await approvals.close();
    expect(complaints).toEqual([]);
  });

  const logIn = async (text = passcode) => {
    await page.getByLabel('Passcode').fill(text);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  const guarded = (name = 'Carol') => {
    const all = guardTestbed({ operator: approvals.operator, clock: systemClock });
    all.ports.sessions.set('s-1', inboundCall('s-1', 'Answered', name));
    return createHost('2026', all.guard);
  };

  test('opens with the passcode alone', async () => {
    await logIn('a guess');
    await page.getByText('Wrong passcode.').waitFor();
    await logIn();
    await page.getByText('No question waits.').waitFor();
    expect(await page.getByLabel('Passcode').isVisible()).toBe(false);
    await page.reload();
    await page.getByText('No question waits.').waitFor();
  });

  test('shows a question as it comes, and takes the approval', async () => {
    await logIn();
    await page.getByText('No question waits.').waitFor();
    const permit = guarded().authorize(hangUp('s-1'));
    const question = page.getByRole('listitem');
    await question.getByText('+14155550199').waitFor();
    expect(await page.title()).toBe('(1) Approvals');
    expect(await question.getByRole('button').allTextContents()).toEqual(['Approve', 'Decline']);
    await question.getByRole('button', { name: 'Approve' }).click();
    expect((await permit).kind).toBe('permit');
    await page.getByText('No question waits.').waitFor();
  });

  test('shows what waited before, and takes a decline and a grant', async () => {
    const host = guarded();
    const refusal = failure(host.authorize(hangUp('s-1')));
    await logIn();
    await page.getByRole('button', { name: 'Decline' }).click();
    expect((await refusal).details.reason).toBe('declined');
    const permit = host.authorize(hold('s-1', 's-1-1'));
    await page.getByRole('button', { name: 'Approve for ten minutes' }).click();
    await permit;
    await host.authorize(hold('s-1', 's-1-1'));
  });

  test('shows markup in a name as text', async () => {
    await logIn();
    const refusal = failure(guarded('<img src=x onerror=alert(1)>').authorize(hangUp('s-1')));
    await page.getByText('img src=x onerror=alert(1)').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.getByRole('button', { name: 'Decline' }).click();
    await refusal;
  });

  test('cannot be framed', async () => {
    const outer = await browser.newPage();
    await outer.setContent(`<iframe src="${approvals.url}"></iframe>`);
    await expect.poll(() => outer.frames()[1]?.url()).toMatch(/^chrome-error:/);
    await outer.close();
  });
});
