import type { Clock } from './clock.ts';

/** Entries of the last `ms`, oldest first. Keeps `limit` entries; the oldest go first. */
export interface Recent<T> {
  add(entry: T): void;
  list(): readonly T[];
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
    list() {
      prune();
      return kept.map(({ entry }) => entry);
    },
  };
}

/** Distinct things that were touched within the last `ms`. Touching one again starts its time anew. */
export interface RecentlyTouched {
  touch(thing: string): void;
  things(): ReadonlySet<string>;
}

export function recentlyTouched(clock: Clock, ms: number): RecentlyTouched {
  /** The time of each thing, oldest first. */
  const times = new Map<string, number>();
  const prune = () => {
    for (const [thing, at] of times) {
      if (clock.now() - at < ms) break;
      times.delete(thing);
    }
  };
  return {
    touch(thing) {
      prune();
      times.delete(thing);
      times.set(thing, clock.now());
    },
    things() {
      prune();
      return new Set(times.keys());
    },
  };
}
