import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Feed } from '../../ringcentral/wire/feed.ts';
import { Failure } from '../../shared/failure.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { ReadReason } from '../store/call-store-types.ts';
import type { FeedView, SessionView } from '../store/views.ts';
import { BackgroundReads } from './background-reads.ts';
import { CallReader, type RecentCall } from './call-reader.ts';
import { type CallSyncOptions, withDefaults } from './call-sync-options.ts';
import { Coverage } from './coverage.ts';
import { isConnected, isDown } from './feed-connection.ts';
import { FollowUp } from './follow-up.ts';
import type { ReadOptions } from './platform-reader.ts';
import { PresenceRefresh } from './presence-refresh.ts';
import { Reconciler } from './reconciler.ts';
import { Resynchronizer } from './resynchronizer.ts';
import { asFailure } from './retry.ts';
import type { Sync } from './sync.ts';
import { patienceMs, SyncNotifier } from './sync-notifier.ts';
import { SyncStatus } from './sync-status.ts';
import { WaitersShare } from './waiters-share.ts';
import { Waits } from './waits.ts';

export type { CallSyncOptions } from './call-sync-options.ts';

/** A call that the platform announced and does not find is asked for again after this. */
const notFoundMs = 5_000;
/** A first sync that failed is tried again for who looks, when this has passed. */
const retryMs = 2_000;

/**
 * Keeps the call store true to the platform: starts the feed, reads at the start and after losses, reconciles with
 * presence.
 */
export class CallSync implements Sync {
  readonly #calls: Calls;
  readonly #callLog: CallLog;
  readonly #feed: Feed;
  readonly #closing = new AbortController();
  readonly #coverage: Coverage;
  readonly #notifier: SyncNotifier;
  readonly #reads: BackgroundReads;
  readonly #resynchronizer: Resynchronizer;
  readonly #reconciler: Reconciler;
  readonly #status: SyncStatus;
  readonly #callReader: CallReader;
  readonly #presenceRefresh: PresenceRefresh;
  readonly #waits: Waits;
  readonly #followUp: FollowUp;
  #stops: (() => void)[] = [];
  #isOpen = false;

