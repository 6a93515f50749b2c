import type { Clock } from '../base/clock.ts';

/** Loads at most once per `ttlMs`, callers at the same time share one load; a failure is not remembered. */
export function cached<T>(clock: Clock, ttlMs: number, load: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (kept && kept.until > clock.now()) return kept.value;
    const value = load();
    const entry = { value, until: clock.now() + ttlMs };
    kept = entry;
    value.catch(() => {
      if (kept === entry) kept = undefined;
    });
    return value;
  };
}
