import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { teamKey } from '../../src/team/team-keys.ts';
import type { Browser } from './support/browser.ts';
import { type App, connect, startTeamBed, type TeamBed, type TokenAnswer } from './support/team-bed.ts';

let bed: TeamBed;
let app: App;
let browser: Browser;
let tokens: TokenAnswer;

async function begin(changed: { stateDirectory?: string } = {}): Promise<void> {
  bed = await startTeamBed(changed);
  app = await bed.app();
  browser = bed.browser();
  tokens = await app.redeem((await connect({ browser, app })).get('code') ?? '');
}
afterEach(() => bed.close());

const isAccepted = (token = tokens.access_token): Promise<boolean> =>
  bed.team.verifyToken(token).then(
    () => true,
    () => false,
  );

test('without a state directory everybody signs in again after a restart', async () => {
  await begin();
  await bed.restart();
  expect(await isAccepted()).toBe(false);
  expect((await app.refresh(tokens.refresh_token)).status).toBe(401);
  expect(await bed.team.vault.people()).toEqual([]);
});

describe('with a state directory', () => {
  let stateDirectory: string;
  const file = () => join(stateDirectory, 'apps.json');
  beforeEach(async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'state-'));
    await begin({ stateDirectory });
  });
  afterEach(() => rmSync(stateDirectory, { recursive: true }));

  test('nobody notices a restart: tokens, apps and browsers are known', async () => {
    await bed.restart();
    expect(await isAccepted()).toBe(true);
    const next = await app.refresh(tokens.refresh_token);
    expect(next.status).toBe(200);
    expect(await isAccepted(next.access_token)).toBe(true);
    expect((await browser.open(await app.authorizeUrl())).body).toContain('Alice Admin, extension 101');
  });

  test('a used refresh token stays used, and its use ends the permission', async () => {
    const next = await app.refresh(tokens.refresh_token);
    await bed.restart();
    expect((await app.refresh(tokens.refresh_token)).status).toBe(400);
    expect((await app.refresh(next.refresh_token)).status).toBe(400);
    await bed.restart();
    expect(await isAccepted(next.access_token)).toBe(false);
  });

  test('whoever was signed out stays so', async () => {
    const { name } = await bed.team.verifyToken(tokens.access_token);
    await bed.team.endPerson(name);
    await bed.restart();
    expect(await isAccepted()).toBe(false);
    expect((await app.refresh(tokens.refresh_token)).status).toBe(400);
  });

  // MCP "Token Theft": secure token storage
  test('nothing of it can be read', () => {
    const text = readFileSync(file(), 'utf8');
    for (const secret of [tokens.refresh_token, app.clientId, 'rc:', '127.0.0.1'])
      expect(text).not.toContain(secret);
  });

  test('apps that only registered are not kept', async () => {
    const before = readFileSync(file(), 'utf8').length;
    await Promise.all(Array.from({ length: 20 }, () => bed.app()));
    expect(readFileSync(file(), 'utf8').length).toBe(before);
  });

  test('the team key can be changed, with one start that knows both', async () => {
    const current = teamKey(randomBytes(32));
    await bed.restart({ keys: { current, previous: bed.keys.current } });
    expect(await isAccepted()).toBe(true);
    await bed.restart({ keys: { current } });
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200);
  });

  test('a damaged sign-in is named in the log, and the server starts', async () => {
    const { name } = await bed.team.verifyToken(tokens.access_token);
    await bed.team.close();
    const signIns = join(stateDirectory, 'sign-ins.json');
    const document = JSON.parse(readFileSync(signIns, 'utf8'));
    document.content[name].sealed = 'garbage';
    writeFileSync(signIns, JSON.stringify(document));
    await bed.restart();
    expect(await isAccepted()).toBe(false);
    const lines = bed.logged().split('\n');
    const told = lines.filter((line) => line.includes('the record of a sign-in cannot be opened'));
    expect(told[0]).toContain(name);
  });

  test('damage is found at the start', async () => {
    await bed.team.close();
    const text = readFileSync(file(), 'utf8');
    const { content } = JSON.parse(text);
    writeFileSync(file(), text.replace(content, `${content.slice(0, -4)}AAAA`));
    await expect(bed.restart()).rejects.toThrow('apps.json in the state directory is damaged');
    writeFileSync(file(), text);
    await bed.restart();
    expect(await isAccepted()).toBe(true);
  });
});
