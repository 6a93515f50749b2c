import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { redisGuardMemory } from '../../src/cluster/guard/redis-guard-memory.ts';
import type { PendingQuestion } from '../../src/guard/confirmation/pending-questions.ts';
import { actTerms } from '../../src/guard/limits/grant-terms.ts';
import type { GuardMemory } from '../../src/guard/memory.ts';
import { hasRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { onBothForms, redisBed, testKeys } from './support/guard-memories.ts';

let server: RedisServer;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const about = (principal = 'ann'): Omit<PendingQuestion, 'nonce' | 'askedAt'> => ({
  ...{ principal, tool: 'transfer_call_party', telephonySessionId: 's-1', binding: 'b', fingerprint: 'f' },
  ...{ rule: 'redirect', because: ['to +14155550177'], rang: false, offer: actTerms, round: 1 },
});
/** Puts a question of this principal about an act. */
async function ask({ questions }: GuardMemory, act: string, principal?: string, unanswered = () => {}) {
  const question = await questions.open(about(principal), act, unanswered);
  if ('why' in question) throw new Error(`asked enough: ${question.why}`);
  return question;
}
async function refusalOf({ questions }: GuardMemory, act: string, principal?: string) {
  const refusal = await questions.open(about(principal), act, () => {});
  return 'why' in refusal ? refusal : undefined;
}

describe('open questions', () => {
  onBothForms(
    () => server,
    (open) => {
      it('one is answered once, with all that it was put with, at any replica', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        const question = await ask(here, 'a');
        expect(await there.questions.waiting('ann')).toEqual([question]);
        expect(await there.questions.waiting('bob')).toEqual([]);
        const taken = await there.questions.take(question.nonce);
        expect(taken?.question).toEqual({ ...about(), nonce: question.nonce, askedAt: question.askedAt });
        expect(taken?.ageMs).toBeLessThan(45_000);
        expect(await here.questions.take(question.nonce)).toBeUndefined();
        expect(await here.questions.waiting('ann')).toEqual([]);
      });

      it('however many bring an answer at once, one is taken', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.nat(3), { minLength: 2, maxLength: 12 }), async (takers) => {
            const { replica } = await open();
            const replicas = await Promise.all([replica(), replica(), replica(), replica()]);
            const { nonce } = await ask(replicas[0] as GuardMemory, 'a');
            const taken = await Promise.all(takers.map((at) => replicas[at]?.questions.take(nonce)));
            expect(taken.filter(Boolean)).toHaveLength(1);
          }),
          { numRuns: 10 },
        );
      });

      it.each([undefined, 7, '', 'no such nonce', 'x.y'])('nothing is taken for %o', async (nonce) => {
        const { questions } = await (await open()).replica();
        expect(await questions.take(nonce)).toBeUndefined();
      });

      it('three wait at a time and six are put within a minute, of one principal, however many ask at once', async () => {
        const bed = await open();
        const replicas = [await bed.replica(), await bed.replica()];
        const tries = Array.from({ length: 8 }, (_, index) =>
          (replicas[index % 2] as GuardMemory).questions.open(about(), `act ${index}`, () => {}),
        );
        const first = (await Promise.all(tries)).flatMap((answer) => ('why' in answer ? [] : [answer]));
        expect(first).toHaveLength(3);
        const [here, there] = replicas as [GuardMemory, GuardMemory];
        const room = await refusalOf(there, 'more');
        expect(room?.why).toBe('open');
        expect(room?.waitMs).toBeLessThanOrEqual(45_000);
        await ask(there, 'another', 'bob');
        for (const { nonce } of first) await here.questions.take(nonce);
        const more = [await ask(here, 'd'), await ask(there, 'e'), await ask(here, 'f')];
        for (const { nonce } of more) await there.questions.take(nonce);
        expect(await refusalOf(here, 'g')).toMatchObject({ why: 'asked' });
        await bed.pass(20_000);
        const waitMs = (await refusalOf(there, 'g'))?.waitMs ?? 0;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(40_000);
        await bed.pass(waitMs + 1);
        await ask(here, 'g');
      });

      it('what was declined twice, at whichever replica, is not asked for ten minutes', async () => {
        const bed = await open();
        const [here, there] = [await bed.replica(), await bed.replica()];
        await here.questions.declined('a');
        await ask(there, 'a');
        await there.questions.declined('a');
        expect(await refusalOf(here, 'a')).toMatchObject({ why: 'declined' });
        await ask(here, 'b');
        await bed.pass(600_001);
        await ask(here, 'a');
      });

      it('a late answer is told from a forged one for ten minutes', async () => {
        const bed = await open();
        const memory = await bed.replica();
        const [late, tooLate] = [await ask(memory, 'a'), await ask(memory, 'b')];
        await bed.pass(45_001);
        expect(await memory.questions.waiting('ann')).toEqual([]);
        expect((await memory.questions.take(late.nonce))?.ageMs).toBeGreaterThanOrEqual(45_000);
        await bed.pass(600_000);
        // In memory it is forgotten when the next one is put.
        await ask(memory, 'c');
        expect(await memory.questions.take(tooLate.nonce)).toBeUndefined();
      });

      it('that nobody answered is told once, and not of what was answered elsewhere', async () => {
        const bed = await open();
        const told: string[] = [];
        const here = await bed.replica(() => told.push('changed'));
        const there = await bed.replica();
        const answered = await ask(here, 'a', 'ann', () => told.push('a'));
        await ask(here, 'b', 'ann', () => told.push('b'));
        await there.questions.take(answered.nonce);
        await bed.pass(45_000);
        await expect.poll(() => told).toEqual(['changed', 'b']);
      });
    },
  );
});

