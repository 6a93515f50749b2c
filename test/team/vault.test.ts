import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type RunningSandbox, startSandbox } from 'ringcentral-sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { Failure } from '../../src/shared/failure.ts';
import {
  createRingCentralOAuth,
  newAuthorizationSecrets,
  type RingCentralOAuth,
  type TokenPair,
} from '../../src/team/ringcentral-oauth.ts';
import { createSealer } from '../../src/team/seal.ts';
import { openStateDirectory } from '../../src/team/state-directory.ts';
import { type TeamKeys, teamKey } from '../../src/team/team-keys.ts';
import { UpstreamError } from '../../src/team/upstream-error.ts';
import { Vault } from '../../src/team/vault.ts';
import { openFileStore } from '../../src/team/vault-file.ts';
import { createMemoryStore, type StoredRecord, type VaultStore } from '../../src/team/vault-store.ts';
import { Control } from '../e2e/support/control.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';

const log = pino({ level: 'silent' });
const redirectUri = 'http://127.0.0.1:9999/oauth/ringcentral/callback';
const alice = { name: 'Alice Admin', extensionNumber: '101' };
const subject = 'rc:1:101';
const hourMs = 3_600_000;
const keys: TeamKeys = { current: teamKey(randomBytes(32)) };

let clock: ManualClock;
let sandbox: RunningSandbox;
let control: Control;
let ringcentral: RingCentralOAuth;
let records: Map<string, StoredRecord>;

beforeEach(async () => {
  clock = manualClock();
  sandbox = await startSandbox({ rateLimits: 'off', manualClock: true });
  control = new Control(sandbox.controlUrl);
  const { serverUrl, clientId, clientSecret } = sandbox;
  ringcentral = createRingCentralOAuth({ serverUrl, clientId, clientSecret, redirectUri, clock });
  records = new Map();
});
afterEach(() => sandbox.close());

const openVault = (
  store: VaultStore = createMemoryStore(records),
  teamKeys = keys,
  upstream: Pick<RingCentralOAuth, 'refresh' | 'revoke' | 'whoIs'> = ringcentral,
) => new Vault({ store, sealer: createSealer(teamKeys), ringcentral: upstream, clock, log });

async function newPair(): Promise<TokenPair> {
  const secrets = newAuthorizationSecrets();
  const answer = await signInAtRingCentral(await ringcentral.authorizationUrl(secrets));
  return ringcentral.redeem(answer.searchParams, secrets);
}

/** Time passes for both sides. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await fetch(`${sandbox.controlUrl}/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceMs: ms }),
  });
}

const works = (accessToken: string): Promise<boolean> =>
  ringcentral.whoIs(accessToken).then(
    () => true,
    () => false,
  );

/** How often the token endpoint was asked, sign-in included. */
const tokenRequests = async (): Promise<number> =>
  (await control.requests()).requests.filter(({ path }) => path === '/restapi/oauth/token').length;

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error.kind;
  throw error ?? new Error('nothing failed');
};

