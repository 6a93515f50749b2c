import { justNowMs } from './waiters-share.ts';

/** Who waits for one thing: all of it, or the part of it that matters to them. */
interface Watcher<Part> {
  part: Part | undefined;
  /** How long they wait at most, where that is known. */
  waitMs: number | undefined;
}

/** Those who wait for the same thing, which is looked at for all of them at once. */
export class Watchers<Part = never> {
  readonly #watchers = new Set<Watcher<Part>>();

  /** Adds somebody who waits. Returns a function that removes them. */
  add(waitMs: number | undefined, part?: Part): () => void {
    const watcher = { part, waitMs };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** What each of them waits for; undefined where that is all of it. */
  parts(): (Part | undefined)[] {
    return [...this.#watchers].map(({ part }) => part);
  }

  /** The pause between looks that suits them all: see `fittingPause`. Infinite where nobody waits. */
  pauseMs(leastMs: number): number {
    return Math.min(...[...this.#watchers].map(({ waitMs }) => fittingPause(waitMs, leastMs)));
  }
}

/**
 * The pause between looks during a wait of `waitMs`, at least `leastMs`, so that its last look is at its end; without
 * a known end the least one. A wait that is over at once has one look.
 */
export const fittingPause = (waitMs: number | undefined, leastMs: number): number =>
  waitMs === undefined ? leastMs : Math.max(justNowMs, waitMs / Math.max(1, Math.floor(waitMs / leastMs)));
