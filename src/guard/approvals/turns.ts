/** Work that is done one at a time, for sources that take turns: one that wants much waits for itself, others do not. */
export interface Turns {
  /** Undefined, without waiting, where so much of this source waits already, or of all together. */
  take<T>(source: string, work: () => Promise<T>): Promise<T | undefined>;
}

export function createTurns(perSource: number, total: number): Turns {
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