describe('the sign-in of a person', () => {
  test('gives a token that works, until and after it had to be renewed', async () => {
    const vault = openVault();
    expect(await vault.signIn(subject, await newPair(), alice)).toBe(true);
    const token = await vault.accessToken(subject);
    expect(await works(token)).toBe(true);
    expect(await vault.accessToken(subject)).toBe(token);
    for (let day = 0; day < 20; day += 1) {
      await pass(24 * hourMs);
      expect(await works(await vault.accessToken(subject))).toBe(true);
    }
  });

  test('is told without its tokens', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    const signedInAt = clock.now();
    clock.advance(5_000);
    const token = await vault.accessToken(subject);
    const status = await vault.status(subject);
    expect(status).toEqual({
      ...{ subject, ...alice, state: 'active', generation: signedInAt, signedInAt },
      ...{ lastUsedAt: signedInAt + 5_000, scope: expect.stringContaining('CallControl') },
      choices: {},
    });
    expect(await vault.people()).toEqual([status]);
    expect(JSON.stringify([status, ...records.values()])).not.toContain(token);
  });

  test('stays where a second one comes, which is then for the caller to revoke', async () => {
    const vault = openVault();
    const [first, second] = [await newPair(), await newPair()];
    await vault.signIn(subject, first, alice);
    const before = await vault.status(subject);
    expect(await vault.signIn(subject, second, alice)).toBe(false);
    expect(await vault.accessToken(subject)).toBe(first.accessToken);
    expect(await vault.status(subject)).toMatchObject({ generation: before?.generation });
  });

  test.each([
    ['RingCentral has ended', () => control.fault({ kind: 'revoke-session' })],
    ['is about to be renewed', () => pass(hourMs - 60_000)],
  ])('gives way to a new one where it %s', async (_, happen) => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    const before = await vault.status(subject);
    await happen();
    const next = await newPair();
    expect(await vault.signIn(subject, next, alice)).toBe(true);
    expect(await vault.accessToken(subject)).toBe(next.accessToken);
    expect(await works(next.accessToken)).toBe(true);
    // What apps were given stays good.
    expect(await vault.status(subject)).toMatchObject({ generation: before?.generation });
  });

  test('gives way to one that can do more, and is revoked', async () => {
    const vault = openVault();
    const [first, second] = [{ ...(await newPair()), scope: 'ReadPresence' }, await newPair()];
    await vault.signIn(subject, first, alice);
    expect(await vault.signIn(subject, second, alice)).toBe(true);
    expect(await vault.accessToken(subject)).toBe(second.accessToken);
    expect(await works(first.accessToken)).toBe(false);
  });

  test('of somebody unknown is none', async () => {
    const vault = openVault();
    expect(await vault.status('rc:1:999')).toBeUndefined();
    expect(await kindOf(vault.accessToken('rc:1:999'))).toBe('forbidden');
  });

  test('is not given for the record of another person', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    const stolen = records.get(subject);
    if (stolen) records.set('rc:1:102', stolen);
    expect(await kindOf(vault.accessToken('rc:1:102'))).toBe('forbidden');
  });
});

describe('a renewal', () => {
  test('is one request however many ask at once', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => vault.accessToken(subject)));
    expect(new Set(tokens).size).toBe(1);
    expect(await tokenRequests()).toBe(2);
    expect(await works(tokens[0] ?? '')).toBe(true);
  });

  test('is stored before anybody uses the new token', async () => {
    const memory = createMemoryStore(records);
    let full = false;
    const vault = openVault({
      ...memory,
      write: (...args) => (full ? Promise.reject(new Error('ENOSPC')) : memory.write(...args)),
    });
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    full = true;
    expect(await kindOf(vault.accessToken(subject))).toBe('unavailable');
    full = false;
    // RingCentral gives the pair again that was not stored.
    expect(await works(await vault.accessToken(subject))).toBe(true);
    await pass(hourMs);
    expect(await works(await vault.accessToken(subject))).toBe(true);
  });

  test('that another process was faster with is taken from there', async () => {
    const [one, other] = [openVault(), openVault()];
    await one.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    const tokens = await Promise.all([one.accessToken(subject), other.accessToken(subject)]);
    expect(tokens[0]).toBe(tokens[1]);
    expect(await works(tokens[0])).toBe(true);
  });

  test('that comes long after the one of another process does not end the sign-in', async () => {
    const other = openVault();
    await other.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    const slow = openVault(undefined, keys, {
      ...ringcentral,
      async refresh(refreshToken) {
        expect(await works(await other.accessToken(subject))).toBe(true);
        await pass(11_000);
        return ringcentral.refresh(refreshToken);
      },
    });
    expect(await slow.accessToken(subject)).toBe(await other.accessToken(subject));
    expect(await other.status(subject)).toMatchObject({ state: 'active' });
  });

  test('happens at once for a token that RingCentral refuses', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(60_000);
    const token = await vault.accessToken(subject);
    const next = await vault.accessToken(subject, { refused: token });
    expect(next).not.toBe(token);
    expect(await works(next)).toBe(true);
    // Who comes late with the old one gets the same.
    expect(await vault.accessToken(subject, { refused: token })).toBe(next);
    expect(await tokenRequests()).toBe(2);
  });

  test('is not repeated for a token that is refused although it is new', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(60_000);
    let token = await vault.accessToken(subject);
    token = await vault.accessToken(subject, { refused: token });
    for (let turn = 0; turn < 5; turn += 1)
      expect(await kindOf(vault.accessToken(subject, { refused: token }))).toBe('unavailable');
    expect(await tokenRequests()).toBe(2);
  });

  test.each([
    [{ status: 429, retryAfterSeconds: 30 }, 'rate_limited'],
    [{ status: 503 }, 'unavailable'],
    [{ status: 500 }, 'unavailable'],
  ])('that is answered with %j changes nothing and is not repeated at once', async (fault, kind) => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    await control.fault({ kind: 'http', pathPattern: '/restapi/oauth/token', ...fault });
    for (let turn = 0; turn < 3; turn += 1) expect(await kindOf(vault.accessToken(subject))).toBe(kind);
    expect(await tokenRequests()).toBe(2);
    expect(await vault.status(subject)).toMatchObject({ state: 'active' });
    await control.clearFaults();
    await pass(30_000);
    expect(await works(await vault.accessToken(subject))).toBe(true);
  });

  test('that fails ahead of time leaves the token that is still good', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs - 60_000);
    await control.fault({ kind: 'http', pathPattern: '/restapi/oauth/token', status: 503 });
    expect(await works(await vault.accessToken(subject))).toBe(true);
    expect(await works(await vault.accessToken(subject))).toBe(true);
    expect(await tokenRequests()).toBe(2);
  });
});

