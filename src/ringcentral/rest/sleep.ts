import type { Clock } from '../../base/clock.ts';

/** Resolves after `ms` of the clock. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });
