import type { Clock } from '../../../src/shared/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and runs what is due, in order. */
  advance(ms: number): void;
  /** Somebody sets the wall clock: no time passes. */
  set(ms: number): void;
}

export function manualClock(start = Date.parse('2026-11-02T10:00:00Z')): ManualClock {
  let passed = 0;
  let wall = start;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => wall + passed,
    after(ms, run) {
      const timer = { at: passed + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = passed + ms;
      for (;;) {
        const [due] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        passed = due.at;
        due.run();
      }
      passed = end;
    },
    set(ms) {
      wall += ms;
    },
  };
}
