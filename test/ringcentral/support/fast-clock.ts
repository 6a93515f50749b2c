import type { Clock } from '../../../src/shared/clock.ts';

/** A clock that runs a thousand times as fast, for waits of minutes against a sandbox in real time. */
export function fastClock(factor = 1_000): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    after(ms, run) {
      const timer = setTimeout(run, ms / factor);
      return () => clearTimeout(timer);
    },
  };
}
