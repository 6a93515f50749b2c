import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../src/clock.ts';
import { createRandom } from '../src/random.ts';

describe('the manual clock', () => {
  test('runs timers by moment, equal ones in the order they were set, each at its own time', () => {
    const delay = fc.nat({ max: 50 });
    fc.assert(
      fc.property(fc.array(delay, { maxLength: 60 }), (delays) => {
        const clock = new ManualClock(0);
        const ran: [number, number][] = [];
        delays.forEach((ms, order) => {
          clock.setTimeout(() => ran.push([clock.now(), order]), ms);
        });
        clock.advance(50);
        const expected = delays
          .map((ms, order): [number, number] => [ms, order])
          .sort(([a, first], [b, second]) => a - b || first - second);
        expect(ran).toEqual(expected);
      }),
    );
  });

  test('runs what is set on the way, and nothing that was cancelled or is still to come', () => {
    const clock = new ManualClock(1000);
    const ran: string[] = [];
    clock.setTimeout(() => clock.setTimeout(() => ran.push(`inner ${clock.now()}`), 5), 5);
    clock.setTimeout(() => ran.push('cancelled'), 5)();
    clock.setTimeout(() => ran.push('later'), 11);
    clock.advance(10);
    expect(ran).toEqual(['inner 1010']);
    expect(clock.now()).toBe(1010);
  });
});

test('the same seed gives the same chance, another seed another', () => {
  const draw = (seed: number) => createRandom(seed).hex(32);
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
  expect(createRandom(3).digits(12)).toMatch(/^[1-9]\d{11}$/);
});
