import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Feed } from '../../ringcentral/wire/feed.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Failure } from '../../shared/failure.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { PresenceSnapshot } from '../store/presence-comparison.ts';
import type { BackgroundReads } from './background-reads.ts';
import type { Coverage, SyncProgress } from './coverage.ts';
import { isConnected, isDown } from './feed-connection.ts';
import { FullSync } from './full-sync.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { RecoveryCheck } from './recovery-check.ts';
import type { SyncNotifier } from './sync-notifier.ts';

export interface ResynchronizerOptions {
  calls: Calls;
  callLog: CallLog;
  feed: Feed;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  coverage: Coverage;
  notifier: SyncNotifier;
  reads: BackgroundReads;
  /** Presence was read, so that the next regular reading of it is not due for a while. */
  postponeReconciling: () => void;
  isContinued: boolean;
  hasPast: boolean;
  onDefect: OnDefect;
}

/** Reads everything at the start and after each loss of events, and knows how far that has come. */
export class Resynchronizer {
  readonly #options: ResynchronizerOptions;
  readonly #recoveryCheck: RecoveryCheck;
  #hasFirstSync = false;
  #isSynced = false;
  /** Epoch ms. */
  #syncedAt = 0;
  /** The reading of everything that is under way; after a loss of events another one takes its place. */
  #fullSync: FullSync | undefined;

  constructor(options: ResynchronizerOptions) {
    this.#options = options;
    this.#hasFirstSync = options.isContinued;
    this.#isSynced = options.isContinued;
    const { calls, reader, clock, scope, budgetWaitMs, signal, onDefect } = options;
    this.#recoveryCheck = new RecoveryCheck({
      calls,
      reader,
      clock,
      scope,
      budgetWaitMs,
      signal,
      isSynced: () => this.#isSynced,
      onPresence: async (presences, at) => {
        options.postponeReconciling();
        await this.comparePresence(presences, at);
      },
      onDefect,
    });
  }

  /** There was a first complete reading; presence was read for it. */
  get hasFirstSync(): boolean {
    return this.#hasFirstSync;
  }

  /** Nothing was missed since the last complete reading. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** The reading of everything that is under way. */
  get fullSync(): FullSync | undefined {
    return this.#fullSync;
  }

  get progress(): SyncProgress {
    return {
      hasFirstSync: this.#hasFirstSync,
      syncedAt: this.#isSynced ? this.#syncedAt : undefined,
      isConnected: isConnected(this.#options.feed),
    };
  }

  /** The state of the feed may have changed: reads what that makes necessary. */
  onFeed(): void {
    const { callLog, feed, notifier, onDefect } = this.#options;
    if (!isConnected(feed) && this.#isSynced) this.#recoveryCheck.noteDisconnected();
    if (feed.status.state === 'live' && this.#isSynced && this.#recoveryCheck.isDue)
      void this.#recoveryCheck.run().catch(onDefect);
    void callLog.setConnected(isConnected(feed));
    if (isConnected(feed) && !this.#isSynced && !this.#fullSync?.isConnected) this.readAll();
    // Without events there is still the platform to ask; who looks asks again.
    if (isDown(feed) && !this.#hasFirstSync && !this.#fullSync) this.readAll();
    notifier.changed();
  }

  /** Events may have been lost. */
  onGap(): void {
    const { calls, callLog, feed, hasPast, notifier } = this.#options;
    this.#isSynced = false;
    // Before the first reading nobody was told anything that can have more to it. A loss that was told goes on, where
    // whoever told it has not come to read everything since.
    const isLost = this.#hasFirstSync || hasPast || calls.history.lostAt > 0;
    if (isConnected(feed)) this.readAll(isLost);
    else void callLog.markStale(isLost);
    notifier.statusChanged();
  }

  /** Reads presence, then every session that it or the store knows. A reading that begins later replaces this one. */
  readAll(isLost = false): void {
    const { calls, callLog, feed, reader, clock, scope, budgetWaitMs, signal, coverage, onDefect } =
      this.#options;
    const reading: FullSync = new FullSync({
      calls,
      callLog,
      coverage,
      reader,
      clock,
      scope,
      budgetWaitMs,
      signal,
      isConnected: isConnected(feed),
      isCurrent: () => this.#fullSync === reading,
      onFailure: (failure) => this.noteFailure(failure),
      onDefect,
    });
    this.#fullSync = reading;
    void this.#begin(reading, isLost).catch(onDefect);
  }

  /**
   * Compares the calls with a complete presence, requested at stamp `at`, and has those read that differ.
   * @returns their ids
   */
  async comparePresence(presences: readonly Presence[], at: number): Promise<string[]> {
    const { coverage, feed } = this.#options;
    const differing = await coverage.compare(presences, at);
    if (!isConnected(feed) || this.#isSynced) this.#hasFirstSync = true;
    this.#readDiffering(differing, 0);
    return differing;
  }

  /** Compares the calls with the presence of one extension, and has those read that differ. */
  async comparePart(presenceSnapshot: PresenceSnapshot): Promise<void> {
    this.#readDiffering(await this.#options.coverage.comparePart(presenceSnapshot));
  }

  /** Presence, or what a full sync needs before it, could not be read. */
  noteFailure(failure: Failure): void {
    const { coverage, notifier } = this.#options;
    coverage.failure = failure;
    notifier.changed();
  }

  /** A session was read, or its reading given up. */
  noteRead(telephonySessionId: string): void {
    if (!this.#fullSync?.unread.delete(telephonySessionId)) return;
    this.#options.notifier.statusChanged();
    this.#finishIfRead();
  }

  #readDiffering(differing: readonly string[], delayMs?: number): void {
    const { reads, notifier } = this.#options;
    for (const id of differing) reads.want(id, delayMs);
    notifier.changed();
  }

  async #begin(reading: FullSync, isLost: boolean): Promise<void> {
    const { callLog, signal, notifier, reads, postponeReconciling } = this.#options;
    // Before the first request, so that what it answers is newer.
    await callLog.markStale(isLost);
    await reading.begin();
    if (this.#fullSync !== reading || signal.aborted) return;
    postponeReconciling();
    for (const id of reading.unread) reads.want(id, 0);
    notifier.statusChanged();
    this.#finishIfRead();
  }

  #finishIfRead(): void {
    const { calls, clock, feed, notifier, reads } = this.#options;
    const reading = this.#fullSync;
    if (!reading || reading.unread.size > 0) return;
    // What was read before events came in can have changed before the first of them.
    this.#isSynced = reading.isConnected;
    if (this.#isSynced) this.#syncedAt = clock.now();
    this.#hasFirstSync ||= reading.isComplete;
    this.#fullSync = undefined;
    if (this.#isSynced) {
      feed.resynced();
      this.onFeed();
      // What came late into a log that others write, too, can put a reading in doubt again.
      for (const id of calls.doubtedIds()) reads.want(id);
    }
    notifier.progressed();
  }
}
