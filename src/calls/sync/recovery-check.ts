import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallStore } from '../store/call-store.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { presenceReads } from './reconciler.ts';
import { retryWhileTransient } from './retry.ts';

export interface RecoveryCheckOptions {
  calls: CallStore;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  /** False while everything is read anyway. */
  isNeeded: () => boolean;
  /** Presence was read for the check. `at`: the stamp from before the request. */
  onPresence: (presences: Presence[], at: number) => Promise<void>;
  onDefect: OnDefect;
}

/**
 * Compares the calls with presence once after each recovery of the feed. A recovery suggests no loss, so nothing is
 * stale. But the gateway owes no order: missed events that come after its answer to our heartbeat, and those that its
 * buffer could not hold, would go unnoticed.
 */
export class RecoveryCheck {
  readonly #options: RecoveryCheckOptions;
  #isDue = false;

  constructor(options: RecoveryCheckOptions) {
    this.#options = options;
  }

  /** The connection was lost since the last check began. */
  get isDue(): boolean {
    return this.#isDue;
  }

  noteDisconnected(): void {
    this.#isDue = true;
  }

  /** Reads presence, and again while that may help; gives up where the connection is lost meanwhile. */
  async run(): Promise<void> {
    const { calls, reader, clock, scope, budgetWaitMs, signal, onPresence, onDefect } = this.#options;
    this.#isDue = false;
    const isNeeded = () => this.#options.isNeeded() && !this.#isDue && !signal.aborted;
    let at = 0;
    const presences = await retryWhileTransient(
      () => {
        at = calls.stamp();
        return reader.readPresence(scope, { signal, priority: 'background' });
      },
      {
        clock,
        signal,
        budgetWaitMs: () => budgetWaitMs(presenceReads[scope].group),
        isNeeded,
        onFailedAttempt: () => undefined,
        onDefect,
      },
    );
    if (presences && isNeeded()) await onPresence(presences, at);
  }
}
