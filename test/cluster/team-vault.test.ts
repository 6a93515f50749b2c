import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import pino from 'pino';
import { type RunningSandbox, startSandbox } from 'ringcentral-sandbox';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { Failure } from '../../src/shared/failure.ts';
import { createAdmission } from '../../src/team/admission.ts';
import { watchMembership } from '../../src/team/membership-check.ts';
import { PersonRecords } from '../../src/team/person-records.ts';
import {
  createRingCentralOAuth,
  newAuthorizationSecrets,
  type RingCentralOAuth,
  type TokenPair,
} from '../../src/team/ringcentral-oauth.ts';
import { createSealer } from '../../src/team/seal.ts';
import type { SharedTeam } from '../../src/team/team.ts';
import { type TeamKeys, teamKey } from '../../src/team/team-keys.ts';
import { Vault } from '../../src/team/vault.ts';
import { createMemoryStore, type StoredRecord, type VaultStore } from '../../src/team/vault-store.ts';
import { Control } from '../e2e/support/control.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { signInAtRingCentral } from '../team/support/sign-in-page.ts';
import { slowed } from './support/slowed.ts';
import { openTestTeam } from './support/test-team.ts';

const log = pino({ level: 'silent' });
const [alice, bob] = ['rc:1:101', 'rc:1:102'] as const;
const name = { name: 'Alice Admin', extensionNumber: '101' };

let server: RedisServer;
let keys: TeamKeys;
let connections: OpenRedis[];

beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

/** What `count` replicas share. */
async function openReplicas(count: number): Promise<SharedTeam[]> {
  keys = { current: teamKey(randomBytes(32)) };
  const first = await openTestRedis(server.url);
  connections = [first];
  while (connections.length < count) connections.push(await openTestRedis(server.url, first.key()));
  for (const redis of connections) onTestFinished(() => redis.close());
  const shared = await Promise.all(connections.map((redis) => openTestTeam(redis, createSealer(keys))));
  for (const one of shared) onTestFinished(() => one.close());
  return shared;
}

function storeContract(open: () => Promise<[VaultStore, VaultStore]>) {
  const record = (revision: number, sealed = `sealed ${revision}`): StoredRecord => ({
    ...{ generation: 1_700_000_000_000, revision, sealed },
  });

  it('a record is written only in place of the one that was read', async () => {
    const [one, other] = await open();
    expect(await one.read(alice)).toBeUndefined();
    expect(await one.write(alice, record(1), 0)).toBe(true);
    expect(await other.write(alice, record(1, 'of another'), 0)).toBe(false);
    expect(await other.read(alice)).toEqual(record(1));
    expect(await other.write(alice, record(2), 1)).toBe(true);
    expect(await one.write(alice, record(2, 'of another'), 1)).toBe(false);
    expect(await one.read(alice)).toEqual(record(2));
    expect([...(await one.all())]).toEqual([[alice, record(2)]]);
    await one.remove(alice);
    expect(await other.read(alice)).toBeUndefined();
    expect(await other.write(alice, record(3), 2)).toBe(false);
    expect([...(await one.all())]).toEqual([]);
  });

  it('whoever writes at once, no write is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.constantFrom(alice, bob), by: fc.nat({ max: 1 }) }), {
          minLength: 2,
          maxLength: 12,
        }),
        async (writers) => {
          const stores = await open();
          const add = async (store: VaultStore, who: string, mark: string): Promise<void> => {
            const before = await store.read(who);
            const revision = (before?.revision ?? 0) + 1;
            const next = record(revision, `${before?.sealed ?? ''} ${mark}`);
            if (!(await store.write(who, next, before?.revision ?? 0))) await add(store, who, mark);
          };
          await Promise.all(writers.map(({ who, by }, n) => add(stores[by] as VaultStore, who, `${n}`)));
          for (const who of [alice, bob]) {
            const marks = (await stores[0].read(who))?.sealed.trim().split(' ') ?? [];
            const expected = writers.flatMap((writer, n) => (writer.who === who ? [`${n}`] : []));
            expect(marks.toSorted()).toEqual(expected.toSorted());
          }
        },
      ),
      { numRuns: 20 },
    );
  });
}

