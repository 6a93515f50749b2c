import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { redisSessionRegister } from '../../src/cluster/sessions/redis-session-register.ts';
import type {
  Claim,
  SessionRecord,
  SessionRegister,
  Standing,
} from '../../src/transports/http/replicas/session-register.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';

const record: SessionRecord = {
  principal: { name: 'key:alice', scopes: new Set(['calls:read']), grant: 'g' },
  kind: 'http',
  initialize: { capabilities: { elicitation: { form: {} } } },
};
const url = 'http://127.0.0.1:1';

describe.skipIf(!hasRedis)(hasRedis ? 'the register of sessions' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const open = async (count = 2): Promise<{ replicas: SessionRegister[]; redis: OpenRedis }> => {
    const first = await openTestRedis(server.url);
    const prefix = first.key('').slice(0, -1);
    const others = await Promise.all(
      Array.from({ length: count - 1 }, () => openTestRedis(server.url, prefix)),
    );
    onTestFinished(async () => void (await Promise.all([first, ...others].map((redis) => redis.close()))));
    return { replicas: [first, ...others].map(redisSessionRegister), redis: first };
  };

  it('tells every replica of a session and its owner, and whether that one is leaving', async () => {
    const { replicas } = await open();
    const [here, there] = replicas as [SessionRegister, SessionRegister];
    await here.beat(url, false);
    await here.enter({ id: 'one', epoch: 1 }, record);
    const owner = { replica: here.replica, url };
    expect(await there.find('one')).toEqual({ ...record, epoch: 1, owner: { ...owner, isLeaving: false } });
    expect(await there.find('two')).toBeUndefined();
    expect(await there.candidates()).toEqual([owner]);
    expect(await here.candidates()).toEqual([]);
    await here.beat(url, true);
    expect(await there.find('one')).toEqual({ ...record, epoch: 1, owner: { ...owner, isLeaving: true } });
    expect(await there.candidates()).toEqual([]);
    await here.leave();
    expect(await there.find('one')).toEqual({ ...record, epoch: 1 });
  });

  it.each(['no JSON', 'null', '{}'])(
    'a session whose record is %s is none, and keeps no other from its end',
    async (damaged) => {
      const { replicas, redis } = await open();
      const [here, there] = replicas as [SessionRegister, SessionRegister];
      await here.beat(url, false);
      for (const id of ['one', 'two']) await here.enter({ id, epoch: 1 }, record);
      await redis.send('HSET', redis.key('sess', here.nameOf('one')), 'record', damaged);
      expect(await there.find('one')).toBeUndefined();
      await there.endOf(({ name }) => name === record.principal.name);
      expect((await here.beat(url, false)).ended).toEqual([here.nameOf('two')]);
      expect(await redis.send('HGET', redis.key('sess', here.nameOf('one')), 'record')).toBe(damaged);
    },
  );

  it('hands what was kept to one of those who take a session over', async () => {
    const { replicas, redis } = await open(4);
    const [here, ...others] = replicas as [SessionRegister, ...SessionRegister[]];
    const claim = { id: 'one', epoch: 1 };
    await here.enter(claim, record);
    const odd = 'a "\ud800\u0000» é';
    expect(
      await here.keep(claim, {
        put: [
          ['e:1', odd],
          ['e:2', 'x'],
        ],
        drop: [],
      }),
    ).toBe('held');
    expect(await here.keep(claim, { put: [['e:3', 'y']], drop: ['e:2'] })).toBe('held');
    const taken = await Promise.all(others.map((other) => other.adopt('one', 1)));
    const won = taken.filter((one) => one !== undefined);
    expect(won).toHaveLength(1);
    expect(won[0]?.epoch).toBe(2);
    expect([...(won[0]?.kept ?? [])].sort()).toEqual([
      ['e:1', Buffer.from(odd).toString()],
      ['e:3', 'y'],
    ]);
    expect(await here.keep(claim, { put: [['e:4', 'late']], drop: [] })).toBe('over');
    expect(await redis.send('PTTL', redis.key('sess', here.nameOf('one')))).toBeGreaterThan(0);
    expect(await redis.send('PTTL', redis.key('sess', here.nameOf('one'), 'ev'))).toBeGreaterThan(0);
  });

  it('tells the owner which sessions another has ended', async () => {
    const { replicas } = await open();
    const [here, there] = replicas as [SessionRegister, SessionRegister];
    await here.beat(url, false);
    await here.enter({ id: 'one', epoch: 1 }, record);
    await here.enter({ id: 'two', epoch: 1 }, { ...record, principal: { ...record.principal, name: 'bob' } });
    await there.endOf(({ name }) => name === 'key:alice');
    expect(await there.find('one')).toBeUndefined();
    expect(
      await here.renew([
        { id: 'one', epoch: 1 },
        { id: 'two', epoch: 1 },
      ]),
    ).toEqual(['over', 'held']);
    expect(await here.beat(url, false)).toEqual({ hadLapsed: false, ended: [here.nameOf('one')] });
    expect(await here.beat(url, false)).toEqual({ hadLapsed: false, ended: [] });
    await here.leave();
    await there.endOf(({ name }) => name === 'bob');
    expect(await here.renew([{ id: 'two', epoch: 1 }])).toEqual(['missing']);
  });

  it('has one owner at most, whose epoch is greater than all before', async () => {
    const replicas = 3;
    const who = fc.integer({ min: 0, max: replicas - 1 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ what: fc.constant('adopt' as const), who, seen: fc.nat(3) }) },
      { weight: 4, arbitrary: fc.record({ what: fc.constant('keep' as const), who }) },
      { weight: 2, arbitrary: fc.record({ what: fc.constant('beat' as const), who }) },
      { weight: 2, arbitrary: fc.record({ what: fc.constant('leave' as const), who }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('release' as const), who }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('end' as const), who }) },
    );
    const { replicas: registers } = await open(replicas);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        run += 1;
        const id = `session ${run}`;
        const at = (place: number) => registers[place] as SessionRegister;
        for (const register of registers) await register.leave();
        const claims = new Map<number, Claim>([[0, { id, epoch: 1 }]]);
        await at(0).enter({ id, epoch: 1 }, record);
        // What must be so.
        let owner: number | undefined = 0;
        let epoch = 1;
        let isOver = false;
        const living = new Set<number>();
        const standing = (claim: Claim | undefined, place: number): Standing | undefined => {
          if (!claim) return undefined;
          if (isOver) return 'missing';
          return owner === place && claim.epoch === epoch ? 'held' : 'over';
        };
        for (const one of steps) {
          const claim = claims.get(one.who);
          const before = standing(claim, one.who);
          if (one.what === 'beat') {
            await at(one.who).beat(url, false);
            living.add(one.who);
          } else if (one.what === 'leave') {
            await at(one.who).leave();
            living.delete(one.who);
          } else if (one.what === 'adopt') {
            const seen = epoch - one.seen;
            const isFree = owner === undefined || owner === one.who || !living.has(owner);
            const taken = await at(one.who).adopt(id, seen);
            expect(taken !== undefined).toBe(!isOver && one.seen === 0 && isFree);
            if (!taken) continue;
            expect(taken.epoch).toBeGreaterThan(epoch);
            owner = one.who;
            epoch = taken.epoch;
            claims.set(one.who, { id, epoch });
          } else if (claim && one.what === 'keep') {
            expect(await at(one.who).keep(claim, { put: [['x', String(claim.epoch)]], drop: [] })).toBe(
              before,
            );
          } else if (claim && one.what === 'release') {
            await at(one.who).release(claim);
            if (before === 'held') owner = undefined;
          } else if (claim && one.what === 'end') {
            await at(one.who).end(claim);
            if (before === 'held') isOver = true;
          }
          const held = [];
          for (const [place, own] of claims) held.push(...(await at(place).renew([own])));
          expect(held.filter((state) => state === 'held').length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });
});
