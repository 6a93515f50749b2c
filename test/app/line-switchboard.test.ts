import { pino } from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openConfiguredLines } from '../../src/app/configured-lines.ts';
import type { Lines } from '../../src/app/lines.ts';
import { parseLogins } from '../../src/config/logins.ts';
import type { LoginsFile } from '../../src/config/logins-file.ts';
import { presets } from '../../src/guard/policy/presets.ts';
import { Failure } from '../../src/shared/failure.ts';
import { Control } from '../e2e/support/control.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';

const minute = 60_000;
const failureOf = (run: () => unknown): Failure => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let control: Control;
let clock: ManualClock;
let lines: Lines;
/** As `RC_MCP_LOGINS_FILE` has it, by extension. */
let entries: Map<string, { name: string; principals: string[] }>;

const fileOf = (list: readonly unknown[]): LoginsFile => ({
  text: JSON.stringify(list),
  where: 'logins.json',
  serverUrl: sandbox.serverUrl,
});
const open = (list: readonly unknown[]) =>
  openConfiguredLines(parseLogins(fileOf(list)), {
    ...{ policy: presets.standard, readOnly: false, allowUnconfirmed: [], sandbox: true },
    ...{ scope: 'extension', clock, log: pino({ level: 'silent' }), appVersion: 'test' },
  });
const replace = (list: readonly unknown[]) => lines.replaceLogins?.(parseLogins(fileOf(list)));
const lineOf = (principal: string) => lines.switchboard.lineOf(principal);
const isLive = (principal: string) =>
  expect.poll(() => lineOf(principal).sync.status().state, { timeout: 10_000 }).toBe('live');

beforeEach(async () => {
  sandbox = await startSandbox();
  control = new Control(sandbox.controlUrl);
  // The sandbox's own time goes on: the platform's tokens are dated by it.
  clock = manualClock(Date.now());
  entries = new Map();
  for (const [name, extensionNumber] of [
    ['ada', '102'],
    ['bob', '103'],
  ] as const) {
    const { clientId, clientSecret, jwt } = await control.login(extensionNumber);
    entries.set(name, { name, principals: [`key:${name}`], ...{ clientId, clientSecret, jwt } });
  }
  lines = open([...entries.values()]);
});
afterEach(async () => {
  await lines.stopActing();
  await lines.logOut();
  await sandbox.close();
});

const authRequests = async () =>
  (await control.requests()).requests
    .filter(({ path }) => path.includes('/oauth/'))
    .map(({ path, status }) => `${path.split('/').at(-1)} ${status}`);

describe('lines of several logins', () => {
  it('are opened at the first need, shared by the principals of a login, and by no other', async () => {
    const list = [...entries.values()];
    lines = open([{ ...list[0], principals: ['key:ada', 'user:ada@idp.example'] }, list[1]]);
    expect(lines.lines()).toEqual([]);
    const line = lineOf('key:ada');
    expect(lineOf('user:ada@idp.example')).toBe(line);
    expect(lineOf('key:bob')).not.toBe(line);
    expect(lines.lines()).toHaveLength(2);
    expect(await authRequests()).toEqual([]);
  });

  it('are refused to a principal without a login, with what to do', () => {
    const { kind, message } = failureOf(() => lineOf('key:eve'));
    expect(kind).toBe('forbidden');
    expect(message).toMatch(/No RingCentral login belongs to .*key:eve.*RC_MCP_LOGINS_FILE/);
    expect(message).not.toMatch(/ada|bob/);
  });

  it('cost one login and one token for events, and none when they come back', async () => {
    lineOf('key:ada').sync.open();
    await isLive('key:ada');
    expect(await authRequests()).toEqual(['token 200', 'wstoken 200']);
    const before = lineOf('key:ada');
    await clock.advanceAsync(12 * minute);
    await expect.poll(() => lines.lines()).toEqual([]);
    expect(lineOf('key:ada')).not.toBe(before);
    lineOf('key:ada').sync.open();
    await isLive('key:ada');
    expect(await authRequests()).toEqual(['token 200', 'wstoken 200', 'wstoken 200']);
  });

  it('stay open while somebody holds them, and are closed ten minutes after their last use', async () => {
    const release = lineOf('key:ada').hold();
    const used = lineOf('key:bob');
    await clock.advanceAsync(9 * minute);
    expect(lineOf('key:bob')).toBe(used);
    await clock.advanceAsync(9 * minute);
    expect(lines.lines()).toHaveLength(2);
    await clock.advanceAsync(3 * minute);
    expect(lines.lines()).toHaveLength(1);
    release();
    await clock.advanceAsync(2 * minute);
    expect(lines.lines()).toEqual([]);
  });

  it('are 500 at most; whoever is one too many is told so, until a line is closed', async () => {
    const many = Array.from({ length: 501 }, (_, nth) => ({
      ...{ name: `p${nth}`, clientId: 'app', jwt: `a.b.${nth}`, principals: [`key:p${nth}`] },
    }));
    const full = open(many);
    for (let nth = 0; nth < 500; nth += 1) full.switchboard.lineOf(`key:p${nth}`);
    const { kind, message, details } = failureOf(() => full.switchboard.lineOf('key:p500'));
    expect([kind, details.retryAfterSeconds]).toEqual(['unavailable', 60]);
    expect(message).toContain('500 people use this server now');
    full.switchboard.lineOf('key:p7');
    await clock.advanceAsync(12 * minute);
    expect(full.switchboard.lineOf('key:p500')).toBeDefined();
    await full.logOut();
  });

  it('end with their login, and live on with it', async () => {
    const [ada, bob] = [...entries.values()];
    const [adas, bobs] = [lineOf('key:ada'), lineOf('key:bob')];
    expect(replace([ada, bob])).toEqual(new Set());
    expect([lineOf('key:ada'), lineOf('key:bob')]).toEqual([adas, bobs]);

    // Another login under the name of hers.
    const carols = await control.login('104');
    const other = { ...ada, clientId: carols.clientId, clientSecret: carols.clientSecret, jwt: carols.jwt };
    expect(replace([other, bob])).toEqual(new Set(['key:ada']));
    expect(lineOf('key:ada')).not.toBe(adas);
    expect(lineOf('key:bob')).toBe(bobs);

    // The key is given to somebody else.
    expect(replace([other, { ...bob, principals: ['key:eve'] }])).toEqual(new Set(['key:bob']));
    expect(lineOf('key:eve')).toBe(bobs);
    expect(failureOf(() => lineOf('key:bob')).kind).toBe('forbidden');

    expect(replace([other])).toEqual(new Set(['key:eve']));
    expect(lines.lines()).toHaveLength(1);
  });

  it('revoke their login when it is taken out, open or closed', async () => {
    const [ada, bob] = [...entries.values()];
    for (const principal of ['key:ada', 'key:bob']) {
      lineOf(principal).sync.open();
      await isLive(principal);
    }
    const release = lineOf('key:ada').hold();
    await clock.advanceAsync(12 * minute);
    expect(lines.lines()).toHaveLength(1);
    replace([ada]);
    await expect
      .poll(async () => (await authRequests()).filter((each) => each === 'revoke 200'))
      .toHaveLength(1);
    replace([bob]);
    await expect
      .poll(async () => (await authRequests()).filter((each) => each === 'revoke 200'))
      .toHaveLength(2);
    release();
  });
});
