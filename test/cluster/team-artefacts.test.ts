import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { type Artefacts, createArtefacts } from '../../src/team/artefacts.ts';
import { createSealer } from '../../src/team/seal.ts';
import { type TeamKeys, teamKey } from '../../src/team/team-keys.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { slowed } from './support/slowed.ts';
import { openTestTeam } from './support/test-team.ts';

const [alice, bob] = ['rc:1:101', 'rc:1:102'] as const;
const thrown = { alreadyUsed: () => new Error('already used'), tooLarge: () => new Error('too large') };

interface Form {
  /** Artefacts as each of two replicas has them; the same of one process. */
  open(): Promise<[Artefacts, Artefacts]>;
}

const memory: Form = {
  async open() {
    const artefacts = createArtefacts({ clock: manualClock(), ...thrown });
    return [artefacts, artefacts];
  },
};

let server: RedisServer;
let connections: OpenRedis[];
let keys: TeamKeys;

async function replica(redis: OpenRedis, teamKeys = keys) {
  const shared = await openTestTeam(redis, createSealer(teamKeys));
  onTestFinished(() => shared.close());
  const artefacts = shared.openArtefacts(thrown);
  shared.listen();
  return artefacts;
}

const onRedis: Form = {
  async open() {
    keys = { current: teamKey(randomBytes(32)) };
    const one = await openTestRedis(server.url);
    const other = await openTestRedis(server.url, one.key());
    connections = [one, other];
    for (const redis of connections) onTestFinished(() => redis.close());
    return [await replica(one), await replica(other)];
  },
};