describe('grants, phones and what was begun', () => {
  onBothForms(
    () => server,
    (open) => {
      const grant = { principal: 'ann', tool: 'hold_call_party', telephonySessionId: 's-1' };

      it('a grant holds at any replica for its time, for its principal and act alone', async () => {
        const bed = await open();
        const [here, there] = [await bed.replica(), await bed.replica()];
        await here.grants.add('hold s-1', grant, 600_000);
        expect(await there.grants.has('hold s-1', 'ann')).toBe(true);
        expect(await there.grants.has('hold s-2', 'ann')).toBe(false);
        expect(await there.grants.of('ann')).toEqual([{ ...grant, expiresAt: expect.any(Number) }]);
        expect(await there.grants.of('bob')).toEqual([]);
        await bed.pass(599_000);
        expect(await there.grants.has('hold s-1', 'ann')).toBe(true);
        await bed.pass(1_001);
        expect(await there.grants.has('hold s-1', 'ann')).toBe(false);
        expect(await there.grants.of('ann')).toEqual([]);
      });

      it('a grant of a short time does not end one of a long time', async () => {
        const bed = await open();
        const memory = await bed.replica();
        await memory.grants.add('message', grant, 3_600_000);
        await memory.grants.add('act', grant, 600_000);
        await bed.pass(600_001);
        expect(await memory.grants.has('message', 'ann')).toBe(true);
        expect(await memory.grants.has('act', 'ann')).toBe(false);
      });

      it('a yes to a phone holds at any replica for eight hours, for its principal alone', async () => {
        const bed = await open();
        const [here, there] = [await bed.replica(), await bed.replica()];
        await here.phones.confirm('ann', 'd-1');
        expect(await there.phones.isConfirmed('ann', 'd-1')).toBe(true);
        expect(await there.phones.isConfirmed('ann', 'd-2')).toBe(false);
        expect(await there.phones.isConfirmed('bob', 'd-1')).toBe(false);
        await bed.pass(8 * 3_600_000);
        expect(await there.phones.isConfirmed('ann', 'd-1')).toBe(false);
      });

      it('what was begun at one replica is its principal’s at any', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        await here.own.add('placed', 's-1', 'ann');
        expect(await there.own.isOwn('placed', 's-1', 'ann')).toBe(true);
        expect(await there.own.isOwn('placed', 's-1', 'bob')).toBe(false);
        expect(await there.own.isOwn('placed', 's-2', 'ann')).toBe(false);
        expect(await there.own.isOwn('listening', 's-1', 'ann')).toBe(false);
      });
    },
  );
});

