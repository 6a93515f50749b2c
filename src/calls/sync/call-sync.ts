import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Feed, FeedState } from '../../ringcentral/wire/feed.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { Listeners, type OnDefect, throwLater } from '../../shared/listeners.ts';
import { isoTime } from '../store/build-view.ts';
import type { Doubt, LiveCalls } from '../store/call-store.ts';
import type { FeedView, Scope, SessionView } from '../store/views.ts';
import { CallReader, type RecentCall } from './call-reader.ts';
import { Overview, type Standing } from './coverage.ts';
import { FollowUp } from './follow-up.ts';
import { WholeReading } from './full-sync.ts';
import type { Reader, ReadOptions, Room } from './platform-reader.ts';
import { Looks } from './presence-polling.ts';
import { ReadQueue } from './read-queue.ts';
import { presenceReads, Reconciler } from './reconciler.ts';
import { asFailure, insist, mayPass } from './retry.ts';
import { justNowMs, WaitersShare } from './waiters-share.ts';
import { Attention } from './watched-calls.ts';

export interface KeeperOptions {
  calls: LiveCalls;
  feed: Feed;
  reader: Reader;
  clock: Clock;
  scope: Scope;
  /** Without it, reads in the background are sent as soon as they are due. */
  room?: Room;
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
/** A first picture that failed is tried again for who looks, when this has passed. */
const retryMs = 2_000;

const connectedStates: ReadonlySet<FeedState> = new Set(['live', 'resyncing']);
const downStates: ReadonlySet<FeedState> = new Set(['waiting', 'denied']);

/** Keeps the picture true: starts the feed, reads at the start and after losses, reconciles with presence. */
export class Keeper {
  readonly #calls: LiveCalls;
  readonly #feed: Feed;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #room: Room;
  readonly #onDefect: OnDefect;
  readonly #queue: ReadQueue;
  readonly #single: CallReader;
  readonly #reconciler: Reconciler;
  /** Light requests for those who wait. */
  readonly #share: WaitersShare;
  readonly #attention: Attention;
  readonly #followUp: FollowUp;
  readonly #looks: Looks;
  readonly #overview: Overview;
  readonly #closing = new AbortController();
  readonly #changes: Listeners<[]>;
  /** A session was read, or the whole picture. */
  readonly #done: Listeners<[]>;
  #stops: (() => void)[] = [];
  #isOpen = false;
  /** There was a first complete reading; presence was read for it. */
  #hasPicture = false;
  /** Nothing was missed since the last complete reading. */
  #isSynced = false;
  /** Presence has been compared since events came again after a connection was lost. */
  #isVerified = true;
  /** The complete reading under way; a loss makes it worthless, and a new one takes its place. */
  #reading: WholeReading | undefined;
  /** Epoch ms since when events come in and nothing of what they told was missed. */
  #syncedAt = 0;