function contract(form: Form) {
  let one: Artefacts;
  let other: Artefacts;
  let ended: string[];
  beforeEach(async () => {
    [one, other] = await form.open();
    ended = [];
    one.onGrantEnd((accountId, grantId, where) => ended.push(`${accountId} ${grantId} ${where}`));
  });

  const put = (model: string, id: string, payload: AdapterPayload, seconds: number | undefined = 60) =>
    one.adapterOf(model).upsert(id, payload, seconds);
  const find = (model: string, id: string) => other.adapterOf(model).find(id);
  const permission = async (grantId: string, accountId: string) => {
    await put('Grant', grantId, { accountId, clientId: 'app', iat: 5, openid: { scope: 'calls:read' } });
    await put('AuthorizationCode', `code of ${grantId}`, { grantId, accountId });
    await put('RefreshToken', `token of ${grantId}`, { grantId, accountId });
  };

  it('what one replica keeps the other finds, until it is destroyed', async () => {
    await put('Session', 's', { uid: 'u', accountId: alice });
    expect(await find('Session', 's')).toEqual({ uid: 'u', accountId: alice });
    expect(await other.adapterOf('Session').findByUid('u')).toEqual({ uid: 'u', accountId: alice });
    await other.adapterOf('Session').destroy('s');
    expect(await one.adapterOf('Session').find('s')).toBeUndefined();
    expect(await one.adapterOf('Session').findByUid('u')).toBeUndefined();
  });

  it.each(['AuthorizationCode', 'RefreshToken'])(
    'of twenty who use the same %s at once one gets it, and with that the permission ends',
    async (model) => {
      await permission('g', alice);
      await permission('other', bob);
      const id = model === 'RefreshToken' ? 'token of g' : 'code of g';
      const used = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).adapterOf(model).consume(id)),
      );
      expect(used.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await one.hasGrant('g')).toBe(false);
      expect(await other.hasGrant('g')).toBe(false);
      expect(await find('RefreshToken', 'token of g')).toBeUndefined();
      expect(await find('AuthorizationCode', 'code of g')).toBeUndefined();
      expect(await other.hasGrant('other')).toBe(true);
      await expect
        .poll(() => ended.map((line) => line.replace(/ (here|elsewhere)$/, '')))
        .toEqual([`${alice} g`]);
    },
  );

  it('what was used is found as such', async () => {
    await permission('g', alice);
    await one.adapterOf('AuthorizationCode').consume('code of g');
    expect(await find('AuthorizationCode', 'code of g')).toMatchObject({ consumed: expect.any(Number) });
  });

  it('what was never there cannot be used', async () => {
    await expect(one.adapterOf('AuthorizationCode').consume('c')).rejects.toThrow('already used');
  });

  it('tells what a person lets apps do, the newest first', async () => {
    await put('Client', 'app', { client_id: 'app', client_name: 'Test host' }, undefined);
    await permission('g', alice);
    await put('Grant', 'later', { accountId: alice, clientId: 'https://a.example', iat: 9, openid: {} });
    expect(await other.permissionsOf(alice)).toEqual([
      { id: 'g', clientId: 'app', clientName: 'Test host', since: 5_000, scopes: ['calls:read'] },
    ]);
    await put('RefreshToken', 't', { grantId: 'later', accountId: alice });
    expect((await other.permissionsOf(alice)).map(({ id }) => id)).toEqual(['later', 'g']);
    expect(await other.permissionsOf(bob)).toEqual([]);
  });

  it('a permission is ended by whose it is, and by nobody else', async () => {
    await permission('g', alice);
    expect(await one.endPermission(bob, 'g')).toBe(false);
    expect(await other.hasGrant('g')).toBe(true);
    expect(await one.endPermission(alice, 'g')).toBe(true);
    expect(await one.endPermission(alice, 'g')).toBe(false);
    expect(await other.hasGrant('g')).toBe(false);
    expect(await find('RefreshToken', 'token of g')).toBeUndefined();
    expect(ended).toEqual([`${alice} g here`]);
  });

  it('the end of a person is the end of all that is theirs, and nobody else’s', async () => {
    await permission('g', alice);
    await permission('h', alice);
    await permission('b', bob);
    await put('Session', 's', { uid: 'u', accountId: alice });
    await other.endPerson(alice);
    expect(await one.grantsOf(alice)).toEqual([]);
    expect(await one.hasGrant('h')).toBe(false);
    expect(await find('RefreshToken', 'token of h')).toBeUndefined();
    expect(await find('Session', 's')).toBeUndefined();
    expect(await one.grantsOf(bob)).toEqual(['b']);
  });

  it('the end of a sign-in leaves permissions and tokens, and nothing that browsers know', async () => {
    await permission('g', alice);
    await put('Session', 's', { uid: 'u', accountId: alice });
    await other.endSessions(alice);
    expect(await one.grantsOf(alice)).toEqual(['g']);
    expect(await find('Session', 's')).toBeUndefined();
    expect(await find('AuthorizationCode', 'code of g')).toBeUndefined();
  });

  it('takes back the tokens of a permission alone', async () => {
    await permission('g', alice);
    await other.adapterOf('RefreshToken').revokeByGrantId('g');
    expect(await find('RefreshToken', 'token of g')).toBeUndefined();
    expect(await one.hasGrant('g')).toBe(true);
    expect(await one.grantsOf(alice)).toEqual([]);
  });

  it('of requests that nobody has answered the newest thousand are kept', async () => {
    for (let index = 0; index <= 1_000; index += 1) await put('Interaction', `${index}`, {});
    expect(await find('Interaction', '0')).toBeUndefined();
    expect(await find('Interaction', '1')).toEqual({});
  });

  it('apps that strangers register do not push out one that somebody has connected', async () => {
    const register = (id: string) => put('Client', id, { client_id: id }, undefined);
    await register('app');
    await register('never connected');
    await permission('g', alice);
    for (let index = 0; index < 1_000; index += 1) await register(`${index}`);
    expect(await find('Client', 'app')).toMatchObject({ client_id: 'app' });
    expect(await find('Client', 'never connected')).toBeUndefined();
    expect(await find('Client', '999')).toBeDefined();
  });

  it('of used refresh tokens of a permission the last five are known', async () => {
    await permission('g', alice);
    for (let turn = 0; turn < 7; turn += 1) {
      await put('RefreshToken', `${turn}`, { grantId: 'g', accountId: alice });
      await other.adapterOf('RefreshToken').consume(`${turn}`);
    }
    expect(await find('RefreshToken', '1')).toBeUndefined();
    expect(await find('RefreshToken', '2')).toMatchObject({ consumed: expect.any(Number) });
    expect(await find('RefreshToken', 'token of g')).toBeDefined();
  });

  it('what is larger than any request needs is refused', async () => {
    await expect(put('Client', 'c', { client_name: 'x'.repeat(20_000) })).rejects.toThrow('too large');
    expect(await find('Client', 'c')).toBeUndefined();
  });
}

describe('artefacts in memory', () => contract(memory));

