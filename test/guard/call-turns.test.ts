import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Action, Mandate } from '../../src/guard/action.ts';
import { createCallTurns } from '../../src/guard/call-turns.ts';

const on = (telephonySessionId: string, more: Partial<Action> = {}) =>
  ({ telephonySessionId, ...more }) as Action;
const with2 = { other: { telephonySessionId: 's-2', partyId: 'p-2' } };

/** Acts that want their turn one after the other; `begun` has the numbers of those that have it. */
function acts(...actions: Action[]) {
  const takeTurn = createCallTurns();
  const begun: number[] = [];
  const ends = actions.map(async (action, nth) => {
    const end = await takeTurn(action);
    begun.push(nth);
    return end;
  });
  const now = async () => {
    await setImmediate();
    return begun.toSorted();
  };
  return { now, end: async (nth: number) => (await ends[nth])?.() };
}

test('acts on one call take turns, in their order', async () => {
  const { now, end } = acts(on('s-1'), on('s-1'), on('s-2'), on('s-1'));
  expect(await now()).toEqual([0, 2]);
  await end(0);
  expect(await now()).toEqual([0, 1, 2]);
  await end(1);
  await end(1);
  expect(await now()).toEqual([0, 1, 2, 3]);
});

test('an act on two calls waits for both, and both for it', async () => {
  const { now, end } = acts(on('s-1'), on('s-2'), on('s-1', with2), on('s-2'));
  await end(0);
  expect(await now()).toEqual([0, 1]);
  await end(1);
  expect(await now()).toEqual([0, 1, 2]);
  await end(2);
  expect(await now()).toEqual([0, 1, 2, 3]);
});

test('nobody waits for a plan or its acts, nor they for others', async () => {
  const ofPlan = on('s-1', { mandate: {} as Mandate });
  const { now } = acts(on('s-1', { steps: [] }), ofPlan, on('s-1'), ofPlan);
  expect(await now()).toEqual([0, 1, 2, 3]);
});
