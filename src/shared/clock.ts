import { uptime } from 'node:os';

/** The only source of time: tests hand in a clock that they wind themselves. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs once after `ms`; the answer cancels it. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void;
  /**
   * Milliseconds since the machine was started, sleep included, to the second: unlike `now` nobody sets it. Without
   * it `now` counts as never set forward.
   */
  uptime?(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  uptime: () => uptime() * 1000,
};