  constructor(options: KeeperOptions) {
    const { calls, feed, reader, clock, scope, room = () => 0 } = options;
    const { lightPerMinute = () => defaultLightPerMinute, recovers = true } = options;
    const { onDefect = throwLater } = options;
    this.#changes = new Listeners(onDefect);
    this.#done = new Listeners(onDefect);
    this.#onDefect = onDefect;
    this.#calls = calls;
    this.#feed = feed;
    this.#reader = reader;
    this.#clock = clock;
    this.#scope = scope;
    this.#room = room;
    const { signal } = this.#closing;
    this.#overview = new Overview({ calls, reader, clock, scope, room, recovers, signal });
    const onDone = (id: string, isAnswered: boolean) => this.#onRead(id, isAnswered);
    this.#single = new CallReader(calls, reader, clock, () => this.#isConnected);
    const noting = {
      readSession: (id: string, how?: ReadOptions) =>
        reader.readSession(id, how).catch((error: unknown) => {
          this.#overview.refused(id, error);
          throw error;
        }),
    };
    this.#queue = new ReadQueue({
      ...{ calls, reader: { ...reader, ...noting }, clock, room, signal, onDone, onDefect },
    });
    this.#reconciler = new Reconciler({
      ...{ calls, reader, clock, scope, room, lightPerMinute, recovers, signal, onDefect },
      isNeeded: () => this.#isSynced,
      onPresence: (presences, at) => void this.#onPresence(presences, at).catch(onDefect),
      onTestimony: (testimony) => this.#onDiffering(this.#overview.hear(testimony)),
      onFailure: (error) => this.#onFailure(asFailure(error)),
      onTurn: (id) => this.#queue.want(id),
    });
    const onDue = (id: string) => this.#queue.want(id, 0);
    this.#share = new WaitersShare(clock, lightPerMinute);
    this.#attention = new Attention({ calls, clock, signal, share: this.#share, onDue });
    this.#followUp = new FollowUp({ calls, clock, signal, onDue });
    this.#looks = new Looks({
      clock,
      signal,
      pollMs: pollMs[scope],
      share:
        presenceReads[scope].group === 'light' ? this.#share : new WaitersShare(clock, () => heavyPerMinute),
      isNeeded: () => this.#hasPicture && !this.#isConnected,
      read: (readsAll) => this.#lookAgain(readsAll),
    });
  }

  /** The first real need of the picture. Harmless when open; never throws: trouble is in `status()`. */
  open(): void {
    if (this.#isOpen || this.#closing.signal.aborted) return;
    this.#isOpen = true;
    const listener = {
      event: this.#calls.apply.bind(this.#calls),
      presence: (presence: Presence) => this.#reconciler.hear(presence),
      status: () => this.#onFeed(),
      gap: () => this.#onGap(),
    };
    this.#stops = [
      this.#feed.listen(listener),
      this.#calls.onDoubt((id, doubt) => this.#onDoubt(id, doubt)),
      this.#calls.onChange(({ telephonySessionId, partyIds }) => {
        if (partyIds.length > 0 && this.#isConnected) this.#followUp.note(telephonySessionId);
      }),
    ];
    this.#reconciler.start();
    this.#feed.start();
    this.#onFeed();
  }

  /** Opens, and waits at most `ms` for the first picture, or until it is known to fail; false when there is none yet. */
  async ready(ms: number): Promise<boolean> {
    this.open();
    await this.#until(() => this.#hasPicture || this.#isHopeless, ms);
    return this.#hasPicture;
  }

  /**
   * For who looks at all calls: waits a moment for the first picture, and without events asks the platform now, unless
   * it was asked just before. Never throws: what could not be read is in `status()` and `blindness`.
   */
  async look(): Promise<void> {
    this.open();
    if (!this.#hasPicture) {
      const isDue = this.#reading?.isOverdue(retryMs) ?? true;
      if (this.#isDown && isDue) this.#readAll(false);
      await this.ready(patienceMs);
    } else await this.#looks.now();
  }

  /** What has kept the calls from being read since the start; undefined where nothing has, or events tell a part. */
  get failure(): Failure | undefined {
    return this.#hasPicture || this.#isSynced ? undefined : this.#overview.failure;
  }

  /** Why nothing can be said of the calls; undefined where there is a picture, or events that tell a part of it. */
  get blindness(): Failure | undefined {
    if (this.#hasPicture || this.#isSynced) return undefined;
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
    return this.#single.refresh(telephonySessionId, options);
  }

  /**
   * The same, with the clock's time `at` which the request left: what changed before it is in the answer. Who of the
   * call the login is, is found out first.
   */
  lookAt(telephonySessionId: string, options?: ReadOptions): Promise<{ call: SessionView; at: number }> {
    return this.#single.look(telephonySessionId, options);
  }

  /** The call as it is now: see `CallReader.recent`. Throws the reader's `Failure` for a call that was never seen. */
  recent(telephonySessionId: string, partyId?: string): Promise<RecentCall> {
    return this.#single.recent(telephonySessionId, partyId);
  }

  /**
   * Reads presence now, then the calls that it sees differently and those that are stale, within the room for
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
   * about every three seconds, within the room for background reads. The answer ends it, at the latest after `waitMs`.
   */
  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    return this.#attention.watch(telephonySessionId, partyId, waitMs);
  }

  /**
   * Somebody waits for whatever happens: without events presence is read every few seconds. The answer ends it, at the
   * latest after `waitMs`.
   */
  watchAll(waitMs?: number): () => void {
    return this.#looks.watch(waitMs);
  }

  /**
   * For who has waited for this call, or this party of it, and is about to say that nothing happened: what no event
   * tells is read once more, within the share of those who wait. False where it could not be.
   */
  async lookLast(telephonySessionId: string, partyId?: string): Promise<boolean> {
    const unseenSince = () => this.#calls.unseenSince(telephonySessionId, partyId);
    const before = unseenSince();
    if (before === undefined) return true;
    if (!this.#attention.last(telephonySessionId, partyId)) return false;
    await this.#untilRead([telephonySessionId]);
    return unseenSince() !== before || this.#clock.now() - before < justNowMs;
  }

  /** The same for who has waited for whatever happens. */
  lookLastAtAll(): Promise<boolean> {
    return this.#looks.last();
  }

  status(): FeedView {
    const { state, since, reason } = this.#feed.status;
    const { comparedAt, missing } = this.#overview;
    const unread = this.#overview.unread(this.#standing);
    const trouble = this.failure?.message ?? reason ?? unread[0];
    const isTrue = state === 'live' && this.#isSynced && this.#hasPicture && trouble === undefined;
    const oldest = this.#calls.oldestVerifiedAt();
    const reading = this.#reading;
    const unlisted = this.#overview.unlisted(this.#standing);
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
    this.#attention.close();
    this.#followUp.close();
    this.#queue.close();
    this.#done.call();
  }

  get #isConnected(): boolean {
    return connectedStates.has(this.#feed.status.state);
  }

  get #isDown(): boolean {
    return downStates.has(this.#feed.status.state);
  }

  /** The first picture will not come soon: the platform has refused it, or cannot be reached. */
  get #isHopeless(): boolean {
    const { failure } = this.#reading ?? this.#overview;
    if (failure === undefined) return false;
    return this.#isDown || (this.#reading?.isHopeless(patienceMs) ?? !mayPass(failure));
  }

  get #standing(): Standing {
    return {
      hasPicture: this.#hasPicture,
      syncedAt: this.#isSynced ? this.#syncedAt : undefined,
      isConnected: this.#isConnected,
    };
  }

  #onFeed(): void {
    const { state } = this.#feed.status;
    if (!this.#isConnected && this.#isSynced) this.#isVerified = false;
    if (state === 'live' && this.#isSynced && !this.#isVerified) void this.#verify().catch(this.#onDefect);
    this.#calls.setConnected(this.#isConnected);
    if (this.#isConnected && !this.#isSynced && !this.#reading?.isConnected) this.#readAll(true);
    // Without events there is still the platform to ask; who looks asks again.
    if (downStates.has(state) && !this.#hasPicture && !this.#reading) this.#readAll(false);
    this.#changes.call();
    this.#done.call();
  }

  #onGap(): void {
    this.#isSynced = false;
    if (this.#isConnected) this.#readAll(true);
    else this.#calls.markStale();
    this.#changes.call();
  }

  #onDoubt(telephonySessionId: string, doubt: Doubt): void {
    this.#queue.want(telephonySessionId, doubt === 'not found too early' ? notFoundMs : undefined);
  }

  /** Presence, then every session that it or the picture knows. A reading that begins later replaces this one. */
  #readAll(isConnected: boolean): void {
    this.#calls.markStale();
    const reading: WholeReading = new WholeReading({
      ...{ calls: this.#calls, overview: this.#overview, reader: this.#reader, clock: this.#clock },
      ...{ scope: this.#scope, room: this.#room, signal: this.#closing.signal, isConnected },
      isCurrent: () => this.#reading === reading,
      onFailure: (failure) => this.#onFailure(failure),
      onDefect: this.#onDefect,
    });
    this.#reading = reading;
    void this.#begin(reading).catch(this.#onDefect);
  }

  async #begin(reading: WholeReading): Promise<void> {
    await reading.begin();
    if (this.#reading !== reading || this.#closing.signal.aborted) return;
    this.#reconciler.start();
    for (const id of reading.unread) this.#queue.want(id, 0);
    this.#changes.call();
    this.#finish();
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
    const presences = await insist(
      () => {
        at = this.#calls.stamp();
        return this.#reader.readPresence(this.#scope, { signal, priority: 'background' });
      },
      {
        ...{ clock: this.#clock, signal, isNeeded, onDefect: this.#onDefect },
        room: () => this.#room(presenceReads[this.#scope].group),
        onTrouble: () => undefined,
      },
    );
    if (!presences || !isNeeded()) return;
    this.#reconciler.start();
    await this.#onPresence(presences, at);
  }

  /** Presence was read; answers the calls that are read now because of it. */
  async #onPresence(presences: readonly Presence[], at: number): Promise<string[]> {
    const differing = await this.#overview.compare(presences, at);
    if (!this.#isConnected || this.#isSynced) this.#hasPicture = true;
    this.#onDiffering(differing, 0);
    return differing;
  }

  #onDiffering(differing: readonly string[], delayMs?: number): void {
    for (const id of differing) this.#queue.want(id, delayMs);
    this.#changes.call();
    this.#done.call();
  }

  #onFailure(failure: Failure): void {
    this.#overview.failure = failure;
    this.#changes.call();
    this.#done.call();
  }

  /** Without events; what has not come after a few seconds is left for the next look. Whether all has come. */
  #lookAgain(readsAll: boolean): Promise<boolean> {
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
    return Promise.race([done, this.#until(() => false, patienceMs).then(() => false)]);
  }

  /** `isAnswered`: the platform gave the call, or its last word on it. */
  #onRead(telephonySessionId: string, isAnswered: boolean): void {
    if (isAnswered && this.#overview.answered(telephonySessionId)) this.#changes.call();
    if (this.#reading?.unread.delete(telephonySessionId)) {
      this.#changes.call();
      this.#finish();
    }
    this.#done.call();
  }

  #finish(): void {
    const reading = this.#reading;
    if (!reading || reading.unread.size > 0) return;
    // What was read before events came in can have changed before the first of them.
    this.#isSynced = reading.isConnected;
    if (this.#isSynced) this.#syncedAt = this.#clock.now();
    this.#hasPicture ||= reading.isComplete;
    this.#reading = undefined;
    if (this.#isSynced) {
      this.#feed.resynced();
      this.#onFeed();
    }
    this.#done.call();
  }

  /** Waits a few seconds at most for these calls to be read. */
  #untilRead(ids: Iterable<string>): Promise<void> {
    const all = [...ids];
    return this.#until(() => !all.some((id) => this.#queue.has(id)), patienceMs);
  }

  #until(isDone: () => boolean, ms: number): Promise<void> {
    if (isDone() || this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(ms, finish);
      const stop = this.#done.add(() => {
        if (isDone() || this.#closing.signal.aborted) finish();
      });
    });
  }
}
