import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createOnce } from '../../src/guard/limits/idempotency.ts';
import type { GuardMemory } from '../../src/guard/memory.ts';
import { Failure } from '../../src/shared/failure.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { onBothForms, redisBed } from './support/guard-memories.ts';

let server: RedisServer;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const keyed = (key: string, more: object = {}) => ({
  ...{ principal: 'ann', tool: 'create_call_out_call_session', key, args: { to: '102' } },
  ...more,
});
type Run<T> = (leaving?: () => Promise<void>) => Promise<T>;
const once = <T>({ runs }: GuardMemory, key: string, run: Run<T>, more: object = {}) =>
  createOnce(runs, manualClock())(keyed(key, more), run, (result) => result === 'question');

/** A run whose request has left once it has `begun`, and that waits until the test says what comes of it. */
function heldRun() {
  let end = (_result: string) => {};
  let begin = () => {};
  const result = new Promise<string>((resolve) => {
    end = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const run: Run<string> = async (leaving) => {
    await leaving?.();
    begin();
    return result;
  };
  return { run, begun, end: (value: string) => end(value) };
}

describe('runs of idempotency keys', () => {
  onBothForms(
    () => server,
    (open) => {
      it('however many use a key at once at several replicas, it runs once, and all are given its result', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.nat(2), { minLength: 2, maxLength: 9 }), async (users) => {
            const { replica } = await open();
            const replicas = [await replica(), await replica(), await replica()];
            let count = 0;
            const results = await Promise.all(
              users.map((at) =>
                once(replicas[at] as GuardMemory, 'k', async (leaving) => {
                  await leaving?.();
                  count += 1;
                  return { call: `s-${count}`, to: ['+14155550177'] };
                }),
              ),
            );
            expect(count).toBe(1);
            for (const result of results) expect(result).toEqual({ call: 's-1', to: ['+14155550177'] });
          }),
          { numRuns: 8 },
        );
      });

      it('another replica waits for the result', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        const first = heldRun();
        const results = [once(here, 'k', first.run)];
        await first.begun;
        results.push(once(there, 'k', async () => 'second'));
        first.end('first');
        expect(await Promise.all(results)).toEqual(['first', 'first']);
      });

      it('after ten minutes the key runs again', async () => {
        const bed = await open();
        const [here, there] = [await bed.replica(), await bed.replica()];
        await once(here, 'k', async () => 'first');
        await bed.pass(599_000);
        expect(await once(there, 'k', async () => 'second')).toBe('first');
        await bed.pass(1_001);
        expect(await once(there, 'k', async () => 'second')).toBe('second');
      });

      it('other arguments are refused, another principal or tool is another key', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        await once(here, 'k', async () => 'first');
        const refused = once(there, 'k', async () => 'second', { args: { to: '103' } });
        await expect(refused).rejects.toMatchObject({ kind: 'invalid_input' });
        expect(await once(there, 'k', async () => 'second', { principal: 'bob' })).toBe('second');
        expect(await once(there, 'k', async () => 'third', { tool: 'create_conference' })).toBe('third');
      });

      it('a question and a refusal are forgotten; an unknown outcome and a defect are kept', async () => {
        const { replica } = await open();
        const [here, there] = [await replica(), await replica()];
        const fail = (error: Error) => async (): Promise<string> => {
          throw error;
        };
        expect(await once(here, 'k', async () => 'question')).toBe('question');
        await expect(once(there, 'k', fail(new Failure('denied', 'No.')))).rejects.toMatchObject({
          kind: 'denied',
        });
        const perhaps = new Failure('unknown_outcome', 'Perhaps.', { inDoubt: 'calls' });
        await expect(once(here, 'k', fail(perhaps))).rejects.toMatchObject({ message: 'Perhaps.' });
        await expect(once(there, 'k', async () => 'again')).rejects.toMatchObject({
          kind: 'unknown_outcome',
          message: expect.stringMatching(/^Not done again: .* Perhaps\.$/),
          details: { inDoubt: 'calls' },
        });
        await expect(once(here, 'd', fail(new TypeError('a defect')))).rejects.toThrow('a defect');
        await expect(once(there, 'd', async () => 'again')).rejects.toThrow(/defect/);
      });

      it('a thousand keys are known at a time', async () => {
        const { replica } = await open();
        const memory = await replica();
        for (let at = 0; at < 1_000; at += 100) {
          await Promise.all(
            Array.from({ length: 100 }, (_, n) => once(memory, `k-${at + n}`, async () => n)),
          );
        }
        await expect(once(memory, 'one more', async () => 0)).rejects.toMatchObject({ kind: 'rate_limited' });
        expect(await once(memory, 'k-7', async () => 0)).toBe(7);
      });
    },
  );
});

