import { expect, it } from 'vitest';
import { collect } from '../../bench/support/garbage.ts';
import { cached } from '../../src/shared/cached.ts';
import { manualClock } from '../support/clock.ts';

const ttlMs = 60_000;

async function isInMemory(value: WeakRef<object>): Promise<boolean> {
  // The engine keeps it until the end of the turn in which it was looked at.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return value.deref() !== undefined;
}

it('lets go of what is too old, also when nobody asks again', async () => {
  const clock = manualClock();
  let loads = 0;
  const read = cached(clock, ttlMs, async () => {
    loads += 1;
    return {};
  });
  const value = new WeakRef(await read());
  clock.advance(ttlMs - 1);
  expect(await isInMemory(value)).toBe(true);
  clock.advance(1);
  expect(await isInMemory(value)).toBe(false);
  await read();
  expect(loads).toBe(2);
});

it('keeps what was read anew for its own time', async () => {
  const clock = manualClock();
  let loads = 0;
  const read = cached(clock, ttlMs, async () => {
    loads += 1;
  });
  await read();
  clock.advance(1_000);
  // Somebody sets the clock: what was read counts as old before its time has passed.
  clock.set(ttlMs);
  await read();
  clock.advance(ttlMs - 1_000);
  await read();
  expect(loads).toBe(2);
});
