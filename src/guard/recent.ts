import type { Clock } from '../base/clock.ts';

/** What happened within the last `ms`, newest last. Bounded: when `limit` is reached, the oldest go first. */
export interface Recent<T> {
  add(entry: T): void;
  count(matches: (entry: T) => boolean): number;
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
  };
}

/** Distinct things that each of several groups touched within the last `ms`. Touching again renews. */
export interface RecentlyTouched {
  touch(group: string, thing: string): void;
  of(group: string): ReadonlySet<string>;
}

export function recentlyTouched(clock: Clock, ms: number): RecentlyTouched {
  /** Per group the time of each thing, oldest first. */
  const groups = new Map<string, Map<string, number>>();
  const prune = (group: string) => {
    const things = groups.get(group) ?? new Map<string, number>();
    for (const [thing, at] of things) {
      if (clock.now() - at < ms) break;
      things.delete(thing);
    }
    return things;
  };
  return {
    touch(group, thing) {
      const things = prune(group);
      things.delete(thing);
      things.set(thing, clock.now());
      groups.set(group, things);
    },
    of: (group) => new Set(prune(group).keys()),
  };
}
