import type { Clock } from '../../../src/shared/clock.ts';

export interface WoundClock extends Clock {
  /** Lets time pass; timers run in order, each at its own time. Waits for what they start. */
  advance(ms: number): Promise<void>;
  /** Time passes while nothing runs, as in a sleeping machine: due timers run late, on the next advance. */
  jump(ms: number): void;
}

/** A clock that stands still until a test winds it. */
export function woundClock(start = 1_700_000_000_000): WoundClock {
  let now = start;
  const timers = new Set<{ at: number; run: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
        await settle();
      }
      now = Math.max(now, end);
      await settle();
    },
    jump(ms) {
      now += ms;
    },
  };
}

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
