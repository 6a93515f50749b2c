import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Feed } from '../../ringcentral/wire/feed.ts';
import type { Failure } from '../../shared/failure.ts';
import type { CallStore } from '../store/call-store.ts';
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
export class CallSync {
  readonly #calls: CallStore;
  readonly #feed: Feed;
  readonly #closing = new AbortController();
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
    const { calls, feed, reader, clock, lightPerMinute, onDefect } = given;
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
    this.#calls = calls;
    this.#feed = feed;
    this.#notifier = notifier;
    this.#reads = reads;
    this.#resynchronizer = resynchronizer;
    this.#presenceRefresh = presenceRefresh;
    this.#reconciler = new Reconciler({
      ...given,
      isSynced: () => resynchronizer.isSynced,
      onPresence: (presences, at) => void resynchronizer.comparePresence(presences, at).catch(onDefect),
      onPresenceSnapshot: (presenceSnapshot) => resynchronizer.comparePart(presenceSnapshot),
      onFailure: (error) => resynchronizer.noteFailure(asFailure(error)),
      onDue: (id) => reads.want(id),
    });
    this.#status = new SyncStatus({ calls, feed, coverage, resynchronizer });
    this.#callReader = new CallReader(calls, reader, clock, () => isConnected(feed));
    this.#waits = new Waits({
      ...given,
      reads,
      share,
      isPollNeeded: () => resynchronizer.hasFirstSync && !isConnected(feed),
      poll: (readsAll) => presenceRefresh.poll(readsAll),
    });
    this.#followUp = new FollowUp({ ...given, onDue: (id) => reads.want(id, 0) });
  }

  /**
   * Starts the feed and the reading; called at the first real need of the calls. Harmless when open; never throws:
   * trouble is in `status()`.
   */
  open(): void {
    if (this.#isOpen || this.#closing.signal.aborted) return;
    this.#isOpen = true;
    const listener = {
      event: this.#calls.apply.bind(this.#calls),
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

  /** Opens, and waits at most `ms` for the first sync, or until it is known to fail; false when there is none yet. */
  async ready(ms: number): Promise<boolean> {
    this.open();
    const resynchronizer = this.#resynchronizer;
    await this.#notifier.waitUntil(() => resynchronizer.hasFirstSync || this.#status.isHopeless, ms);
    return resynchronizer.hasFirstSync;
  }

  /**
   * For who looks at all calls: waits a moment for the first sync, and without events asks the platform now, unless
   * it was asked just before. Never throws: what could not be read is in `status()` and `unavailableReason`.
   */
  async ensureFresh(): Promise<void> {
    this.open();
    const { hasFirstSync, fullSync } = this.#resynchronizer;
    if (hasFirstSync) return this.#waits.pollNow();
    const isDue = fullSync?.isOverdue(retryMs) ?? true;
    if (isDown(this.#feed) && isDue) this.#resynchronizer.readAll();
    await this.ready(patienceMs);
  }

  /** What has kept the calls from being read since the start; undefined where nothing has, or events tell a part. */
  get failure(): Failure | undefined {
    return this.#status.failure;
  }

  /** Why nothing can be said of the calls; undefined after the first sync, or where events tell a part. */
  get unavailableReason(): Failure | undefined {
    return this.#status.unavailableReason;
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return this.#callReader.refresh(telephonySessionId, options);
  }

  /**
   * The same, with the clock's time `at` at which the request left: everything that changed before it is in `call`.
   * Finds out first which extension is logged in, so that `yourPartyId` is known.
   */
  refreshTimed(
    telephonySessionId: string,
    options?: ReadOptions,
  ): Promise<{ call: SessionView; at: number }> {
    return this.#callReader.refreshTimed(telephonySessionId, options);
  }

  /** The call as it is now: see `CallReader.recent`. Throws the reader's `Failure` for a call that was never seen. */
  recent(telephonySessionId: string, partyId?: string): Promise<RecentCall> {
    return this.#callReader.recent(telephonySessionId, partyId);
  }

  /**
   * Reads presence now, then the calls that it sees differently and those that are stale, within the budget for
   * background reads; waits a few seconds at most. Throws the reader's `Failure` when presence cannot be read.
   */
  refreshAll(): Promise<void> {
    return this.#presenceRefresh.refreshAll();
  }

  /**
   * Somebody waits for what happens on this call, or to this party of it: where no event tells, it is read again
   * about every three seconds, within the budget for background reads. `waitMs`: how long the wait lasts at most,
   * where that is known; the last reading is then at its end. Returns a function that ends it.
   */
  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    return this.#waits.watch(telephonySessionId, partyId, waitMs);
  }

  /**
   * Somebody waits for whatever happens: without events presence is read every few seconds. `waitMs` as in `watch`.
   * Returns a function that ends it.
   */
  watchAll(waitMs?: number): () => void {
    return this.#waits.watchAll(waitMs);
  }

  /**
   * For who has waited for this call, or this party of it, and is about to say that nothing happened: what no event
   * tells is read once more, within the share of those who wait. False where it could not be.
   */
  lookLast(telephonySessionId: string, partyId?: string): Promise<boolean> {
    return this.#waits.lookLast(telephonySessionId, partyId);
  }

  /** The same for who has waited for whatever happens. */
  lookLastAtAll(): Promise<boolean> {
    return this.#waits.lookLastAtAll();
  }

  /** How true the store is now. */
  status(): FeedView {
    return this.#status.view();
  }

  /** Calls `listener` when `status()` changed in state, staleness or progress. Returns a function that stops it. */
  onStatus(listener: () => void): () => void {
    return this.#notifier.onStatus(listener);
  }

  /** Stops reading and reconciling; the feed is its owner's to close. */
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
