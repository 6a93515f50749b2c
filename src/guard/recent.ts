import type { Clock } from '../base/clock.ts';

/** What happened within the last `ms`, newest last. Bounded: when `limit` is reached, the oldest go first. */
export interface Recent<T> {
  add(entry: T): void;
  count(matches: (entry: T) => boolean): number;
  entries(): readonly T[];
}

export function recent<T>(clock: Clock, ms: number, limit = 10_000): Recent<T> {
  let kept: { entry: T; at: number }[] = [];
  const prune = () => {
    const oldest = clock.now() - ms;
    const first = kept.findIndex(({ at }) => at > oldest);
    if (first !== 0) kept = first < 0 ? [] : kept.slice(first);
  };
  return {
    add(entry) {
      prune();
      if (kept.length >= limit) kept.shift();
      kept.push({ entry, at: clock.now() });
    },
    count(matches) {
      prune();
      return kept.filter(({ entry }) => matches(entry)).length;
    },
    entries() {
      prune();
      return kept.map(({ entry }) => entry);
    },
  };
}
