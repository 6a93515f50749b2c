import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Failure, isTransient } from '../../shared/failure.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { Coverage } from './coverage.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { presenceReads } from './reconciler.ts';
import { retryWhileTransient } from './retry.ts';

export interface FullSyncOptions {
  calls: Calls;
  callLog: CallLog;
  coverage: Coverage;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  /** Events came in when it began: what changed during it is not missed. */
  isConnected: boolean;
  /** False when another reading has taken its place. */
  isCurrent: () => boolean;
  onFailure: (failure: Failure) => void;
  onDefect: OnDefect;
}

/**
 * Reads everything: which extension is logged in, presence, then the list of sessions; repeats what fails for as long
 * as that may help.
 */
export class FullSync {
  readonly isConnected: boolean;
  /** Presence was read for it. */
  isComplete = false;
  /** Sessions that are still to be read, and how many there were. */
  unread: Set<string> = new Set();
  total = 0;
  /** The last failure. */
  failure: Failure | undefined;
  readonly #options: FullSyncOptions;
  #failedAt = 0;
  #failingSince: number | undefined;

  constructor(options: FullSyncOptions) {
    this.#options = options;
    this.isConnected = options.isConnected;
  }

  /** Reads all but the sessions, which are then in `unread`. Never throws. */
  async begin(): Promise<void> {
    const { calls, callLog, coverage, reader, scope, signal, isCurrent } = this.#options;
    const own = await retryWhileTransient(() => reader.identity(), this.#retryOptions('light'));
    if (own) await callLog.setOwnExtension(own.extensionId);
    // The comparison, too: a log that is shared may not take it.
    const differing = await retryWhileTransient(async () => {
      const at = calls.stamp();
      const presences = await reader.readPresence(scope, { signal, priority: 'background' });
      return isCurrent() ? coverage.compare(presences, at) : [];
    }, this.#retryOptions(presenceReads[scope].group));
    if (!isCurrent()) return;
    this.isComplete = differing !== undefined;
    const known = calls.liveIds();
    const isKnown = new Set(known);
    // Those that only presence knows come first: one of them may be ringing.
    this.unread = new Set([...(differing ?? []).filter((id) => !isKnown.has(id)), ...known]);
    this.total = this.unread.size;
  }

  /** It has failed for longer than `patienceMs`, or cannot come to a good end. */
  isHopeless(patienceMs: number): boolean {
    const now = this.#options.clock.now();
    const isLasting = now - (this.#failingSince ?? now) >= patienceMs;
    return this.failure !== undefined && (isLasting || !isTransient(this.failure));
  }

  /** It has failed, and may be tried again. */
  isOverdue(retryMs: number): boolean {
    return this.failure !== undefined && this.#options.clock.now() - this.#failedAt >= retryMs;
  }

  #retryOptions(group: 'light' | 'heavy') {
    const { clock, signal, budgetWaitMs, isCurrent, onFailure, onDefect } = this.#options;
    return {
      clock,
      signal,
      budgetWaitMs: () => budgetWaitMs(group),
      isNeeded: () => isCurrent() && !signal.aborted,
      onDefect,
      onFailedAttempt: (failure: Failure) => {
        this.failure = failure;
        this.#failedAt = clock.now();
        this.#failingSince ??= this.#failedAt;
        onFailure(failure);
      },
    };
  }
}
