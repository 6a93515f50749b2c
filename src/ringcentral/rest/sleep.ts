import type { Clock } from '../../shared/clock.ts';

/** Resolves after `ms` of the clock. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });
