import type { Clock } from './clock.ts';

/**
 * A function that loads at most once per `ttlMs`; callers at the same time share one load, and a failure is not kept.
 */
export function cached<T>(clock: Clock, ttlMs: number, load: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; loadedAt: number } | undefined;
  return () => {
    // Absolute, because a clock can be set back.
    if (kept && Math.abs(clock.now() - kept.loadedAt) < ttlMs) return kept.value;
    const value = load();
    const entry = { value, loadedAt: clock.now() };
    kept = entry;
    value.catch(() => {
      if (kept === entry) kept = undefined;
    });
    return value;
  };
}
