import type { Clock } from '../../src/shared/clock.ts';

export interface ManualClock extends Clock {
  /**
   * Lets time pass: what is due runs in order, each at its own time. What that starts goes on when the test waits.
   */
  advance(ms: number): void;
  /** The same; waits before the first, and after each, for what was started. */
  advanceAsync(ms: number): Promise<void>;
  /** Somebody sets the wall clock `ms` forward or back: no time passes, and timers run when they would have. */
  set(ms: number): void;
}

/** A clock that stands still until a test moves it. */
export function manualClock(start = Date.parse('2026-11-02T10:00:00Z')): ManualClock {
  let passed = 0;
  let wall = start;
  const timers = new Set<{ at: number; run: () => void }>();
  /** Runs the next timer that is due by `end`; false where there is none. */
  const runNext = (end: number): boolean => {
    const [due] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
    if (!due) return false;
    timers.delete(due);
    passed = Math.max(passed, due.at);
    due.run();
    return true;
  };
  return {
    now: () => wall + passed,
    after(ms, run) {
      const timer = { at: passed + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = passed + ms;
      while (runNext(end));
      passed = end;
    },
    async advanceAsync(ms) {
      const end = passed + ms;
      do await settled();
      while (runNext(end));
      passed = end;
      await settled();
    },
    set(ms) {
      wall += ms;
    },
  };
}

/** Resolves when all that needs no time and no input or output has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