describe('a sign-in that RingCentral has ended', () => {
  test.each([
    ['revoked', () => control.fault({ kind: 'revoke-session' })],
    ['expired', () => control.fault({ kind: 'expire-refresh-token' })],
    ['of a disabled extension', () => control.patch('/extensions/101', { status: 'Disabled' })],
  ])('%s needs a new one, is asked for once, and is told', async (_, end) => {
    const vault = openVault();
    const ended: string[] = [];
    vault.onEnd((who) => ended.push(who));
    await vault.signIn(subject, await newPair(), alice);
    const before = await vault.status(subject);
    await pass(hourMs);
    await end();
    for (let turn = 0; turn < 3; turn += 1)
      expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
    expect(await tokenRequests()).toBe(2);
    expect(ended).toEqual([subject]);
    const after = await vault.status(subject);
    expect(after?.state).toBe('needs_login');
    expect(after?.generation).toBeGreaterThan(before?.generation ?? 0);
  });

  test('works again after a new one, as another generation', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    await control.fault({ kind: 'revoke-session' });
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
    const ended = await vault.status(subject);
    await vault.signIn(subject, await newPair(), alice);
    expect(await works(await vault.accessToken(subject))).toBe(true);
    expect((await vault.status(subject))?.generation).toBeGreaterThan(ended?.generation ?? 0);
  });

  test('of an app without refresh tokens ends with its access token', async () => {
    const vault = openVault();
    const { refreshToken: _, refreshExpiresAt: __, ...pair } = await newPair();
    await vault.signIn(subject, pair, alice);
    expect(await vault.accessToken(subject)).toBe(pair.accessToken);
    await pass(hourMs);
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
  });
});

