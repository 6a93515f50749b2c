import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ActsOfPeople, createActsOfPeople } from '../../src/app/recent-acts.ts';
import { createRedisActsOfPeople } from '../../src/cluster/guard/acts-of-people.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { testKeys } from './support/guard-memories.ts';

let server: RedisServer;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const act = (what: string, outcome = 'Under way.') => ({ at: 1_000, what, outcome });

/** @param open gives what two replicas have */
function contract(open: () => Promise<[ActsOfPeople, ActsOfPeople]>): void {
  it('what was done through one replica is shown by any, with what came of it', async () => {
    const [here, there] = await open();
    here.add('bob', act('Put on hold'), 'a');
    there.add('bob', act('Transfer (+14*******99)', 'Not done.'));
    here.add('carol', act('Call out'), 'b');
    here.setOutcome('bob', 'a', 'Done.');
    const shown = [act('Put on hold', 'Done.'), act('Transfer (+14*******99)', 'Not done.')];
    await expect.poll(() => there.of('bob')).toHaveLength(2);
    await expect.poll(() => there.of('bob')).toEqual(expect.arrayContaining(shown));
    await expect.poll(() => there.of('carol')).toEqual([act('Call out')]);
  });

  it('the last fifty are kept, the oldest first, until the person is forgotten', async () => {
    const [here, there] = await open();
    for (let n = 1; n <= 60; n += 1) {
      here.add('bob', act(`act ${n}`), `a-${n}`);
      await here.of('bob');
    }
    const shown = await there.of('bob');
    expect([shown.length, shown[0]?.what, shown.at(-1)?.what]).toEqual([50, 'act 11', 'act 60']);
    there.forget('bob');
    await expect.poll(() => here.of('bob')).toEqual([]);
    here.setOutcome('bob', 'a-60', 'Done.');
    here.setOutcome('bob', 'no such act', 'Done.');
    await here.of('bob');
    expect(await there.of('bob')).toEqual([]);
  });
}

describe('acts that a person’s page shows, in memory', () =>
  contract(async () => {
    const acts = createActsOfPeople();
    return [acts, acts];
  }));

describe.skipIf(!hasRedis)(hasRedis ? 'acts that a person’s page shows, on Redis' : withoutRedis, () => {
  const connect = async (prefix?: string) => {
    const redis = await openTestRedis(server.url, prefix);
    onTestFinished(() => redis.close());
    return redis;
  };

  contract(async () => {
    const redis = await connect();
    const other = await connect(redis.key());
    return [createRedisActsOfPeople(redis, testKeys), createRedisActsOfPeople(other, testKeys)];
  });

  it('nobody who reads Redis sees them', async () => {
    const redis = await connect();
    const acts = createRedisActsOfPeople(redis, testKeys);
    acts.add('rc:1:2', act('Transfer (+14*******99)'), 'a');
    expect(await acts.of('rc:1:2')).toHaveLength(1);
    const keys = (await redis.send('KEYS', `${redis.key()}*`)) as string[];
    const [texts] = await Promise.all(
      keys.filter((key) => !key.endsWith('times')).map((key) => redis.send('HGETALL', key)),
    );
    expect(`${keys} ${texts}`).not.toMatch(/rc:1:2|Transfer|\+14/);
    for (const key of keys) expect(await redis.send('PTTL', key)).toBeGreaterThan(0);
  });

  it('an outcome that comes after a person was forgotten leaves nothing', async () => {
    const redis = await connect();
    const acts = createRedisActsOfPeople(redis, testKeys);
    acts.add('bob', act('Put on hold'), 'a');
    acts.forget('bob');
    acts.setOutcome('bob', 'a', 'Done.');
    await acts.of('bob');
    expect(await redis.send('KEYS', `${redis.key()}*`)).toEqual([]);
  });

  it('says that they cannot be read where Redis does not answer', async () => {
    const redis = await connect();
    const acts = createRedisActsOfPeople(redis, testKeys);
    server.freeze();
    try {
      acts.add('bob', act('Put on hold'));
      await expect(acts.of('bob')).rejects.toMatchObject({ kind: 'unavailable' });
    } finally {
      server.thaw();
    }
  });
});