describe.skipIf(!hasRedis)(hasRedis ? 'yeses on Redis' : withoutRedis, () => {
  it('silences are told to others for as long as they are watched, and not after they are withdrawn', async () => {
    const { replica } = await redisBed(server.url);
    const [here, there] = [await replica(), await replica()];
    let isWatched = true;
    await here.silences.share('hold p-1', 'ann', () => isWatched);
    await here.silences.share('hold p-2', 'ann', () => isWatched);
    expect(await there.silences.isShared('hold p-1', 'ann')).toBe(true);
    expect(await there.silences.isShared('hold p-1', 'bob')).toBe(false);
    expect(await there.silences.isShared('hold p-3', 'ann')).toBe(false);
    await there.silences.withdraw('hold p-2');
    expect(await here.silences.isShared('hold p-2', 'ann')).toBe(false);
    isWatched = false;
    const isTold = () => there.silences.isShared('hold p-1', 'ann');
    await expect.poll(isTold, { timeout: 10_000 }).toBe(false);
  });

  it('a silence is told for longer than one telling lasts, until its replica is gone', async () => {
    const bed = await redisBed(server.url);
    const [here, there] = [await bed.replica(), await bed.replica()];
    await here.silences.share('hold p-1', 'ann', () => true);
    const redis = await bed.open();
    const left = async () => {
      const [key = ''] = (await redis.send('KEYS', `${redis.key()}*silence*`)) as string[];
      return Number(await redis.send('PTTL', key));
    };
    await expect.poll(left, { interval: 20, timeout: 5_000 }).toBeLessThan(1_600);
    await expect.poll(left, { interval: 20, timeout: 5_000 }).toBeGreaterThan(1_800);
    here.close();
    await expect.poll(() => there.silences.isShared('hold p-1', 'ann'), { timeout: 10_000 }).toBe(false);
  });

  it('another policy, line or team key shares no yes', async () => {
    const bed = await redisBed(server.url);
    const memory = await bed.replica();
    const redis = await bed.open();
    const other = (changed: { line?: string; policyHash?: string }) => {
      const { line = 'rc:1:2', policyHash = 'policy' } = changed;
      const made = redisGuardMemory({ redis, line, keys: testKeys })({ policyHash, changed() {} } as never);
      onTestFinished(() => made.close());
      return made;
    };
    const { nonce } = await ask(memory, 'a');
    await memory.grants.add('hold', { principal: 'ann', tool: 'hold_call_party' }, 600_000);
    await memory.phones.confirm('ann', 'd-1');
    for (const stranger of [other({ policyHash: 'another' }), other({ line: 'rc:1:3' })]) {
      expect(await stranger.questions.take(nonce)).toBeUndefined();
      expect(await stranger.grants.has('hold', 'ann')).toBe(false);
      expect(await stranger.grants.of('ann')).toEqual([]);
      expect(await stranger.phones.isConfirmed('ann', 'd-1')).toBe(false);
      expect(stranger.stateKeys[0]).not.toEqual(memory.stateKeys[0]);
    }
    expect(other({}).stateKeys).toEqual(memory.stateKeys);
    expect(await other({}).questions.take(nonce)).toBeDefined();
  });

  it('what somebody else wrote into Redis, or moved there, is no yes', async () => {
    const bed = await redisBed(server.url);
    const memory = await bed.replica();
    const redis = await bed.open();
    await memory.grants.add('hold s-1', { principal: 'ann', tool: 'hold_call_party' }, 600_000);
    await memory.phones.confirm('ann', 'd-1');
    await memory.phones.confirm('ann', 'd-2');
    const [grants = ''] = (await redis.send('KEYS', `${redis.key()}*:grants:*`)) as string[];
    const [id = '', text = ''] = (await redis.send('HGETALL', grants)) as string[];
    await redis.send('HSET', grants, id, `${text.slice(0, -2)}AA`);
    expect(await memory.grants.has('hold s-1', 'ann')).toBe(false);
    const phones = (await redis.send('KEYS', `${redis.key()}*:phone:*`)) as string[];
    await redis.send('RENAME', phones[0] ?? '', phones[1] ?? '');
    expect(await memory.phones.isConfirmed('ann', 'd-1')).toBe(false);
    expect(await memory.phones.isConfirmed('ann', 'd-2')).toBe(false);
  });

  it('whoever reads Redis sees no principal, number or call', async () => {
    const bed = await redisBed(server.url);
    const memory = await bed.replica();
    const redis = await bed.open();
    await ask(memory, 'transfer of s-1 to +14155550177', 'ann');
    await memory.questions.declined('s-1 ann');
    await memory.grants.add('s-1', { principal: 'ann', tool: 't', telephonySessionId: 's-1' }, 600_000);
    await memory.phones.confirm('ann', 's-1');
    await memory.own.add('placed', 's-1', 'ann');
    await memory.silences.share('s-1', 'ann', () => true);
    const keys = (await redis.send('KEYS', `${redis.key()}*`)) as string[];
    expect(keys.length).toBeGreaterThan(8);
    for (const key of keys) {
      const read = { string: ['GET'], zset: ['ZRANGE', 0, -1], hash: ['HGETALL'] };
      const kind = (await redis.send('TYPE', key)) as keyof typeof read;
      const [command = '', ...args] = read[kind];
      const words = [key, await redis.send(command, key, ...args)].join(' ');
      expect(words).not.toMatch(/\bann\b|4155550177|s-1|rc:1:2/);
      expect(Number(await redis.send('PTTL', key)), key).toBeGreaterThan(0);
    }
  });
});
