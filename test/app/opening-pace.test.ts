import { expect, it } from 'vitest';
import { createOpeningPace } from '../../src/app/opening-pace.ts';
import { Failure } from '../../src/shared/failure.ts';
import { manualClock } from '../support/clock.ts';

it('lets five a second ask for a token, in the order in which they came', async () => {
  const clock = manualClock();
  const turn = createOpeningPace(clock);
  const began: number[] = [];
  for (let nth = 0; nth < 12; nth += 1) void turn().then(() => began.push(nth));
  await clock.advanceAsync(0);
  expect(began).toEqual([0, 1, 2, 3, 4]);
  await clock.advanceAsync(999);
  expect(began).toHaveLength(5);
  await clock.advanceAsync(1);
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await clock.advanceAsync(1_000);
  expect(began).toHaveLength(12);
});

it('keeps nobody waiting for longer than twenty seconds, and says when to come again', async () => {
  const clock = manualClock();
  const turn = createOpeningPace(clock);
  const outcomes = Array.from({ length: 107 }, () =>
    turn().then(
      () => 'ok',
      (error: Failure) => error,
    ),
  );
  await clock.advanceAsync(25_000);
  const refused = (await Promise.all(outcomes)).filter((each) => each instanceof Failure);
  expect(refused).toHaveLength(2);
  expect(refused[0]).toMatchObject({ kind: 'unavailable', details: { retryAfterSeconds: 20 } });
  await expect(turn()).resolves.toBeUndefined();
});

it('a clock that was set back keeps nobody waiting', async () => {
  const clock = manualClock();
  const turn = createOpeningPace(clock);
  await turn();
  clock.set(-3_600_000);
  await expect(turn()).resolves.toBeUndefined();
});
