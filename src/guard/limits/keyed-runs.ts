import type { Clock } from '../../shared/clock.ts';

/** How long, in ms, a key is known, and how many are. */
export const REMEMBER_MS = 10 * 60_000;
export const LIMIT = 1_000;

/** What came of a run: what it returned, or what it threw. */
export type RunOutcome = { value: unknown } | { error: unknown };

/** The first run of a key. */
export interface KeyedRun {
  /**
   * Its request is about to leave: from now on nobody else may begin a run of this key.
   * @throws Failure `unavailable` where somebody has, because this process seemed dead
   */
  leaving(): Promise<void>;
  /**
   * Never rejects.
   * @param isKept false: the key is forgotten, since nothing was done
   */
  end(outcome: RunOutcome, isKept: boolean): Promise<void>;
}

export type BegunRun =
  | { kind: 'new'; run: KeyedRun }
  /** `outcome` waits for it; undefined: it was forgotten. */
  | { kind: 'known'; agoMs: number; outcome: Promise<RunOutcome | undefined> }
  | { kind: 'other arguments' }
  | { kind: 'too many' };

/** Knows which idempotency keys were used, so that each is run once. */
export interface KeyedRuns {
  /**
   * Begins the run of a key, or finds that there is one.
   * @param args digest of what the run is given
   */
  begin(key: string, args: string): Promise<BegunRun>;
}

interface Remembered {
  args: string;
  since: number;
  outcome: Promise<RunOutcome>;
}

/** In memory. */
export function createKeyedRuns(clock: Clock): KeyedRuns {
  const remembered = new Map<string, Remembered>();
  const forget = () => {
    for (const [key, { since }] of remembered) {
      if (clock.now() - since < REMEMBER_MS) break;
      remembered.delete(key);
    }
  };
  return {
    async begin(key, args) {
      forget();
      const known = remembered.get(key);
      if (known && known.args !== args) return { kind: 'other arguments' };
      if (known) return { kind: 'known', agoMs: clock.now() - known.since, outcome: known.outcome };
      if (remembered.size >= LIMIT) return { kind: 'too many' };
      let resolve = (_outcome: RunOutcome) => {};
      const outcome = new Promise<RunOutcome>((one) => {
        resolve = one;
      });
      const entry = { args, since: clock.now(), outcome };
      remembered.set(key, entry);
      return {
        kind: 'new',
        run: {
          async leaving() {},
          async end(ended, isKept) {
            if (!isKept && remembered.get(key) === entry) remembered.delete(key);
            resolve(ended);
          },
        },
      };
    },
  };
}