describe('revoking', () => {
  test('ends the sign-in at RingCentral and forgets the person', async () => {
    const vault = openVault();
    const ended: string[] = [];
    vault.onEnd((who) => ended.push(who));
    await vault.signIn(subject, await newPair(), alice);
    const token = await vault.accessToken(subject);
    await vault.revoke(subject);
    expect(await works(token)).toBe(false);
    expect(await vault.people()).toEqual([]);
    expect(records.size).toBe(0);
    expect(ended).toEqual([subject]);
  });

  test('forgets the person where RingCentral cannot be reached, too', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    await control.fault({ kind: 'http', pathPattern: '/restapi/oauth/revoke', status: 503 });
    await vault.revoke(subject);
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
  });

  test('is known here at once, however slow RingCentral is, and there when what it is needed for is done', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    const token = await vault.accessToken(subject);
    let takenBack = () => {};
    const ended = new Promise<void>((resolve) => {
      vault.onEnd((_, until) => {
        until(new Promise<void>((done) => (takenBack = done)));
        resolve();
      });
    });
    const revoked = vault.revoke(subject);
    await ended;
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
    expect(await works(token)).toBe(true);
    takenBack();
    await revoked;
    expect(await works(token)).toBe(false);
  });

  test.each([
    ['answers', true],
    ['fails', false],
  ])('waits for no renewal, whose token nobody gets when RingCentral %s', async (_, isAnswered) => {
    let answer = () => {};
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const revoked: string[] = [];
    let renewed: TokenPair | undefined;
    const vault = openVault(undefined, keys, {
      ...ringcentral,
      async refresh(refreshToken) {
        asked();
        await new Promise<void>((resolve) => (answer = resolve));
        if (!isAnswered) throw new UpstreamError('unavailable', 'RingCentral does not answer.');
        renewed = await ringcentral.refresh(refreshToken);
        return renewed;
      },
      async revoke(token) {
        revoked.push(token);
      },
    });
    const ended: string[] = [];
    vault.onEnd((who) => ended.push(who));
    const pair = await newPair();
    await vault.signIn(subject, pair, alice);
    // The token is still good for a minute, and would be given where none is to be had.
    await pass(hourMs - 60_000);
    const waiting = kindOf(vault.accessToken(subject));
    await isAsked;
    await vault.revoke(subject);
    expect(ended).toEqual([subject]);
    expect(await vault.status(subject)).toBeUndefined();
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
    expect(revoked).toEqual([pair.refreshToken]);
    answer();
    expect(await waiting).toBe('forbidden');
    expect(revoked).toEqual([pair.refreshToken, ...(renewed ? [renewed.refreshToken] : [])]);
    expect(renewed !== undefined).toBe(isAnswered);
  });

  test('comes with the end of a server that keeps everything in memory', async () => {
    const vault = openVault();
    await vault.signIn(subject, await newPair(), alice);
    const token = await vault.accessToken(subject);
    await vault.close();
    expect(await works(token)).toBe(false);
  });
});

