import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapClaim, CapCounts, CapLimits, Reservation } from '../../src/guard/limits/cap-counts.ts';
import { hasRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { onBothForms, redisBed } from './support/guard-memories.ts';

let server: RedisServer;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const dial: CapClaim = { rings: true, outside: false, acts: true };
const outside: CapClaim = { rings: false, outside: true, acts: false };
const on = (call: string): CapClaim => ({ rings: false, outside: false, acts: true, call });

const isReserved = (answer: keyof CapLimits | Reservation): answer is Reservation =>
  typeof answer === 'object';
async function reserve(caps: CapCounts, claim: CapClaim, limits: CapLimits = {}): Promise<Reservation> {
  const answer = await caps.reserve(claim, limits);
  if (!isReserved(answer)) throw new Error(`the limit is reached: ${answer}`);
  return answer;
}

describe('what counts for the caps', () => {
  onBothForms(
    () => server,
    (open) => {
      it('however many reserve at once at several replicas, no cap is passed', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.record({
              most: fc.integer({ min: 1, max: 6 }),
              kind: fc.constantFrom('ringing' as const, 'outside' as const, 'calls' as const),
              runners: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
            }),
            async ({ most, kind, runners }) => {
              const bed = await open();
              const replicas = await Promise.all([bed.replica(), bed.replica(), bed.replica()]);
              const claims = { ringing: dial, outside, calls: dial };
              const answers = await Promise.all(
                runners.map((at) => replicas[at]?.caps.reserve(claims[kind], { [kind]: most })),
              );
              const reserved = answers.filter((answer) => answer && isReserved(answer));
              expect(reserved).toHaveLength(Math.min(most, runners.length));
              expect(answers.filter((answer) => answer === kind)).toHaveLength(
                runners.length - reserved.length,
              );
            },
          ),
          { numRuns: 15 },
        );
      });

      it('the same call again is no different call', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        await reserve(here.caps, on('s-1'), { calls: 2 });
        await reserve(there.caps, on('s-2'), { calls: 2 });
        await reserve(there.caps, on('s-1'), { calls: 2 });
        expect(await here.caps.reached(on('s-3'), { calls: 2 })).toBe('calls');
        expect(await here.caps.reserve(on('s-3'), { calls: 2 })).toBe('calls');
        expect(await here.caps.reached(on('s-2'), { calls: 2 })).toBeUndefined();
        await reserve(here.caps, on('s-3'));
      });

      it('looking counts nothing', async () => {
        const { caps } = await (await open()).replica();
        for (let look = 0; look < 3; look += 1) {
          expect(await caps.reached({ ...dial, outside: true }, { ringing: 1, outside: 1, calls: 1 })).toBe(
            undefined,
          );
        }
      });

      it('what was not sent is given back', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        const claim = { ...dial, outside: true };
        const { release } = await reserve(here.caps, claim, { ringing: 1, outside: 1 });
        expect(await there.caps.reserve(claim, { ringing: 1 })).toBe('ringing');
        expect(await there.caps.reserve(claim, { outside: 1 })).toBe('outside');
        await release();
        await reserve(there.caps, claim, { ringing: 1, outside: 1 });
      });

      it('a call rings until it is settled, at whichever replica', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        const placed = await reserve(here.caps, dial, { ringing: 1 });
        expect((await there.caps.ringing()).map(({ telephonySessionId }) => telephonySessionId)).toEqual([
          undefined,
        ]);
        await placed.settle({ telephonySessionId: 's-9' });
        const [ringing] = await there.caps.ringing();
        expect(ringing?.telephonySessionId).toBe('s-9');
        expect(await there.caps.reserve(dial, { ringing: 1 })).toBe('ringing');
        await ringing?.settle();
        expect(await here.caps.ringing()).toEqual([]);
        const next = await reserve(here.caps, dial, { ringing: 1 });
        await next.settle(undefined);
        await reserve(there.caps, dial, { ringing: 1 });
      });

      it('each is counted for its time, also what nobody settled', async () => {
        const bed = await open();
        const { caps } = await bed.replica();
        const all = { ringing: 1, outside: 1, calls: 1 };
        await reserve(caps, { ...dial, outside: true }, all);
        await bed.pass(59_000);
        expect(await caps.reached(on('s-1'), all)).toBe('calls');
        await bed.pass(1_001);
        expect(await caps.reached(on('s-1'), all)).toBeUndefined();
        expect(await caps.reached(dial, all)).toBe('ringing');
        await bed.pass(60_000);
        expect(await caps.reached(dial, all)).toBeUndefined();
        expect(await caps.reached(outside, all)).toBe('outside');
        await bed.pass(480_000);
        expect(await caps.reached(outside, all)).toBeUndefined();
      });
    },
  );
});

describe.skipIf(!hasRedis)(hasRedis ? 'caps on a Redis that does not answer' : withoutRedis, () => {
  it('nothing is reserved, and what was given up counts for nothing later', async () => {
    const bed = await redisBed(server.url);
    const { caps } = await bed.replica();
    const claim = { ...dial, outside: true };
    await (await reserve(caps, claim)).release();
    server.freeze();
    try {
      await expect(caps.reserve(claim, {})).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(caps.reached(claim, { ringing: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
    } finally {
      server.thaw();
    }
    await expect.poll(() => caps.ringing().catch(() => 'away'), { timeout: 10_000 }).toEqual([]);
    expect(await caps.reached(claim, { ringing: 1, outside: 1 })).toBeUndefined();
  });

  it('shows nobody’s number, and no session’s id of a call that was acted on', async () => {
    const bed = await redisBed(server.url);
    const { caps } = await bed.replica();
    await reserve(caps, { ...on('s-secret'), outside: true });
    const redis = await bed.open();
    const keys = (await redis.send('KEYS', `${redis.key()}*`)) as string[];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(`${key} ${await redis.send('ZRANGE', key, 0, -1)}`).not.toContain('s-secret');
      expect(await redis.send('PTTL', key)).toBeGreaterThan(0);
    }
  });
});
