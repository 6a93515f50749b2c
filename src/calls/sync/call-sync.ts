import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Feed, FeedState } from '../../ringcentral/wire/feed.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { Listeners, type OnDefect, throwLater } from '../../shared/listeners.ts';
import { isoTime } from '../store/build-view.ts';
import type { CallStore, ReadReason } from '../store/call-store.ts';
import type { FeedView, SessionView } from '../store/views.ts';
import { CallReader, type RecentCall } from './call-reader.ts';
import { Coverage, type SyncProgress } from './coverage.ts';
import { FollowUp } from './follow-up.ts';
import { FullSync } from './full-sync.ts';
import type { BudgetWait, PlatformReader, ReadOptions } from './platform-reader.ts';
import { PresencePolling } from './presence-polling.ts';
import { ReadQueue } from './read-queue.ts';
import { presenceReads, Reconciler } from './reconciler.ts';
import { asFailure, isTransient, retryWhileTransient } from './retry.ts';
import { justNowMs, WaitersShare } from './waiters-share.ts';
import { WatchedCalls } from './watched-calls.ts';

export interface CallSyncOptions {
  calls: CallStore;
  feed: Feed;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  /** Without it, reads in the background are sent as soon as they are due. */
  budgetWaitMs?: BudgetWait;
  /** Light requests a minute that the platform allows; its default unless told. */
  lightPerMinute?: () => number;
  /**
   * Whether the feed delivers later what it could not deliver; true unless told, false for a webhook
   * (platform.md 6.4).
   */
  recovers?: boolean;
  /** Told of what must not happen: a listener that throws, an answer that cannot be merged. */
  onDefect?: OnDefect;
}

/** platform.md 7. */
const defaultLightPerMinute = 50;
const heavyPerMinute = 10;

/** A call that the platform announced and does not find is asked for again after this. */
const notFoundMs = 5_000;
/** How long who looks waits for readings; what is not there by then comes later, and is told with its age. */
const patienceMs = 5_000;

/** Without events presence is read so often for who waits: a quarter of the Light requests, or under half of the Heavy. */
const pollMs: Record<Scope, number> = { extension: 5_000, account: 15_000 };
/** A first sync that failed is tried again for who looks, when this has passed. */
const retryMs = 2_000;

const connectedStates: ReadonlySet<FeedState> = new Set(['live', 'resyncing']);
const downStates: ReadonlySet<FeedState> = new Set(['waiting', 'denied']);

/** Keeps the call store true to the platform: starts the feed, reads at the start and after losses, reconciles with presence. */
export class CallSync {
  readonly #calls: CallStore;
  readonly #feed: Feed;
  readonly #reader: PlatformReader;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #budgetWaitMs: BudgetWait;
  readonly #onDefect: OnDefect;
  readonly #queue: ReadQueue;
  readonly #callReader: CallReader;
  readonly #reconciler: Reconciler;
  /** Light requests for those who wait. */
  readonly #share: WaitersShare;
  readonly #watchedCalls: WatchedCalls;
  readonly #followUp: FollowUp;
  readonly #polling: PresencePolling;
  readonly #coverage: Coverage;
  readonly #closing = new AbortController();
  readonly #changes: Listeners<[]>;
  /** A session was read, or everything. */
  readonly #progress: Listeners<[]>;
  #stops: (() => void)[] = [];
  #isOpen = false;
  /** There was a first complete reading; presence was read for it. */
  #hasFirstSync = false;
  /** Nothing was missed since the last complete reading. */
  #isSynced = false;
  /** Presence has been compared since events came again after a connection was lost. */
  #isVerified = true;
  /** The complete reading under way; a loss makes it worthless, and a new one takes its place. */
  #fullSync: FullSync | undefined;
  /** Epoch ms since when events come in and nothing of what they told was missed. */
  #syncedAt = 0;

