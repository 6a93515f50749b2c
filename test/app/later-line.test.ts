import { expect, it } from 'vitest';
import { openLater } from '../../src/app/later-line.ts';
import type { Line } from '../../src/app/line.ts';
import type { Lines } from '../../src/app/lines.ts';
import { singleLine } from '../../src/app/switchboard.ts';
import { Failure } from '../../src/shared/failure.ts';

const line = {} as Line;

/** Lines that note how they end. */
function lines(ends: string[]): Lines {
  return {
    switchboard: singleLine(line),
    lines: () => [],
    stopAsking: () => void ends.push('stopAsking'),
    stopActing: async () => void ends.push('stopActing'),
    logOut: async () => void ends.push('logOut'),
  };
}

it('is opened once, and is the line of everybody then', async () => {
  let loaded = 0;
  const later = openLater(async () => {
    loaded += 1;
    return lines([]);
  });
  expect(() => later.switchboard.lineOf('local')).toThrow(Failure);
  await Promise.all([later.open?.(), later.open?.()]);
  expect(later.switchboard.lineOf('local')).toBe(line);
  expect(loaded).toBe(1);
});

it('is loaded again after it could not be', async () => {
  const loads = [() => Promise.reject(new Error('a file is gone')), async () => lines([])];
  const later = openLater(() => loads.shift()?.() ?? Promise.reject(new Error('too often')));
  await expect(later.open?.()).rejects.toThrow('a file is gone');
  expect(() => later.switchboard.lineOf('local')).toThrow(Failure);
  await later.open?.();
  expect(later.switchboard.lineOf('local')).toBe(line);
});

it('ends as far as it was opened, also while it is', async () => {
  const ends: string[] = [];
  const never = openLater(async () => lines(ends));
  never.stopAsking();
  await never.stopActing();
  await never.logOut();
  expect(ends).toEqual([]);
  let loaded = (_: Lines) => {};
  const later = openLater(
    () =>
      new Promise((resolve) => {
        loaded = resolve;
      }),
  );
  void later.open?.();
  const stopped = later.stopActing();
  loaded(lines(ends));
  await stopped;
  await later.logOut();
  expect(ends).toEqual(['stopActing', 'logOut']);
});
