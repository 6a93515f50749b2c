import type { Browser, Page } from 'playwright-core';
import { noBrowser, openBrowser } from 'ringcentral-sandbox/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WaitingQuestion } from '../../src/team/person-line.ts';
import { connect, onePhoneEach, startTeamBed, type TeamBed } from './support/team-bed.ts';

describe.skipIf(noBrowser)(`one’s own page in a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  let page: Page;
  let bed: TeamBed;
  let complaints: string[];
  let questions: WaitingQuestion[];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    complaints = [];
    questions = [];
    const answer = async (_: string, id: string) => {
      questions = questions.filter((question) => question.id !== id);
      return true;
    };
    bed = await startTeamBed({ line: { ...onePhoneEach, questionsOf: async () => questions, answer } });
    const app = await bed.app({ client_name: 'Desk host' });
    const code = (await connect({ browser: bed.browser(), app, extensionNumber: '102' })).get('code') ?? '';
    await app.redeem(code);
    page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${bed.url}/me`);
    await press('Sign in with RingCentral');
  });
  afterEach(async () => {
    await page.context().close();
    await bed.close();
  });

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  /** Bob signs in at RingCentral's page, by its form. */
  async function signIn(): Promise<void> {
    await page.getByLabel('Who signs in').selectOption({ label: 'Bob Brown, extension 102' });
    await press('Sign in and allow');
    await page.getByText('You are Bob Brown, extension 102').waitFor();
  }

  test('everything on it works without script: pause, phone, taking back', async () => {
    await signIn();
    await press('Pause all agents');
    await page.getByRole('status').getByText('Paused since').waitFor();
    await press('End the pause');
    await page.getByLabel('Desk of 102 (can be used now)').check();
    await press('Save');
    expect(await page.getByLabel('Desk of 102 (can be used now)').isChecked()).toBe(true);
    await press('Take back what Desk host may do');
    await page.getByRole('button', { name: 'Sign in with RingCentral' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows a question by itself, and takes the answer', async () => {
    await signIn();
    await page.getByRole('link', { name: 'Wait for questions' }).click();
    await page.getByText('No question waits.').waitFor();
    questions = [
      { id: 'q', message: 'An AI agent wants to call <b>Mars</b>.', expiresAt: bed.clock.now() + 45_000 },
    ];
    await page.getByText('An AI agent wants to call <b>Mars</b>.').waitFor();
    await press('Approve');
    await page.getByText('No question waits.').waitFor();
    expect(questions).toEqual([]);
    expect(complaints).toEqual([]);
  });

  // WCAG 2.4.1, 1.3.1
  test('reads as headings, lists and forms with a name for each control', async () => {
    await signIn();
    const tree = await page.locator('main').ariaSnapshot();
    for (const heading of ['Pause', 'Apps that may use your phone', 'Phone', 'What agents did', 'Sign out'])
      expect(tree).toContain(`- heading "${heading}" [level=2]`);
    expect(tree).toContain('- group "Phone that agents may use"');
    expect(tree).toContain('radio "None: ask me first"');
  });
});
