import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { Calls } from '../store/call-log.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { presenceReads } from './reconciler.ts';
import { retryWhileTransient } from './retry.ts';

export interface RecoveryCheckOptions {
  calls: Calls;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  /**
   * Whether nothing was missed since all calls were read. Where something was, all calls are read again anyway, and
   * the check is given up.
   */
  isSynced: () => boolean;
  /** Presence was read for the check. `at`: the stamp from before the request. What throws a Failure is tried again. */
  onPresence: (presences: Presence[], at: number) => Promise<void>;
  onDefect: OnDefect;
}

/**
 * Compares the calls with presence once after each recovery of the feed. A recovery suggests no loss, so nothing is
 * stale. But the gateway does not promise to send missed events before it answers our heartbeat, and its buffer may
 * have been too small for them: without the comparison such a loss would go unnoticed.
 */
export class RecoveryCheck {
  readonly #options: RecoveryCheckOptions;
  #isDue = false;

  constructor(options: RecoveryCheckOptions) {
    this.#options = options;
  }

  /** Whether the connection was lost since the last check began: the next recovery needs one. */
  get isDue(): boolean {
    return this.#isDue;
  }

  noteDisconnected(): void {
    this.#isDue = true;
  }

  /**
   * Reads presence, repeats that after a passing failure, and hands it to `onPresence`. Gives up where the connection
   * is lost meanwhile: the next recovery checks anew.
   */
  async run(): Promise<void> {
    const { calls, reader, clock, scope, budgetWaitMs, signal, onPresence, onDefect } = this.#options;
    this.#isDue = false;
    const isNeeded = () => this.#options.isSynced() && !this.#isDue && !signal.aborted;
    await retryWhileTransient(
      async () => {
        const at = calls.stamp();
        const presences = await reader.readPresence(scope, { signal, priority: 'background' });
        if (isNeeded()) await onPresence(presences, at);
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
  }
}
