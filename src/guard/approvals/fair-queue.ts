/** Runs work one at a time; sources take turns, so that one that wants much delays itself and not the others. */
export interface FairQueue {
  /**
   * Runs `work` when it is its turn, and returns its result. Returns undefined at once when `perSource` of this
   * source or `total` of all wait already.
   */
  take<T>(source: string, work: () => Promise<T>): Promise<T | undefined>;
}

export function createFairQueue(perSource: number, total: number): FairQueue {
  /** Who waits, by source; the first source is the next. */
  const lanes = new Map<string, (() => void)[]>();
  let waiting = 0;
  let busy = false;

  const next = () => {
    const [first] = lanes;
    busy = first !== undefined;
    if (!first) return;
    const [source, lane] = first;
    const start = lane.shift();
    waiting -= 1;
    lanes.delete(source);
    if (lane.length > 0) lanes.set(source, lane);
    start?.();
  };

  return {
    async take(source, work) {
      const lane = lanes.get(source) ?? [];
      if (lane.length >= perSource || waiting >= total) return undefined;
      await new Promise<void>((start) => {
        lanes.set(source, lane);
        lane.push(start);
        waiting += 1;
        if (!busy) next();
      });
      return work().finally(next);
    },
  };
}
