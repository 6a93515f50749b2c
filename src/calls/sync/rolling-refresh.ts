import type { Clock } from '../../shared/clock.ts';
import type { Calls } from '../store/call-log.ts';

/** Share of the Light requests a minute (platform.md 7) that is spent on reading calls again without a reason. */
const share = 0.2;
/** The least pause between two such readings, in ms: calls that are known to be wrong are read in between. */
const leastPauseMs = 20;

export interface RollingRefreshOptions {
  calls: Calls;
  clock: Clock;
  signal: AbortSignal;
  /** Light requests a minute that the platform allows. */
  lightPerMinute: () => number;
  /**
   * Whether nothing was missed since all calls were read. Where something was, all are read again, and the round
   * ends.
   */
  isSynced: () => boolean;
  /** This call's turn to be read again. */
  onDue: (telephonySessionId: string) => void;
}

/**
 * Has all live calls read again in turn, those first that were read longest ago, although nothing speaks against
 * them: presence tells neither mute nor recording, so a lost event of these is found in no other way.
 */
export class RollingRefresh {
  readonly #options: RollingRefreshOptions;
  #left: string[] = [];
  #isRunning = false;

  constructor(options: RollingRefreshOptions) {
    this.#options = options;
  }

  /** Begins a round, unless the last one is still under way. */
  startRound(): void {
    if (this.#isRunning) return;
    this.#left = this.#options.calls.longestUnverified();
    this.#next();
  }

  #next(): void {
    const { calls, clock, signal, isSynced, lightPerMinute, onDue } = this.#options;
    const id = isSynced() && !signal.aborted ? this.#nextLive(calls) : undefined;
    this.#isRunning = id !== undefined;
    if (id === undefined) return;
    onDue(id);
    clock.after(Math.max(leastPauseMs, 60_000 / (lightPerMinute() * share)), () => this.#next());
  }

  #nextLive(calls: Calls): string | undefined {
    for (let id = this.#left.pop(); id !== undefined; id = this.#left.pop()) {
      if (calls.session(id)?.over === false) return id;
    }
    return undefined;
  }
}
