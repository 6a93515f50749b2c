import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { createPageSessionStore, type PageSessionStore } from '../../src/team/page-sessions.ts';
import { createPendingStore, type KeptSignIn, type PendingStore } from '../../src/team/pending-sign-ins.ts';
import { createSealer } from '../../src/team/seal.ts';
import { teamKey } from '../../src/team/team-keys.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { openTestTeam } from './support/test-team.ts';

const [alice, bob] = ['rc:1:101', 'rc:1:102'] as const;

interface Kept {
  pending: PendingStore;
  pageSessions: PageSessionStore;
}

let server: RedisServer;
let connection: OpenRedis;

/** What two replicas keep; the same of one process. */
const inMemory = async (): Promise<[Kept, Kept]> => {
  const kept = { pending: createPendingStore(), pageSessions: createPageSessionStore() };
  return [kept, kept];
};

async function inRedis(): Promise<[Kept, Kept]> {
  const sealer = createSealer({ current: teamKey(randomBytes(32)) });
  connection = await openTestRedis(server.url);
  const other = await openTestRedis(server.url, connection.key());
  const open = async (redis: OpenRedis) => {
    const shared = await openTestTeam(redis, sealer);
    onTestFinished(async () => {
      await shared.close();
      await redis.close();
    });
    return shared;
  };
  return [await open(connection), await open(other)];
}

const signIn = (mark: string, kind: 'app' | 'own page' = 'app'): KeptSignIn => ({
  purpose: kind === 'app' ? { kind, interactionId: mark, scopes: ['calls:read'] } : { kind },
  secrets: { state: mark, codeVerifier: `verifier ${mark}` },
  browser: 'ab',
  expiresAt: Date.now() + 60_000,
});
const session = (subject: string, usedAt = Date.now()) => ({
  ...{ subject, csrfToken: `token of ${subject}`, openedAt: usedAt, usedAt },
});

function contract(open: () => Promise<[Kept, Kept]>) {
  let one: Kept;
  let other: Kept;
  beforeEach(async () => {
    [one, other] = await open();
  });

  it('a sign-in is taken once, whoever asks first', async () => {
    await one.pending.put('s', signIn('s'));
    const taken = await Promise.all([one, other, one, other].map(({ pending }) => pending.take('s')));
    expect(taken.filter(Boolean)).toEqual(
      [signIn('s')].map((kept) => ({ ...kept, expiresAt: expect.any(Number) })),
    );
    expect(await one.pending.take('unknown')).toBeUndefined();
  });

  it('of sign-ins that never end those of own pages take no place of those of apps', async () => {
    await one.pending.put('app', signIn('app'));
    await one.pending.put('first', signIn('first', 'own page'));
    for (let n = 0; n < 1_000; n += 1) await one.pending.put(`${n}`, signIn(`${n}`, 'own page'));
    expect(await other.pending.take('app')).toBeDefined();
    expect(await other.pending.take('first')).toBeUndefined();
    expect(await other.pending.take('0')).toBeDefined();
  });

  it('a session is known until it is closed, and its use does not bring it back', async () => {
    await one.pageSessions.add('a', session(alice));
    expect(await other.pageSessions.get('a')).toMatchObject({
      subject: alice,
      csrfToken: `token of ${alice}`,
    });
    await other.pageSessions.use('a', session(alice, 5));
    expect(await one.pageSessions.get('a')).toMatchObject({ usedAt: 5 });
    await one.pageSessions.remove('a');
    await other.pageSessions.use('a', session(alice));
    expect(await other.pageSessions.get('a')).toBeUndefined();
  });

  it('sessions of one person end together', async () => {
    for (const key of ['a', 'b']) await one.pageSessions.add(key, session(alice));
    await one.pageSessions.add('c', session(bob));
    await other.pageSessions.removeOf(alice);
    const found = await Promise.all(['a', 'b', 'c'].map((key) => one.pageSessions.get(key)));
    expect(found.map((kept) => kept?.subject)).toEqual([undefined, undefined, bob]);
  });
}

describe('what is known of browsers, in memory', () => contract(inMemory));

describe.skipIf(!hasRedis)(hasRedis ? 'what is known of browsers, in Redis' : withoutRedis, () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  contract(inRedis);

  it('shows no secret, is bound to its name, and ends by itself', async () => {
    const [one, other] = await inRedis();
    await one.pending.put('state of a browser', signIn('secret'));
    await one.pageSessions.add('a', session(alice));
    await one.pageSessions.add('b', session(bob));
    const pages = connection.key('team', 'page');
    const found: string[] = [];
    for (const kind of ['pending', 'page']) {
      for (const key of (await server.cli('KEYS', `${connection.key('team', kind)}*`)).split('\n')) {
        const type = await server.cli('TYPE', key);
        if (type === 'hash') found.push(await server.cli('HGETALL', key));
        if (type === 'string') found.push(await server.cli('GET', key));
        found.push(key);
        expect(Number(await server.cli('PTTL', key)), key).toBeGreaterThan(0);
      }
    }
    for (const secret of ['secret', 'verifier', 'state of', 'token of', 'rc:1'])
      expect(found.join('\n')).not.toContain(secret);
    await server.cli('HSET', `${pages}:a`, 'p', await server.cli('HGET', `${pages}:b`, 'p'));
    expect(await other.pageSessions.get('a')).toBeUndefined();
  });
});