describe.skipIf(!hasRedis)(hasRedis ? 'runs of replicas that end' : withoutRedis, () => {
  /** A replica in a process of its own that is killed while it runs the key `k`. */
  async function killedRunner(until: 'sent' | 'unsent') {
    const bed = await redisBed(server.url);
    const redis = await bed.open();
    const child = spawn(process.execPath, [
      ...['--import', 'tsx', 'test/cluster/support/keyed-runner.ts', server.url, redis.key(), 'k', until],
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error(errors)));
    });
    return { bed, kill: () => child.kill('SIGKILL') };
  }

  it('a run whose replica is killed before its request leaves runs again', { timeout: 20_000 }, async () => {
    const { bed, kill } = await killedRunner('unsent');
    const there = await bed.replica();
    let hasRun = false;
    const second = once(there, 'k', async () => {
      hasRun = true;
      return 'second';
    });
    kill();
    expect(await second).toBe('second');
    expect(hasRun).toBe(true);
  });

  it('one that is killed after that is never repeated', { timeout: 20_000 }, async () => {
    const { bed, kill } = await killedRunner('sent');
    const there = await bed.replica();
    const second = once(there, 'k', async () => 'second');
    kill();
    await expect(second).rejects.toMatchObject({ kind: 'unknown_outcome', details: { inDoubt: 'calls' } });
    await expect(once(there, 'k', async () => 'third')).rejects.toMatchObject({ kind: 'unknown_outcome' });
  });

  it('a replica that seemed dead sends nothing once another has begun', async () => {
    const bed = await redisBed(server.url);
    const [here, there] = [await bed.replica(), await bed.replica()];
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    let sent = '';
    const first = once(here, 'k', async (leaving) => {
      await gone;
      await leaving?.();
      sent += 'first';
      return 'first';
    });
    await expect.poll(async () => (await here.runs.begin('probe', '')).kind).toBe('new');
    // From now on it does not say that it lives.
    here.close();
    await bed.pass(5_001);
    const second = await once(there, 'k', async (leaving) => {
      await leaving?.();
      sent += 'second';
      return 'second';
    });
    go();
    await expect(first).rejects.toMatchObject({ kind: 'unavailable' });
    expect([second, sent]).toEqual(['second', 'second']);
    expect(await once(there, 'k', async () => 'third')).toBe('second');
  });

  it('a run goes on while its replica lives, however long it takes', async () => {
    const bed = await redisBed(server.url);
    const [here, there] = [await bed.replica(), await bed.replica()];
    const first = heldRun();
    const running = once(here, 'k', first.run);
    await first.begun;
    const redis = await bed.open();
    const second = once(there, 'k', async () => 'second');
    for (let time = 0; time < 3; time += 1) {
      await bed.pass(4_000);
      const alive = redis.key('guard', 'runner', '*');
      const left = async () => {
        const [key = ''] = (await redis.send('KEYS', alive)) as string[];
        return Number(await redis.send('PTTL', key));
      };
      await expect.poll(left).toBeGreaterThan(4_000);
    }
    first.end('first');
    expect(await Promise.all([running, second])).toEqual(['first', 'first']);
  });

  it('where Redis does not answer nothing is begun, and nothing leaves', { timeout: 20_000 }, async () => {
    const bed = await redisBed(server.url);
    const [here, there] = [await bed.replica(), await bed.replica()];
    let hasLeft = false;
    let go = () => {};
    const frozen = new Promise<void>((resolve) => {
      go = resolve;
    });
    const first = once(here, 'k', async (leaving) => {
      await frozen;
      await leaving?.();
      hasLeft = true;
      return 'first';
    }).catch((error: Failure) => error.kind);
    await expect.poll(() => there.runs.begin('probe', '').then(({ kind }) => kind)).toBe('new');
    server.freeze();
    try {
      go();
      await expect(once(there, 'other', async () => 'other')).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await first).toBe('unavailable');
    } finally {
      server.thaw();
    }
    expect(hasLeft).toBe(false);
    // What the frozen Redis was asked for does not happen later: both keys can be run.
    const again = (key: string) => once(there, key, async () => 'again').catch(() => 'away');
    await expect.poll(() => again('other'), { timeout: 10_000 }).toBe('again');
    expect(await again('k')).toBe('again');
  });

  it('what came of a run is written down once Redis answers again', { timeout: 20_000 }, async () => {
    const bed = await redisBed(server.url);
    const [here, there] = [await bed.replica(), await bed.replica()];
    const first = heldRun();
    const running = once(here, 'k', first.run);
    await first.begun;
    server.freeze();
    first.end('first');
    expect(await running).toBe('first');
    server.thaw();
    const result = () => once(there, 'k', async () => 'second').catch((error: Failure) => error.kind);
    await expect.poll(result, { timeout: 15_000 }).toBe('first');
  });
});