describe.skipIf(!hasRedis)(hasRedis ? 'artefacts in Redis' : withoutRedis, () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  contract(onRedis);

  const grant = { accountId: alice, clientId: 'app' };
  const all = async (prefix: string) => (await server.cli('KEYS', `${prefix}*`)).split('\n');

  it('expire by themselves', async () => {
    const [one, other] = await onRedis.open();
    await one.adapterOf('AuthorizationCode').upsert('c', { grantId: 'g' }, 0.05);
    await expect.poll(() => other.adapterOf('AuthorizationCode').find('c')).toBeUndefined();
    await expect(one.adapterOf('AuthorizationCode').consume('c')).rejects.toThrow('already used');
  });

  it('show nothing to whoever reads Redis, and each key ends or is bounded', async () => {
    const [one] = await onRedis.open();
    const payload = { ...grant, grantId: 'g', codeChallenge: 'challenge', redirectUri: 'http://app' };
    await one.adapterOf('Grant').upsert('g', grant, 60);
    await one.adapterOf('AuthorizationCode').upsert('secret code', payload, 60);
    await one.adapterOf('Session').upsert('secret cookie', { uid: 'secret uid', accountId: alice }, 60);
    const prefix = connections[0]?.key() ?? '';
    const found: string[] = [];
    for (const key of await all(prefix)) {
      found.push(key);
      if ((await server.cli('TYPE', key)) === 'hash') found.push(await server.cli('HGETALL', key));
      const isBounded = /:(all:\w+|unknown-apps|order|notices|check)$/.test(key);
      if (!isBounded) expect(Number(await server.cli('PTTL', key)), key).toBeGreaterThan(0);
    }
    for (const secret of ['secret', 'challenge', 'http://app'])
      expect(found.join('\n')).not.toContain(secret);
  });

  it('that were handed to another id, or changed, are not found', async () => {
    const [one, other] = await onRedis.open();
    const code = one.adapterOf('AuthorizationCode');
    await code.upsert('mine', { accountId: alice }, 60);
    const [mine = ''] = (await all(connections[0]?.key('team', 'as', 'AuthorizationCode') ?? '')).sort();
    await code.upsert('theirs', { accountId: bob }, 60);
    const keysOf = await all(connections[0]?.key('team', 'as', 'AuthorizationCode') ?? '');
    const theirs = keysOf.find((key) => key !== mine) ?? '';
    await server.cli('HSET', mine, 'p', await server.cli('HGET', theirs, 'p'));
    expect(await other.adapterOf('AuthorizationCode').find('mine')).toBeUndefined();
    const sealed = await server.cli('HGET', theirs, 'p');
    await server.cli('HSET', theirs, 'p', `${sealed.slice(0, -4)}AAAA`);
    expect(await other.adapterOf('AuthorizationCode').find('theirs')).toBeUndefined();
  });

  it('the end of a permission is heard at the other replica, and not again there', async () => {
    const [one, other] = await onRedis.open();
    const heard: string[] = [];
    other.onGrantEnd((accountId, grantId, where) => heard.push(`${accountId} ${grantId} ${where}`));
    await one.adapterOf('Grant').upsert('g', grant, 60);
    await one.adapterOf('Grant').destroy('g');
    await expect.poll(() => heard).toEqual([`${alice} g elsewhere`]);
  });

  it('a reading that was overtaken by the end of a permission does not count', async () => {
    const [one] = await onRedis.open();
    await one.adapterOf('Grant').upsert('g', grant, 60);
    const { held, letGo } = slowed(connections[1] as OpenRedis, 'HMGET');
    const slow = await replica(held);
    const heard = new Promise<void>((resolve) => slow.onGrantEnd(() => resolve()));
    const reading = letGo.hold(() => slow.hasGrant('g'));
    await one.endPermission(alice, 'g');
    await heard;
    letGo.now();
    expect(await reading).toBe(false);
  });

  it('the ends of permissions are noticed where Redis was emptied', async () => {
    const [one, other] = await onRedis.open();
    const heard: string[] = [];
    other.onGrantEnd((accountId, grantId, where) => heard.push(`${accountId} ${grantId} ${where}`));
    await one.adapterOf('Grant').upsert('g', grant, 60);
    await one.adapterOf('Grant').upsert('h', grant, 60);
    await one.adapterOf('Grant').destroy('h');
    expect(await other.hasGrant('g')).toBe(true);
    await expect.poll(() => heard).toEqual([`${alice} h elsewhere`]);
    await server.cli('FLUSHALL');
    await expect.poll(() => heard).toEqual([`${alice} h elsewhere`, `${alice} g elsewhere`]);
  });

  it('are there after a change of the team key', async () => {
    const [one] = await onRedis.open();
    await one.adapterOf('Grant').upsert('g', grant, 60);
    const [redis] = connections;
    const current = teamKey(randomBytes(32));
    if (redis) await replica(redis, { current, previous: keys.current });
    if (redis) expect(await (await replica(redis, { current })).hasGrant('g')).toBe(true);
  });

  it('refuse what cannot be decided while Redis is away', async () => {
    const [one] = await onRedis.open();
    server.freeze();
    await expect(one.adapterOf('AuthorizationCode').consume('c')).rejects.toMatchObject({
      kind: 'unavailable',
    });
    server.thaw();
    await expect.poll(() => one.hasGrant('g').catch(() => undefined)).toBe(false);
  });
});