describe('a state directory', () => {
  let directory: string;
  const sealer = createSealer(keys);
  const file = () => join(directory, 'sign-ins.json');
  /** The store, with the directory that goes with it. */
  async function openStore(other = sealer): Promise<VaultStore> {
    const state = await openStateDirectory({ directory, sealer: other, waitMs: 0 });
    try {
      const store = await openFileStore(state);
      return {
        ...store,
        async close() {
          await store.close();
          state.close();
        },
      };
    } catch (error) {
      state.close();
      throw error;
    }
  }

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'state-')), 'nested', 'state');
  });
  afterEach(() => rmSync(join(directory, '..', '..'), { recursive: true, force: true }));

  // MCP "Token Theft": secure token storage; "Elicitation", Statefulness: protected against others
  test('keeps sign-ins over a restart, for its owner alone, and nothing readable', async () => {
    const vault = openVault(await openStore());
    await vault.signIn(subject, await newPair(), alice);
    clock.advance(90_000);
    const token = await vault.accessToken(subject);
    const before = await vault.status(subject);
    await vault.close();
    expect(await works(token)).toBe(true);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const text = readFileSync(file(), 'utf8');
    expect(text).not.toMatch(/Alice|CallControl/);
    expect(text).not.toContain(token);

    const again = openVault(await openStore());
    expect(await again.status(subject)).toEqual(before);
    expect(await again.accessToken(subject)).toBe(token);
    await again.close();
  });

  test('is of one server at a time', async () => {
    const store = await openStore();
    await expect(openStore()).rejects.toThrow('another server uses it');
    await store.close();
    await (await openStore()).close();
  });

  test('is refused with another team key, and taken with the previous one', async () => {
    const vault = openVault(await openStore());
    await vault.signIn(subject, await newPair(), alice);
    await vault.close();
    const text = readFileSync(file(), 'utf8');
    const next = { current: teamKey(randomBytes(32)) };
    await expect(openStore(createSealer(next))).rejects.toThrow('sealed with another team key');
    expect(readFileSync(file(), 'utf8')).toBe(text);

    const both = { ...next, previous: keys.current };
    const rotated = openVault(await openStore(createSealer(both)), both);
    expect(await works(await rotated.accessToken(subject))).toBe(true);
    expect(await rotated.rewrap()).toBe(1);
    expect(await rotated.rewrap()).toBe(0);
    await rotated.close();

    const later = openVault(await openStore(createSealer(next)), next);
    expect(await works(await later.accessToken(subject))).toBe(true);
    await later.close();
  });

  test.each([
    ['{"people":{}}', 'damaged, or not a file of this server'],
    ['hello', 'damaged, or not a file of this server'],
    ['', 'damaged, or not a file of this server'],
    ['{"format":"another","version":1,"check":"","content":{}}', 'damaged, or not a file of this server'],
  ])('with %s in it is refused and stays as it is', async (content, message) => {
    await (await openStore()).close();
    writeFileSync(file(), content);
    await expect(openStore()).rejects.toThrow(message);
    expect(readFileSync(file(), 'utf8')).toBe(content);
  });

  test('with one damaged record keeps out that person alone, who can sign in anew', async () => {
    const vault = openVault(await openStore());
    const people = ['empty', 'no form', 'foreign key', 'flipped', 'whole'];
    for (const who of people) await vault.signIn(who, await newPair(), alice);
    await vault.close();
    const document = JSON.parse(readFileSync(file(), 'utf8'));
    const damage = (who: string, change: (sealed: string) => string) => {
      document.content[who].sealed = change(document.content[who].sealed);
    };
    damage('empty', () => '');
    damage('no form', () => 'garbage');
    damage('foreign key', (sealed) => sealed.replace(/^v1\.[^.]+/, 'v1.AAAAAAAAAAAA'));
    damage('flipped', (sealed) =>
      sealed.replace(/\.(.)(?=[^.]*\.[^.]*$)/, (_, one) => (one === 'A' ? '.B' : '.A')),
    );
    writeFileSync(file(), JSON.stringify(document));

    const both = { current: teamKey(randomBytes(32)), previous: keys.current };
    const again = openVault(await openStore(createSealer(both)), both);
    expect(await again.rewrap()).toBe(1);
    expect((await again.people()).map((person) => person.subject)).toEqual(['whole']);
    expect(await works(await again.accessToken('whole'))).toBe(true);
    for (const who of people.slice(0, -1)) {
      expect(await kindOf(again.accessToken(who))).toBe('forbidden');
      expect(await again.signIn(who, await newPair(), alice)).toBe(true);
      expect(await works(await again.accessToken(who))).toBe(true);
    }
    await again.close();
  });

  test('is written once for all people where the team key changes, and where the server ends', async () => {
    let writes = 0;
    /** A vault over the directory, whose writes of documents are counted. */
    async function openCounted(teamKeys: TeamKeys) {
      const state = await openStateDirectory({ directory, sealer: createSealer(teamKeys), waitMs: 0 });
      const store = await openFileStore({
        ...state,
        async open<T>(name: string, content: ZodType<T>) {
          const document = await state.open(name, content);
          return {
            ...document,
            write(next: T) {
              writes += 1;
              return document.write(next);
            },
          };
        },
      });
      return { vault: openVault(store, teamKeys), close: () => state.close() };
    }
    const people = Array.from({ length: 20 }, (_, n) => `rc:1:${n}`);
    const pair = await newPair();
    const first = await openCounted(keys);
    await Promise.all(people.map((who) => first.vault.signIn(who, pair, alice)));
    await first.vault.close();
    first.close();

    const both = { current: teamKey(randomBytes(32)), previous: keys.current };
    const rotated = await openCounted(both);
    writes = 0;
    expect(await rotated.vault.rewrap()).toBe(people.length);
    expect(writes).toBe(1);
    clock.advance(60_000);
    for (const who of people) await rotated.vault.accessToken(who);
    writes = 0;
    await rotated.vault.close();
    expect(writes).toBe(1);
    rotated.close();

    const later = await openCounted(both);
    expect(new Set((await later.vault.people()).map(({ lastUsedAt }) => lastUsedAt))).toEqual(
      new Set([clock.now()]),
    );
    await later.vault.close();
    later.close();
  });

  test('of a newer version is refused', async () => {
    const vault = openVault(await openStore());
    await vault.signIn(subject, await newPair(), alice);
    await vault.close();
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('"version":1', '"version":2'));
    await expect(openStore()).rejects.toThrow('newer version');
  });

  test('that is a file, is refused', async () => {
    directory = join(mkdtempSync(join(tmpdir(), 'state-')), 'a', 'b');
    writeFileSync(join(directory, '..', '..', 'a'), '');
    await expect(openStore()).rejects.toThrow(/cannot be used \((ENOTDIR|EEXIST)\)/);
  });

  test.skipIf(process.getuid?.() === 0)('that nobody may write to, is refused', async () => {
    await (await openStore()).close();
    chmodSync(directory, 0o500);
    await expect(openStore()).rejects.toThrow('cannot be');
    chmodSync(directory, 0o700);
  });

  test('keeps what was there where a write fails', async () => {
    const store = await openStore();
    const vault = openVault(store);
    await vault.signIn(subject, await newPair(), alice);
    const text = readFileSync(file(), 'utf8');
    rmSync(join(directory, '..'), { recursive: true });
    expect(await kindOf(vault.signIn('rc:1:102', await newPair(), alice))).toBe('unavailable');
    expect(await vault.people()).toHaveLength(1);
    expect(text).toContain('rc:1:101');
    await store.close();
  });

  test('that cannot be written keeps nobody in, who can sign in anew when it can', async () => {
    const vault = openVault(await openStore());
    await vault.signIn(subject, await newPair(), alice);
    const token = await vault.accessToken(subject);
    const ended: string[] = [];
    vault.onEnd((who) => ended.push(who));
    const away = `${directory} away`;
    renameSync(directory, away);
    await vault.revoke(subject);
    expect(ended).toEqual([subject]);
    expect(await kindOf(vault.accessToken(subject))).toBe('forbidden');
    expect(await vault.people()).toEqual([]);
    expect(await works(token)).toBe(false);
    renameSync(away, directory);
    expect(await vault.signIn(subject, await newPair(), alice)).toBe(true);
    expect(await works(await vault.accessToken(subject))).toBe(true);
    await vault.revoke(subject);
    await vault.close();
    const again = openVault(await openStore());
    expect(await again.people()).toEqual([]);
    await again.close();
  });

  test('that cannot be written for a moment keeps out whoever signed out in it, whatever was under way', async () => {
    let answer = () => {};
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const vault = openVault(await openStore(), keys, {
      ...ringcentral,
      async refresh(refreshToken) {
        asked();
        await new Promise<void>((resolve) => (answer = resolve));
        return ringcentral.refresh(refreshToken);
      },
      revoke: async () => {},
    });
    await vault.signIn(subject, await newPair(), alice);
    await pass(hourMs);
    const waiting = kindOf(vault.accessToken(subject));
    await isAsked;
    renameSync(directory, `${directory} away`);
    await vault.revoke(subject);
    renameSync(`${directory} away`, directory);
    answer();
    expect(await waiting).toBe('forbidden');
    expect(await vault.people()).toEqual([]);
    await vault.close();
    const again = openVault(await openStore());
    expect(await again.people()).toEqual([]);
    await again.close();
  });

  test('holds nothing but the whole file and no rest of one', async () => {
    const vault = openVault(await openStore());
    await vault.signIn(subject, await newPair(), alice);
    expect(readdirSync(directory).sort()).toEqual(['in-use', 'in-use.lock', 'sign-ins.json']);
    await vault.close();
  });
});