  constructor(options: CallSyncOptions) {
    const given = { ...withDefaults(options), signal: this.#closing.signal };
    const { calls, callLog, feed, reader, clock, lightPerMinute, onDefect } = given;
    const coverage = new Coverage(given);
    const notifier = new SyncNotifier(given);
    const reads = new BackgroundReads({
      ...given,
      coverage,
      notifier,
      onDone: (id) => this.#resynchronizer.noteRead(id),
    });
    const resynchronizer = new Resynchronizer({
      ...given,
      coverage,
      notifier,
      reads,
      postponeReconciling: () => this.#reconciler.start(),
    });
    const share = new WaitersShare(clock, lightPerMinute);
    const presenceRefresh = new PresenceRefresh({ ...given, reads, resynchronizer, notifier, share });
    // A log that is shared may not take it; the next presence is compared anew.
    const noteUntaken = (error: unknown): void => {
      if (!(error instanceof Failure)) onDefect(error);
    };
    this.#calls = calls;
    this.#callLog = callLog;
    this.#feed = feed;
    this.#coverage = coverage;
    this.#notifier = notifier;
    this.#reads = reads;
    this.#resynchronizer = resynchronizer;
    this.#presenceRefresh = presenceRefresh;
    this.#reconciler = new Reconciler({
      ...given,
      isSynced: () => resynchronizer.isSynced,
      onPresence: (presences, at) => void resynchronizer.comparePresence(presences, at).catch(noteUntaken),
      onPresenceSnapshot: (presenceSnapshot) =>
        void resynchronizer.comparePart(presenceSnapshot).catch(noteUntaken),
      onFailure: (error) => resynchronizer.noteFailure(asFailure(error)),
      onDue: (id) => reads.want(id),
    });
    this.#status = new SyncStatus({ calls, feed, coverage, resynchronizer });
    this.#callReader = new CallReader({
      calls,
      callLog,
      reader,
      clock,
      isConnected: () => isConnected(feed),
    });
    this.#waits = new Waits({
      ...given,
      reads,
      share,
      isPollNeeded: () => resynchronizer.hasFirstSync && !isConnected(feed),
      poll: (readsAll) => presenceRefresh.poll(readsAll),
    });
    this.#followUp = new FollowUp({ ...given, onDue: (id) => reads.want(id, 0) });
  }

  open(): void {
    if (this.#isOpen || this.#closing.signal.aborted) return;
    this.#isOpen = true;
    const listener = {
      event: this.#callLog.apply.bind(this.#callLog),
      presence: (presence: Presence) => this.#reconciler.notePresence(presence),
      status: () => this.#resynchronizer.onFeed(),
      gap: () => this.#resynchronizer.onGap(),
    };
    this.#stops = [
      this.#feed.listen(listener),
      this.#calls.onReadNeeded((id, readReason) => this.#onReadNeeded(id, readReason)),
      this.#calls.onChange(({ telephonySessionId, partyIds }) => {
        if (partyIds.length > 0 && isConnected(this.#feed)) this.#followUp.note(telephonySessionId);
      }),
    ];
    this.#reconciler.start();
    this.#feed.start();
    this.#resynchronizer.onFeed();
  }

  /** This process keeps the log: what is in it is in the picture. */
  caughtUp(): void {}

  async ready(ms: number): Promise<boolean> {
    this.open();
    const resynchronizer = this.#resynchronizer;
    await this.#notifier.waitUntil(() => resynchronizer.hasFirstSync || this.#status.isHopeless, ms);
    return resynchronizer.hasFirstSync;
  }

  async ensureFresh(): Promise<void> {
    this.open();
    const { hasFirstSync, fullSync } = this.#resynchronizer;
    if (hasFirstSync) {
      // What kept presence from being read may be over long before its next regular reading.
      if (isConnected(this.#feed) && this.#coverage.isOverdue(this.#resynchronizer.progress))
        await this.#presenceRefresh.poll(true);
      return this.#waits.pollNow();
    }
    const isDue = fullSync?.isOverdue(retryMs) ?? true;
    if (isDown(this.#feed) && isDue) this.#resynchronizer.readAll();
    await this.ready(patienceMs);
  }

  get failure(): Failure | undefined {
    return this.#status.failure;
  }

  get unavailableReason(): Failure | undefined {
    return this.#status.unavailableReason;
  }

  refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return this.#callReader.refresh(telephonySessionId, options);
  }

  refreshTimed(
    telephonySessionId: string,
    options?: ReadOptions,
  ): Promise<{ call: SessionView; at: number }> {
    return this.#callReader.refreshTimed(telephonySessionId, options);
  }

  recent(telephonySessionId: string, partyId?: string): Promise<RecentCall> {
    return this.#callReader.recent(telephonySessionId, partyId);
  }

  refreshAll(): Promise<void> {
    return this.#presenceRefresh.refreshAll();
  }

  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    return this.#waits.watch(telephonySessionId, partyId, waitMs);
  }

  watchAll(waitMs?: number): () => void {
    return this.#waits.watchAll(waitMs);
  }

  lookLast(telephonySessionId: string, partyId?: string): Promise<boolean> {
    return this.#waits.lookLast(telephonySessionId, partyId);
  }

  lookLastAtAll(): Promise<boolean> {
    return this.#waits.lookLastAtAll();
  }

  /** How far the reading of everything has come: see `Resynchronizer`. */
  get progress(): { hasFirstSync: boolean; isSynced: boolean } {
    const { hasFirstSync, isSynced } = this.#resynchronizer;
    return { hasFirstSync, isSynced };
  }

  status(): FeedView {
    return this.#status.view();
  }

  onStatus(listener: () => void): () => void {
    return this.#notifier.onStatus(listener);
  }

  close(): void {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    this.#waits.close();
    this.#followUp.close();
    this.#reads.close();
    this.#notifier.progressed();
  }

  #onReadNeeded(telephonySessionId: string, readReason: ReadReason): void {
    this.#reads.want(telephonySessionId, readReason === 'not found too early' ? notFoundMs : undefined);
  }
}