  constructor(options: CallSyncOptions) {
    const { calls, feed, reader, clock, scope, budgetWaitMs = () => 0 } = options;
    const { lightPerMinute = () => defaultLightPerMinute, recovers = true } = options;
    const { onDefect = throwLater } = options;
    this.#changes = new Listeners(onDefect);
    this.#progress = new Listeners(onDefect);
    this.#onDefect = onDefect;
    this.#calls = calls;
    this.#feed = feed;
    this.#reader = reader;
    this.#clock = clock;
    this.#scope = scope;
    this.#budgetWaitMs = budgetWaitMs;
    const { signal } = this.#closing;
    this.#coverage = new Coverage({ calls, reader, clock, scope, budgetWaitMs, recovers, signal });
    const onDone = (id: string, isAnswered: boolean) => this.#onRead(id, isAnswered);
    this.#callReader = new CallReader(calls, reader, clock, () => this.#isConnected);
    const noting = {
      readSession: (id: string, how?: ReadOptions) =>
        reader.readSession(id, how).catch((error: unknown) => {
          this.#coverage.refused(id, error);
          throw error;
        }),
    };
    this.#queue = new ReadQueue({
      ...{ calls, reader: { ...reader, ...noting }, clock, budgetWaitMs, signal, onDone, onDefect },
    });
    this.#reconciler = new Reconciler({
      ...{ calls, reader, clock, scope, budgetWaitMs, lightPerMinute, recovers, signal, onDefect },
      isNeeded: () => this.#isSynced,
      onPresence: (presences, at) => void this.#onPresence(presences, at).catch(onDefect),
      onPresenceSnapshot: (presenceSnapshot) =>
        this.#onDiffering(this.#coverage.comparePart(presenceSnapshot)),
      onFailure: (error) => this.#onFailure(asFailure(error)),
      onDue: (id) => this.#queue.want(id),
    });
    const onDue = (id: string) => this.#queue.want(id, 0);
    this.#share = new WaitersShare(clock, lightPerMinute);
    this.#watchedCalls = new WatchedCalls({ calls, clock, signal, share: this.#share, onDue });
    this.#followUp = new FollowUp({ calls, clock, signal, onDue });
    this.#polling = new PresencePolling({
      clock,
      signal,
      pollMs: pollMs[scope],
      share:
        presenceReads[scope].group === 'light' ? this.#share : new WaitersShare(clock, () => heavyPerMinute),
      isNeeded: () => this.#hasFirstSync && !this.#isConnected,
      poll: (readsAll) => this.#poll(readsAll),
    });
  }

  /** The first real need of the calls. Harmless when open; never throws: trouble is in `status()`. */
  open(): void {
    if (this.#isOpen || this.#closing.signal.aborted) return;
    this.#isOpen = true;
    const listener = {
      event: this.#calls.apply.bind(this.#calls),
      presence: (presence: Presence) => this.#reconciler.notePresence(presence),
      status: () => this.#onFeed(),
      gap: () => this.#onGap(),
    };
    this.#stops = [
      this.#feed.listen(listener),
      this.#calls.onReadNeeded((id, readReason) => this.#onReadNeeded(id, readReason)),
      this.#calls.onChange(({ telephonySessionId, partyIds }) => {
        if (partyIds.length > 0 && this.#isConnected) this.#followUp.note(telephonySessionId);
      }),
    ];
    this.#reconciler.start();
    this.#feed.start();
    this.#onFeed();
  }

  /** Opens, and waits at most `ms` for the first sync, or until it is known to fail; false when there is none yet. */
  async ready(ms: number): Promise<boolean> {
    this.open();
    await this.#waitUntil(() => this.#hasFirstSync || this.#isHopeless, ms);
    return this.#hasFirstSync;
  }

  /**
   * For who looks at all calls: waits a moment for the first sync, and without events asks the platform now, unless
   * it was asked just before. Never throws: what could not be read is in `status()` and `unavailableReason`.
   */
  async ensureFresh(): Promise<void> {
    this.open();
    if (!this.#hasFirstSync) {
      const isDue = this.#fullSync?.isOverdue(retryMs) ?? true;
      if (this.#isDown && isDue) this.#readAll(false);
      await this.ready(patienceMs);
    } else await this.#polling.pollNow();
  }

  /** What has kept the calls from being read since the start; undefined where nothing has, or events tell a part. */
  get failure(): Failure | undefined {
    return this.#hasFirstSync || this.#isSynced ? undefined : this.#coverage.failure;
  }

  /** Why nothing can be said of the calls; undefined after the first sync, or where events tell a part. */
  get unavailableReason(): Failure | undefined {
    if (this.#hasFirstSync || this.#isSynced) return undefined;
    if (this.failure) return this.failure;
    const { state, reason } = this.#feed.status;
    return new Failure(
      'unavailable',
      `The calls have not been read yet: the event feed is ${state}${reason ? ` (${reason})` : ''}. ` +
        'Try again in a few seconds.',
    );
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return this.#callReader.refresh(telephonySessionId, options);
  }

  /**
   * The same, with the clock's time `at` which the request left: what changed before it is in the answer. Who of the
   * call the login is, is found out first.
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
  async refreshAll(): Promise<void> {
    const at = this.#calls.stamp();
    const presences = await this.#reader.readPresence(this.#scope);
    const ids = new Set([...(await this.#onPresence(presences, at)), ...this.#calls.staleIds()]);
    // Not once more what is being read already.
    for (const id of ids) if (!this.#queue.has(id)) this.#queue.want(id, 0);
    await this.#untilRead(ids);
  }

  /**
   * Somebody waits for what happens on this call, or to this party of it: where no event tells, it is read again
   * about every three seconds, within the budget for background reads. The answer ends it, at the latest after `waitMs`.
   */
  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    return this.#watchedCalls.watch(telephonySessionId, partyId, waitMs);
  }

  /**
   * Somebody waits for whatever happens: without events presence is read every few seconds. The answer ends it, at the
   * latest after `waitMs`.
   */
  watchAll(waitMs?: number): () => void {
    return this.#polling.watch(waitMs);
  }

  /**
   * For who has waited for this call, or this party of it, and is about to say that nothing happened: what no event
   * tells is read once more, within the share of those who wait. False where it could not be.
   */
  async lookLast(telephonySessionId: string, partyId?: string): Promise<boolean> {
    const unseenSince = () => this.#calls.unseenSince(telephonySessionId, partyId);
    const before = unseenSince();
    if (before === undefined) return true;
    if (!this.#watchedCalls.last(telephonySessionId, partyId)) return false;
    await this.#untilRead([telephonySessionId]);
    return unseenSince() !== before || this.#clock.now() - before < justNowMs;
  }

  /** The same for who has waited for whatever happens. */
  lookLastAtAll(): Promise<boolean> {
    return this.#polling.last();
  }

  status(): FeedView {
    const { state, since, reason } = this.#feed.status;
    const { comparedAt, missing } = this.#coverage;
    const unread = this.#coverage.unread(this.#syncProgress);
    const trouble = this.failure?.message ?? reason ?? unread[0];
    const isTrue = state === 'live' && this.#isSynced && this.#hasFirstSync && trouble === undefined;
    const oldest = this.#calls.oldestVerifiedAt();
    const reading = this.#fullSync;
    const unlisted = this.#coverage.unlisted(this.#syncProgress);
    return {
      state,
      stale: !isTrue,
      since: isoTime(since),
      asOf: comparedAt === undefined ? null : isoTime(comparedAt),
      ...(trouble !== undefined && { reason: trouble }),
      ...(missing > 0 && { missing }),
      ...(unread.length > 0 && { unread }),
      ...(unlisted.length > 0 && { unlisted }),
      ...(reading && { progress: { read: reading.total - reading.unread.size, total: reading.total } }),
      ...(oldest !== undefined && { oldestUnverified: isoTime(oldest) }),
    };
  }

  /** Called when `status()` changed in state, staleness or progress. */
  onStatus(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  /** Stops reading and reconciling; the feed is its owner's to close. */
  close(): void {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    this.#watchedCalls.close();
    this.#followUp.close();
    this.#queue.close();
    this.#progress.call();
  }

  get #isConnected(): boolean {
    return connectedStates.has(this.#feed.status.state);
  }

  get #isDown(): boolean {
    return downStates.has(this.#feed.status.state);
  }

  /** The first sync will not come soon: the platform has refused it, or cannot be reached. */
  get #isHopeless(): boolean {
    const { failure } = this.#fullSync ?? this.#coverage;
    if (failure === undefined) return false;
    return this.#isDown || (this.#fullSync?.isHopeless(patienceMs) ?? !isTransient(failure));
  }

  get #syncProgress(): SyncProgress {
    return {
      hasFirstSync: this.#hasFirstSync,
      syncedAt: this.#isSynced ? this.#syncedAt : undefined,
      isConnected: this.#isConnected,
    };
  }

  #onFeed(): void {
    const { state } = this.#feed.status;
    if (!this.#isConnected && this.#isSynced) this.#isVerified = false;
    if (state === 'live' && this.#isSynced && !this.#isVerified) void this.#verify().catch(this.#onDefect);
    this.#calls.setConnected(this.#isConnected);
    if (this.#isConnected && !this.#isSynced && !this.#fullSync?.isConnected) this.#readAll(true);
    // Without events there is still the platform to ask; who looks asks again.
    if (downStates.has(state) && !this.#hasFirstSync && !this.#fullSync) this.#readAll(false);
    this.#changes.call();
    this.#progress.call();
  }

  #onGap(): void {
    this.#isSynced = false;
    if (this.#isConnected) this.#readAll(true);
    else this.#calls.markStale();
    this.#changes.call();
  }

  #onReadNeeded(telephonySessionId: string, readReason: ReadReason): void {
    this.#queue.want(telephonySessionId, readReason === 'not found too early' ? notFoundMs : undefined);
  }

  /** Presence, then every session that it or the store knows. A reading that begins later replaces this one. */
  #readAll(isConnected: boolean): void {
    this.#calls.markStale();
    const reading: FullSync = new FullSync({
      ...{ calls: this.#calls, coverage: this.#coverage, reader: this.#reader, clock: this.#clock },
      ...{ scope: this.#scope, budgetWaitMs: this.#budgetWaitMs, signal: this.#closing.signal, isConnected },
      isCurrent: () => this.#fullSync === reading,
      onFailure: (failure) => this.#onFailure(failure),
      onDefect: this.#onDefect,
    });
    this.#fullSync = reading;
    void this.#beginFullSync(reading).catch(this.#onDefect);
  }

  async #beginFullSync(reading: FullSync): Promise<void> {
    await reading.begin();
    if (this.#fullSync !== reading || this.#closing.signal.aborted) return;
    this.#reconciler.start();
    for (const id of reading.unread) this.#queue.want(id, 0);
    this.#changes.call();
    this.#finishFullSync();
  }

  /**
   * After a recovery nothing suggests a loss, so nothing is stale. But the gateway owes no order: missed events that
   * come after its answer to our heartbeat, and those that its buffer could not hold, would go unnoticed.
   */
  async #verify(): Promise<void> {
    this.#isVerified = true;
    const { signal } = this.#closing;
    const isNeeded = () => this.#isSynced && this.#isVerified && !signal.aborted;
    let at = 0;
    const presences = await retryWhileTransient(
      () => {
        at = this.#calls.stamp();
        return this.#reader.readPresence(this.#scope, { signal, priority: 'background' });
      },
      {
        ...{ clock: this.#clock, signal, isNeeded, onDefect: this.#onDefect },
        budgetWaitMs: () => this.#budgetWaitMs(presenceReads[this.#scope].group),
        onFailedAttempt: () => undefined,
      },
    );
    if (!presences || !isNeeded()) return;
    this.#reconciler.start();
    await this.#onPresence(presences, at);
  }

  /** Presence was read; answers the calls that are read now because of it. */
  async #onPresence(presences: readonly Presence[], at: number): Promise<string[]> {
    const differing = await this.#coverage.compare(presences, at);
    if (!this.#isConnected || this.#isSynced) this.#hasFirstSync = true;
    this.#onDiffering(differing, 0);
    return differing;
  }

  #onDiffering(differing: readonly string[], delayMs?: number): void {
    for (const id of differing) this.#queue.want(id, delayMs);
    this.#changes.call();
    this.#progress.call();
  }

  #onFailure(failure: Failure): void {
    this.#coverage.failure = failure;
    this.#changes.call();
    this.#progress.call();
  }

  /** Without events; what has not come after a few seconds is left for the next look. Whether all has come. */
  #poll(readsAll: boolean): Promise<boolean> {
    const readDiffering = async () => {
      const at = this.#calls.stamp();
      const options = { signal: this.#closing.signal, priority: 'background' } as const;
      const ids = new Set(await this.#onPresence(await this.#reader.readPresence(this.#scope, options), at));
      // Presence calls it ringing before and while it rings, and connected for who calls: see `calls/store/presence-comparison.ts`.
      for (const id of this.#calls.liveIds()) if (this.#calls.isUnsettled(id)) ids.add(id);
      for (const id of ids) {
        this.#share.spend();
        if (!this.#queue.has(id)) this.#queue.want(id, 0);
      }
      await this.#untilRead(ids);
    };
    const reading = readsAll ? this.refreshAll() : readDiffering();
    const done = reading.then(
      () => true,
      (error: unknown) => {
        this.#onFailure(asFailure(error));
        return false;
      },
    );
    return Promise.race([done, this.#waitUntil(() => false, patienceMs).then(() => false)]);
  }

  /** `isAnswered`: the platform gave the call, or its last word on it. */
  #onRead(telephonySessionId: string, isAnswered: boolean): void {
    if (isAnswered && this.#coverage.answered(telephonySessionId)) this.#changes.call();
    if (this.#fullSync?.unread.delete(telephonySessionId)) {
      this.#changes.call();
      this.#finishFullSync();
    }
    this.#progress.call();
  }

  #finishFullSync(): void {
    const reading = this.#fullSync;
    if (!reading || reading.unread.size > 0) return;
    // What was read before events came in can have changed before the first of them.
    this.#isSynced = reading.isConnected;
    if (this.#isSynced) this.#syncedAt = this.#clock.now();
    this.#hasFirstSync ||= reading.isComplete;
    this.#fullSync = undefined;
    if (this.#isSynced) {
      this.#feed.resynced();
      this.#onFeed();
    }
    this.#progress.call();
  }

  /** Waits a few seconds at most for these calls to be read. */
  #untilRead(ids: Iterable<string>): Promise<void> {
    const all = [...ids];
    return this.#waitUntil(() => !all.some((id) => this.#queue.has(id)), patienceMs);
  }

  #waitUntil(isDone: () => boolean, ms: number): Promise<void> {
    if (isDone() || this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(ms, finish);
      const stop = this.#progress.add(() => {
        if (isDone() || this.#closing.signal.aborted) finish();
      });
    });
  }
}
