import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairQueue } from '../../../src/guard/approvals/fair-queue.ts';
import { createLoginRecords, createLogins } from '../../../src/guard/approvals/logins.ts';
import { generatePasscode, hashPasscode, isGenerated } from '../../../src/guard/approvals/passcode.ts';
import { manualClock } from '../../support/clock.ts';

describe('turns', () => {
  test('are taken one at a time, by sources in turn, each in its order', async () => {
    const turns = createFairQueue(100, 1_000);
    const order: string[] = [];
    let running = 0;
    const work = (name: string) => async () => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      order.push(name);
      running -= 1;
    };
    const all = [];
    for (let n = 0; n < 20; n += 1) all.push(turns.take('flood', work(`flood ${n}`)));
    all.push(turns.take('operator', work('operator')));
    await Promise.all(all);
    expect(order.indexOf('operator')).toBeLessThanOrEqual(2);
    expect(order.filter((name) => name !== 'operator')).toEqual(
      Array.from({ length: 20 }, (_, n) => `flood ${n}`),
    );
  });

  test('are bounded, and go on whatever fails, for any number of sources', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 60 }), async (sources) => {
        const turns = createFairQueue(5, 20);
        const done = await Promise.all(
          sources.map((source, index) =>
            turns
              .take(String(source), async () => {
                if (index % 3 === 0) throw new Error('failed');
                return 'done';
              })
              .catch(() => 'failed'),
          ),
        );
        expect(done.filter((one) => one !== undefined).length).toBeLessThanOrEqual(21);
        expect(await turns.take('later', async () => 'done')).toBe('done');
      }),
    );
  });
});

describe('logins', () => {
  const flood = (logins: ReturnType<typeof createLogins>, source: string, count: number) => {
    const state = { answered: 0 };
    const all = Array.from({ length: count }, async (_, n) => {
      const login = await logins.open(`guess ${n}`, source);
      state.answered += 1;
      return login;
    });
    return { state, all: Promise.all(all) };
  };

  test('the right passcode of another address waits for one guess at most', async () => {
    const passcode = 'a passcode of their own';
    const logins = createLogins(await hashPasscode(passcode), createLoginRecords(manualClock()));
    const { state, all } = flood(logins, '10.0.0.9', 20);
    expect(await logins.open(passcode, '10.0.0.1')).toHaveProperty('token');
    expect(state.answered).toBeLessThanOrEqual(3);
    for (const login of await all) expect(login).toHaveProperty('refused');
  });

  test('a passcode that was made here, or was right once, waits for nobody', async () => {
    const passcode = generatePasscode();
    const hash = await hashPasscode(passcode);
    const shown = createLogins(hash, createLoginRecords(manualClock()), passcode);
    const set = createLogins(hash, createLoginRecords(manualClock()));
    expect(await set.open(passcode, '::1')).toHaveProperty('token');
    for (const logins of [shown, set]) {
      const { state, all } = flood(logins, '::1', 20);
      expect(await logins.open(passcode, '::1')).toHaveProperty('token');
      expect(state.answered).toBe(0);
      await all;
    }
  });

  test('a passcode of somebody’s own is not known again: that would make guesses cheap', async () => {
    const logins = createLogins(await hashPasscode('123456'), createLoginRecords(manualClock()));
    expect(await logins.open('123456', 'a')).toHaveProperty('token');
    const { state, all } = flood(logins, 'a', 5);
    expect(await logins.open('123456', 'a')).toHaveProperty('token');
    expect(state.answered).toBe(5);
    await all;
  });

  test('a made passcode has the form of one, and nothing shorter has', () => {
    for (let n = 0; n < 100; n += 1) expect(isGenerated(generatePasscode())).toBe(true);
    for (const other of [
      '',
      '123456',
      'abcd-efgh-jkmn',
      `${generatePasscode()}a`,
      generatePasscode().toUpperCase(),
    ]) {
      expect(isGenerated(other)).toBe(false);
    }
  });
});
