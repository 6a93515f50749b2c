import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { countedDown, type Failure, isTransient } from '../../shared/failure.ts';
import { moment } from '../../shared/moment.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { PresenceSnapshot } from '../store/presence-comparison.ts';
import { isFull, MissingCalls } from './missing-calls.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { presenceEveryMs } from './reconciler.ts';

export interface CoverageOptions {
  calls: Calls;
  callLog: CallLog;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  recovers: boolean;
  signal: AbortSignal;
}

/** How the store stands. Times in epoch ms. */
export interface SyncProgress {
  /** There was a complete reading since the start. */
  hasFirstSync: boolean;
  /** Events come in, and nothing of what they told since then was missed. */
  syncedAt: number | undefined;
  isConnected: boolean;
}

/** Rounds of presence that may fail before it is reported: one failure is made up for by the next. */
const roundsUntilOverdue = 2.5;
/** Longer than anybody talks to a voicemail: three minutes is usual; RingCentral documents no limit. */
const voicemailMs = 600_000;

/**
 * Knows whether every call is in the store: when it was last compared with the calls that RingCentral lists, and
 * what that list leaves out.
 */
export class Coverage {
  readonly #options: CoverageOptions;
  readonly #missingCalls: MissingCalls;
  /** The login may not read the list of active calls. */
  #isListDenied = false;
  #failed: { failure: Failure; at: number } | undefined;
  /** When the store was last compared with the whole that presence lists, epoch ms. */
  comparedAt: number | undefined;

  constructor(options: CoverageOptions) {
    this.#options = options;
    this.#missingCalls = new MissingCalls((id) => options.calls.session(id)?.over === false);
  }

  /** Why presence could not be read the last time, with what is left of a wait; undefined when it could. */
  get failure(): Failure | undefined {
    return this.#failed && countedDown(this.#failed.failure, this.#failed.at, this.#options.clock.now());
  }

  set failure(failure: Failure | undefined) {
    this.#failed = failure && { failure, at: this.#options.clock.now() };
  }

  /**
   * Compares the store with a complete presence, requested at stamp `at`.
   * @returns ids of the calls to read: those that differ, and those that presence leaves out, which lists only the
   * newest seven of an extension
   */
  async compare(presences: readonly Presence[], at: number): Promise<string[]> {
    this.comparedAt = at;
    this.failure = undefined;
    const differing = await this.#options.callLog.compare({ presences, at, complete: true });
    this.#missingCalls.noteFullness(presences);
    const more = isFull(presences) ? await this.#unlistedIds() : [];
    const all = [...new Set([...differing, ...more])];
    this.#missingCalls.note(all, true);
    return all;
  }

  /**
   * Compares the store with the presence of one extension.
   * @returns ids of the calls that differ
   */
  async comparePart(presenceSnapshot: PresenceSnapshot): Promise<string[]> {
    const differing = await this.#options.callLog.compare(presenceSnapshot);
    this.#missingCalls.note(differing, false);
    return differing;
  }

  /** Notes that this call could not be read. */
  refused(telephonySessionId: string, error: unknown): void {
    this.#missingCalls.refused(telephonySessionId, error);
  }

  /**
   * Notes that this call has been read.
   * @returns whether it had been missing
   */
  answered(telephonySessionId: string): boolean {
    return this.#missingCalls.answered(telephonySessionId);
  }

  /** How many calls are listed and could not be read. */
  get missing(): number {
    return this.#missingCalls.size;
  }

  /** What should be shown and has not been read, each in a sentence for a person. */
  unread(progress: SyncProgress): string[] {
    const { hasFirstSync, syncedAt } = progress;
    const { failure } = this;
    const { calls, clock } = this.#options;
    const { limitSentence } = calls;
    return [
      ...(failure && !hasFirstSync && syncedAt !== undefined
        ? [`Calls that began before ${moment(syncedAt, clock.now())} cannot be seen: ${failure.message}`]
        : []),
      ...(failure && hasFirstSync && this.#isOverdue(failure, progress)
        ? [`What calls there are could not be read again: ${failure.message}`]
        : []),
      ...(limitSentence === undefined ? [] : [limitSentence]),
      ...this.#missingCalls.sentences,
    ];
  }

  /** What RingCentral's list leaves out, each in a sentence for a person. */
  unlisted({ hasFirstSync, syncedAt }: SyncProgress): string[] {
    const since = hasFirstSync ? (syncedAt ?? this.comparedAt) : undefined;
    const now = this.#options.clock.now();
    if (since === undefined || now - since > voicemailMs) return [];
    return [
      `Calls that were in voicemail before ${moment(since, now)} are not shown: RingCentral does not list them.`,
    ];
  }

  /** Whether the comparison is overdue, because presence could not be read for a while: trying again may help. */
  isOverdue(progress: SyncProgress): boolean {
    const { failure } = this;
    return failure !== undefined && isTransient(failure) && this.#isOverdue(failure, progress);
  }

  #isOverdue(failure: Failure, { isConnected }: SyncProgress): boolean {
    if (!isTransient(failure) || !isConnected) return true;
    const { clock, scope, recovers } = this.#options;
    const overdueMs = roundsUntilOverdue * presenceEveryMs(scope, recovers);
    return clock.now() - (this.comparedAt ?? 0) > overdueMs;
  }

  /**
   * Ids of the calls that presence left out. Where the list that has them cannot be read, they count as missing.
   */
  async #unlistedIds(): Promise<string[]> {
    const { calls, reader, scope, budgetWaitMs, signal } = this.#options;
    if (this.#isListDenied || budgetWaitMs('heavy') > 0) return [];
    try {
      const ids = await reader.readActiveCallIds?.(scope, { signal, priority: 'background' });
      return (ids ?? []).filter((id) => !calls.isShown(id));
    } catch (error) {
      this.#isListDenied = !isTransient(error);
      return [];
    }
  }
}
