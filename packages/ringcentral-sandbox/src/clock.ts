/**
 * The time of a sandbox. Only two things run on the system's clock instead: pings of WebSockets and the deadline of
 * webhook deliveries, because they depend on how fast another program answers.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds; the returned function cancels it. */
  setTimeout(run: () => void, ms: number): () => void;
}

/** The system's clock. Its timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Timer {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/**
 * A clock that stands still between calls of `advance`. Timers of the same moment run in the order in which they were
 * set.
 */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  /** Binary heap, the next timer first. */
  readonly #timers: Timer[] = [];

  /** @param start milliseconds since the epoch */
  constructor(start: number = Date.UTC(2026, 0, 5, 9)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, ms: number): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /**
   * Moves time on by `ms` milliseconds. Each timer that is due runs at its own moment, those set meanwhile included.
   */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#pop();
      this.#now = next.at;
      next.run?.();
    }
    this.#now = end;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || before(parent, timer)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && before(right, child)) {
        below += 1;
        child = right;
      }
      if (before(last, child)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
