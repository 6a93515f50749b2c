import type { Clock } from './clock.ts';

/**
 * A function that loads at most once per `ttlMs`; callers at the same time share one load, and a failure is not kept.
 * What is older is let go of, also where nobody asks again: a directory can be large, and each line has one.
 */
export function cached<T>(clock: Clock, ttlMs: number, load: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; loadedAt: number } | undefined;
  return () => {
    // Absolute, because a clock can be set back.
    if (kept && Math.abs(clock.now() - kept.loadedAt) < ttlMs) return kept.value;
    const value = load();
    const entry = { value, loadedAt: clock.now() };
    kept = entry;
    const letGo = () => {
      if (kept === entry) kept = undefined;
    };
    value.catch(letGo);
    // A timer cannot wait for ever.
    if (Number.isFinite(ttlMs)) clock.after(ttlMs, letGo);
    return value;
  };
}