describe('a vault’s store in memory', () => {
  storeContract(async () => {
    const store = createMemoryStore();
    return [store, store];
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'a vault’s store in Redis' : withoutRedis, () => {
  storeContract(async () => {
    const [one, other] = await openReplicas(2);
    return [(one as SharedTeam).store, (other as SharedTeam).store];
  });

  it('refuses a replica with another team key', async () => {
    await openReplicas(1);
    const openWith = (teamKeys: TeamKeys) =>
      openTestTeam(connections[0] as OpenRedis, createSealer(teamKeys)).then((shared) => shared.close());
    const current = teamKey(randomBytes(32));
    await expect(openWith({ current })).rejects.toThrow('RC_MCP_TEAM_KEY is not the key');
    await openWith({ current, previous: keys.current });
    await openWith({ current });
    await expect(openWith(keys)).rejects.toThrow('RC_MCP_TEAM_KEY is not the key');
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'the lock of a person' : withoutRedis, () => {
  it('lets one in at a time, over all replicas', async () => {
    const replicas = await openReplicas(4);
    let inside = 0;
    let most = 0;
    const work = ({ lock }: SharedTeam, who: string) =>
      lock(who, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await connections[0]?.send('PING');
        inside -= 1;
      });
    await Promise.all([...replicas, ...replicas].map((one) => work(one, alice)));
    expect(most).toBe(1);
  });

  it('is nobody’s business of another person', async () => {
    const [one, other] = await openReplicas(2);
    const order: string[] = [];
    await one?.lock(alice, async () => {
      await other?.lock(bob, async () => void order.push('bob'));
      order.push('alice');
    });
    expect(order).toEqual(['bob', 'alice']);
  });

  it('that was lost lets nobody store', async () => {
    const [one, other] = await openReplicas(2);
    const record = { generation: 1, revision: 1, sealed: 's' };
    await one?.lock(alice, async () => {
      // As when this process was stopped for longer than the lease.
      await connections[0]?.send('DEL', ...(await lockKeys()));
      await other?.lock(alice, async () => {
        await expect(one.store.write(alice, record, 0)).rejects.toMatchObject({ kind: 'unavailable' });
        await expect(one.store.remove(alice)).rejects.toMatchObject({ kind: 'unavailable' });
        expect(await other.store.write(alice, record, 0)).toBe(true);
      });
    });
    expect(await other?.store.read(alice)).toEqual(record);
  });

  it('whose holder has died is free after some seconds', async () => {
    const [one, other] = await openReplicas(2);
    void one?.lock(alice, () => new Promise(() => {}));
    await expect.poll(lockKeys).toHaveLength(1);
    expect(Number(await connections[0]?.send('PTTL', ...(await lockKeys())))).toBeGreaterThan(0);
    // Renewing ends with the connection, as with the process.
    await connections[0]?.close();
    expect(await other?.lock(alice, async () => 'free')).toBe('free');
  });

  const lockKeys = async () =>
    (await connections[1]?.send('KEYS', `${connections[1].key('team', 'lock')}*`)) as string[];
});

describe.skipIf(!hasRedis)(hasRedis ? 'vaults of replicas' : withoutRedis, () => {
  let clock: ManualClock;
  let sandbox: RunningSandbox;
  let control: Control;
  let ringcentral: RingCentralOAuth;
  let shared: SharedTeam[];

  beforeEach(async () => {
    clock = manualClock(Date.now());
    sandbox = await startSandbox({ rateLimits: 'off', manualClock: true });
    control = new Control(sandbox.controlUrl);
    const { serverUrl, clientId, clientSecret } = sandbox;
    const redirectUri = 'http://127.0.0.1:9999/callback';
    ringcentral = createRingCentralOAuth({ serverUrl, clientId, clientSecret, redirectUri, clock });
    shared = await openReplicas(4);
  });
  afterEach(() => sandbox.close());

  const open = (
    replica: SharedTeam | undefined,
    upstream: Pick<RingCentralOAuth, 'refresh' | 'revoke' | 'whoIs'> = ringcentral,
  ) => {
    const { store, lock } = replica as SharedTeam;
    const vault = new Vault({ store, lock, sealer: createSealer(keys), ringcentral: upstream, clock, log });
    replica?.listen();
    return vault;
  };
  const newPair = async (): Promise<TokenPair> => {
    const secrets = newAuthorizationSecrets();
    const answer = await signInAtRingCentral(await ringcentral.authorizationUrl(secrets));
    return ringcentral.redeem(answer.searchParams, secrets);
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await fetch(`${sandbox.controlUrl}/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advanceMs: ms }),
    });
  };
  const tokenRequests = async () =>
    (await control.requests()).requests.filter(({ path }) => path === '/restapi/oauth/token').length;
  const works = (token: string) =>
    ringcentral.whoIs(token).then(
      () => true,
      () => false,
    );

  it('renew with one request, however many ask at once', async () => {
    const vaults = shared.map((one) => open(one));
    await vaults[0]?.signIn(alice, await newPair(), name);
    const before = await tokenRequests();
    await pass(3_600_000);
    const tokens = await Promise.all(
      [...vaults, ...vaults, ...vaults].map((vault) => vault.accessToken(alice)),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(await tokenRequests()).toBe(before + 1);
    expect(await works(tokens[0] ?? '')).toBe(true);
  });

  it('lose nothing where one ends between RingCentral’s answer and its storing', async () => {
    const [dying, other] = shared;
    const vault = open(other);
    await vault.signIn(alice, await newPair(), name);
    await pass(3_600_000);
    await new Promise<void>((answered) => {
      const killed = open(dying, {
        ...ringcentral,
        async refresh(token) {
          await ringcentral.refresh(token);
          await connections[0]?.close();
          answered();
          return new Promise(() => {});
        },
      });
      void killed.accessToken(alice);
    });
    expect(await works(await vault.accessToken(alice))).toBe(true);
    await pass(3_600_000);
    expect(await works(await vault.accessToken(alice))).toBe(true);
  });

  it('keep a renewed pair where the record was only sealed anew meanwhile', async () => {
    const { store } = shared[1] as SharedTeam;
    const vault = open(shared[0], {
      ...ringcentral,
      async refresh(token) {
        // As by the start of a replica with another team key, which takes no lock.
        const before = (await store.read(alice)) as StoredRecord;
        await store.write(alice, { ...before, revision: before.revision + 1 }, before.revision);
        return ringcentral.refresh(token);
      },
    });
    await vault.signIn(alice, await newPair(), name);
    await pass(3_600_000);
    const token = await vault.accessToken(alice);
    expect(await works(token)).toBe(true);
    expect(await vault.accessToken(alice)).toBe(token);
  });

  it('end at each what one has ended, and wait for what the others take back', async () => {
    const [one, other] = [open(shared[0]), open(shared[1])];
    await one.signIn(alice, await newPair(), name);
    const token = await other.accessToken(alice);
    const events: string[] = [];
    let takenBack = () => {};
    other.onEnd((who, until, where) => {
      events.push(`${who} ended ${where}`);
      until(
        new Promise<void>((resolve) => {
          takenBack = resolve;
        }),
      );
    });
    other.onForget((who, where) => void events.push(`${who} forgotten ${where}`));
    const revoking = one.revoke(alice).then(() => events.push('revoked'));
    await expect.poll(() => events).toEqual([`${alice} ended elsewhere`, `${alice} forgotten elsewhere`]);
    for (let nth = 0; nth < 20; nth += 1) expect(await works(token)).toBe(true);
    takenBack();
    await revoking;
    expect(await works(token)).toBe(false);
    expect(await other.status(alice)).toBeUndefined();
  });

  it('wait for no renewal of another where one signs somebody out, and nobody gets its token', async () => {
    let answer = () => {};
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const revoked: string[] = [];
    let renewed: TokenPair | undefined;
    const renewing = open(shared[0], {
      ...ringcentral,
      async refresh(token) {
        asked();
        await new Promise<void>((resolve) => (answer = resolve));
        renewed = await ringcentral.refresh(token);
        return renewed;
      },
      revoke: async (token) => void revoked.push(token),
    });
    const other = open(shared[1], { ...ringcentral, revoke: async () => {} });
    const ended: string[] = [];
    renewing.onEnd((who, _, where) => void ended.push(`${who} ${where}`));
    await renewing.signIn(alice, await newPair(), name);
    await pass(3_600_000);
    const waiting = expect(renewing.accessToken(alice)).rejects.toMatchObject({ kind: 'forbidden' });
    await isAsked;
    await other.revoke(alice);
    expect(ended).toEqual([`${alice} elsewhere`]);
    expect(await renewing.status(alice)).toBeUndefined();
    answer();
    await waiting;
    expect(revoked).toEqual([renewed?.refreshToken]);
  });

  it('hear that RingCentral has ended a sign-in, and that somebody has paused', async () => {
    const [one, other] = [open(shared[0]), open(shared[1])];
    await one.signIn(alice, await newPair(), name);
    await other.status(alice);
    const events: string[] = [];
    other.onEnd((who) => void events.push(`${who} ended`));
    other.onPauseElsewhere((who) => void events.push(`${who} paused`));
    await one.choose(alice, { pausedAt: 1 });
    await expect.poll(() => events).toEqual([`${alice} paused`]);
    expect(other.choicesOf(alice).pausedAt).toBe(1);
    await one.choose(alice, { pausedAt: null });
    await expect.poll(() => other.choicesOf(alice).pausedAt).toBeNull();
    await control.fault({ kind: 'revoke-session' });
    await pass(3_600_000);
    await expect(one.accessToken(alice)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect.poll(() => events).toEqual([`${alice} paused`, `${alice} ended`]);
  });

  it('do not sign out by halves: where the others cannot be told, nothing has ended', async () => {
    const [replica] = shared as [SharedTeam];
    const away = new Failure('unavailable', 'Redis does not answer.');
    const store = { ...replica.store, remove: () => Promise.reject(away) };
    const vault = open({ ...replica, store });
    await vault.signIn(alice, await newPair(), name);
    const token = await vault.accessToken(alice);
    const ended: string[] = [];
    vault.onEnd((who) => void ended.push(who));
    await expect(vault.revoke(alice)).rejects.toBe(away);
    expect(ended).toEqual([]);
    expect(await vault.accessToken(alice)).toBe(token);
    expect(await works(token)).toBe(true);
  });

  it('look a person up at RingCentral at one replica, however many there are', async () => {
    const vaults = shared.map((one) => open(one));
    await vaults[0]?.signIn(alice, await newPair(), name);
    for (const vault of vaults) await vault.accessToken(alice);
    const admission = createAdmission({ accounts: ['1'] });
    const stops = vaults.map((vault, index) =>
      watchMembership({ vault, ringcentral, admission, clock, log, turn: shared[index]?.turn }),
    );
    onTestFinished(() => {
      for (const stop of stops) stop();
    });
    const lookedUp = async () =>
      (await control.requests()).requests.filter(({ path }) => path.endsWith('/extension/~')).length;
    const before = await lookedUp();
    clock.advance(4 * 60_000);
    await expect.poll(lookedUp).toBe(before + 1);
    // Each has asked for its turn by then: nobody of this account is let in.
    await expect.poll(() => vaults[1]?.status(alice)).toBeUndefined();
    expect(await lookedUp()).toBe(before + 1);
  });

  it('tell of whoever has used their sign-in last anywhere', async () => {
    const [one, other] = [open(shared[0]), open(shared[1])];
    await one.signIn(alice, await newPair(), name);
    clock.advance(10 * 60_000);
    await other.accessToken(alice);
    await expect.poll(async () => (await one.people())[0]?.lastUsedAt).toBe(clock.now());
  });

  it('do not take a reading that was overtaken by the end of the sign-in', async () => {
    const one = open(shared[0]);
    await one.signIn(alice, await newPair(), name);
    const { held, letGo } = slowed(connections[1] as OpenRedis, 'HGET');
    const slow = open(await openTestTeam(held, createSealer(keys)));
    const heard = new Promise<void>((resolve) => slow.onEnd(() => resolve()));
    await slow.status(alice);
    const reading = letGo.hold(() => slow.status(alice));
    await one.revoke(alice);
    await heard;
    letGo.now();
    expect(await reading).toBeUndefined();
  });

  it('look at everybody anew where Redis was emptied', async () => {
    const [one, other] = [open(shared[0]), open(shared[1])];
    await one.signIn(alice, await newPair(), name);
    await other.status(alice);
    const ended: string[] = [];
    other.onEnd((who) => void ended.push(who));
    await server.cli('FLUSHALL');
    await expect.poll(() => ended).toEqual([alice]);
    expect(await other.status(alice)).toBeUndefined();
  });

  it('show nothing to whoever reads Redis, and take no record of another person', async () => {
    const vault = open(shared[0]);
    const pair = await newPair();
    await vault.signIn(alice, pair, name);
    const people = connections[0]?.key('team', 'people') ?? '';
    const text = await server.cli('HGETALL', people);
    for (const secret of [pair.accessToken, pair.refreshToken ?? pair.accessToken, 'Alice'])
      expect(text).not.toContain(secret);
    await server.cli('HSET', people, bob, await server.cli('HGET', people, alice));
    await expect(vault.accessToken(bob)).rejects.toMatchObject({ kind: 'forbidden' });
    const { sealed, ...rest } = JSON.parse(await server.cli('HGET', people, alice));
    await server.cli(
      'HSET',
      people,
      alice,
      JSON.stringify({ ...rest, sealed, generation: rest.generation + 1 }),
    );
    await expect(vault.accessToken(alice)).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('give the token that is still good while Redis is away, and change nothing', async () => {
    const vault = open(shared[0]);
    await vault.signIn(alice, await newPair(), name);
    const token = await vault.accessToken(alice);
    await server.kill();
    expect(await vault.accessToken(alice)).toBe(token);
    expect((await vault.status(alice))?.state).toBe('active');
    await expect(vault.revoke(alice)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(vault.choose(alice, { pausedAt: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
    await pass(3_600_000);
    await expect(vault.accessToken(alice)).rejects.toMatchObject({ kind: 'unavailable' });
    await server.restart();
    await expect.poll(() => vault.accessToken(alice).catch(() => ''), { timeout: 10_000 }).not.toBe('');
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'what is damaged in Redis' : withoutRedis, () => {
  const record = { ...name, state: 'active', signedInAt: 0, lastUsedAt: 0, scope: '', renewedAt: 0 } as const;
  const of = (subject: string) => ({ ...record, subject, generation: 1, revision: 1, choices: {} });

  it.each([
    'no JSON',
    'null',
    '"text"',
    '{"revision":7}',
    '{"generation":1,"revision":"1","sealed":"v1.a.b.c"}',
  ])('the record %s of a person is left out and left alone, until they sign in again', async (damaged) => {
    const [{ store }] = (await openReplicas(1)) as [SharedTeam];
    const [redis] = connections as [OpenRedis];
    const people = new PersonRecords({
      ...{ store, sealer: createSealer(keys), clock: manualClock(), log },
      ...{ onEndedElsewhere() {}, onForgottenElsewhere() {}, onPausedElsewhere() {} },
    });
    await people.write(of(bob), undefined);
    await redis.send('HSET', redis.key('team', 'people'), alice, damaged);
    expect((await people.all()).map(({ subject }) => subject)).toEqual([bob]);
    expect(await people.rewrap()).toBe(0);
    expect(await redis.send('HGET', redis.key('team', 'people'), alice)).toBe(damaged);
    expect(await people.write(of(alice), undefined)).toBe(true);
    expect((await people.all()).map(({ subject }) => subject).toSorted()).toEqual([alice, bob]);
    await redis.send('HSET', redis.key('team', 'people'), alice, damaged);
    expect(await people.end(alice, () => {})).toBeUndefined();
    expect((await people.all()).map(({ subject }) => subject)).toEqual([bob]);
  });

  it('what an app was given does not keep a replica from starting', async () => {
    await openReplicas(1);
    const [redis] = connections as [OpenRedis];
    await redis.send('ZADD', redis.key('team', 'as', 'all', 'Client'), 1, 'app');
    await redis.send('HSET', redis.key('team', 'as', 'Client', 'app'), 'p', 'damaged');
    const next = await openTestTeam(redis, createSealer(keys));
    await next.close();
    expect(await redis.send('HGET', redis.key('team', 'as', 'Client', 'app'), 'p')).toBe('damaged');
  });

  it('the check of the team key refuses a start, and says which key to remove', async () => {
    await openReplicas(1);
    const [redis] = connections as [OpenRedis];
    const check = redis.key('team', 'check');
    await redis.send('SET', check, 'damaged');
    await expect(openTestTeam(redis, createSealer(keys))).rejects.toThrow(`${check} in Redis is damaged`);
    expect(await redis.send('GET', check)).toBe('damaged');
    const other = createSealer({ current: teamKey(randomBytes(32)) });
    await redis.send('DEL', check);
    const next = await openTestTeam(redis, createSealer(keys));
    await next.close();
    await expect(openTestTeam(redis, other)).rejects.toThrow('RC_MCP_TEAM_KEY is not the key');
  });
});
