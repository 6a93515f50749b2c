import type { Clock } from '../base/clock.ts';
import { Failure, type Trouble, tellTrouble } from '../base/failure.ts';
import type { Presence } from '../ringcentral/wire/event.ts';
import type { Feed, FeedState } from '../ringcentral/wire/feed.ts';
import { Attention } from './attention.ts';
import { type Insistence, insist } from './insist.ts';
import { Listeners, type OnDefect, throwLater } from './listeners.ts';
import type { Doubt, LiveCalls } from './live-calls.ts';
import { ReadQueue } from './read-queue.ts';
import type { Reader, ReadOptions, Room } from './reader.ts';
import { presenceReads, Reconciler } from './reconciler.ts';
import { isoTime } from './show.ts';
import { Unseen } from './unseen.ts';
import type { FeedView, Scope, SessionView } from './view.ts';

export type { Reader, Room } from './reader.ts';

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
  /** Told of what must not happen: a listener that throws, an answer that cannot be merged. */
  onDefect?: OnDefect;
}

/** FACTS 7. */
const defaultLightPerMinute = 50;

/** A call that the platform announced and does not find is asked for again after this. */
const notFoundMs = 5_000;
/** How long `refreshAll` waits for readings; what is not there by then comes later and says that it is stale. */
const refreshAllMs = 5_000;

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
  readonly #reconciler: Reconciler;
  readonly #attention: Attention;
  readonly #closing = new AbortController();
  readonly #changes: Listeners<[]>;
  /** A session was read, or the whole picture. */
  readonly #done: Listeners<[]>;
  #stops: (() => void)[] = [];
  #isOpen = false;
  /** There was a first complete reading. */
  #hasPicture = false;
  /** Nothing was missed since the last complete reading. */
  #isSynced = false;
  /** Presence has been compared since events came again after a connection was lost. */
  #isVerified = true;
  /** The complete reading under way; a loss makes it worthless, and a new one takes its place. */
  #reading: Reading | undefined;
  /** Epoch ms at which the picture was last known to be complete and true, while it is not. */
  #trueUntil: number | undefined;
  readonly #unseen: Unseen;
  /** Why the picture could not be read. */
  #trouble: Trouble | undefined;

  constructor(options: KeeperOptions) {
    const { calls, feed, reader, clock, scope, room = () => 0 } = options;
    const { lightPerMinute = () => defaultLightPerMinute, onDefect = throwLater } = options;
    this.#changes = new Listeners(onDefect);
    this.#done = new Listeners(onDefect);
    this.#calls = calls;
    this.#feed = feed;
    this.#reader = reader;
    this.#clock = clock;
    this.#scope = scope;
    this.#room = room;
    this.#onDefect = onDefect;
    this.#unseen = new Unseen((id) => calls.session(id)?.over === false);
    const { signal } = this.#closing;
    const onDone = (id: string, isAnswered: boolean) => this.#onRead(id, isAnswered);
    this.#queue = new ReadQueue({ calls, reader, clock, room, signal, onDone, onDefect });
    const isNeeded = () => this.#isSynced;
    const onVerdict = (differing: string[], isComplete: boolean) => this.#onVerdict(differing, isComplete);
    const onTurn = (id: string) => this.#queue.want(id);
    this.#reconciler = new Reconciler({
      ...{ calls, reader, clock, scope, room, lightPerMinute, signal, isNeeded, onVerdict, onTurn, onDefect },
    });
    const onDue = (id: string) => this.#queue.want(id, 0);
    this.#attention = new Attention({ calls, clock, signal, lightPerMinute, onDue });
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
    this.#stops = [this.#feed.listen(listener), this.#calls.onDoubt((id, doubt) => this.#onDoubt(id, doubt))];
    this.#reconciler.start();
    this.#feed.start();
    this.#onFeed();
  }

  /** Opens, and waits at most `ms` for the first picture; false when there is none yet. */
  async ready(ms: number): Promise<boolean> {
    this.open();
    await this.#until(() => this.#hasPicture, ms);
    return this.#hasPicture;
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  async refresh(telephonySessionId: string, options: ReadOptions = {}): Promise<SessionView> {
    return (await this.look(telephonySessionId, options)).call;
  }

  /**
   * The same, with the clock's time `at` which the request left: what changed before it is in the answer. Who of the
   * call the login is, is found out first. Throws the reader's `Failure`.
   */
  async look(
    telephonySessionId: string,
    options: ReadOptions = {},
  ): Promise<{ call: SessionView; at: number }> {
    await this.#identify();
    let requestedAt = this.#calls.stamp();
    let at = this.#clock.now();
    const onSend = (): void => {
      requestedAt = this.#calls.stamp();
      at = this.#clock.now();
    };
    try {
      this.#calls.snapshot(
        await this.#reader.readSession(telephonySessionId, { ...options, onSend }),
        requestedAt,
      );
    } catch (error) {
      if (error instanceof Failure && error.kind === 'not_found') {
        this.#calls.notFound(telephonySessionId, requestedAt);
      }
      throw error;
    }
    const call = this.#calls.session(telephonySessionId);
    if (call) return { call, at };
    throw new Failure(
      'unavailable',
      'There are too many live calls to show this one. Try again when some have ended.',
    );
  }

  /**
   * Reads presence now, then the calls that it sees differently and those that are stale, within the room for
   * background reads; waits a few seconds at most. Throws the reader's `Failure` when presence cannot be read.
   */
  async refreshAll(): Promise<void> {
    const at = this.#calls.stamp();
    const presences = await this.#reader.readPresence(this.#scope);
    const ids = new Set([...this.#differing(presences, at), ...this.#calls.staleIds()]);
    for (const id of ids) this.#queue.want(id, 0);
    await this.#until(() => ![...ids].some((id) => this.#queue.has(id)), refreshAllMs);
  }

  /**
   * Somebody waits for what happens on this call, or to this party of it: where no event tells, it is read again
   * about every three seconds, within the room for background reads. The answer ends it.
   */
  watch(telephonySessionId: string, partyId?: string): () => void {
    return this.#attention.watch(telephonySessionId, partyId);
  }

  status(): FeedView {
    const { state, since, reason } = this.#feed.status;
    const own = this.#trouble && tellTrouble(this.#trouble, this.#clock.now());
    const trouble = reason ?? own ?? this.#calls.limitReached ?? this.#unseen.reason;
    const isTrue = state === 'live' && this.#isSynced && trouble === undefined;
    const oldest = this.#calls.oldestVerifiedAt();
    const reading = this.#reading;
    return {
      state,
      stale: !isTrue,
      since: isoTime(since),
      asOf: isoTime(isTrue ? this.#clock.now() : (this.#trueUntil ?? since)),
      ...(trouble !== undefined && { reason: trouble }),
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
    this.#queue.close();
    this.#done.call();
  }

  /** Whose parties are "yours"; it stays unknown where it cannot be read. */
  async #identify(): Promise<void> {
    if (this.#calls.isOwnKnown) return;
    const own = await this.#reader.identity().catch(() => undefined);
    if (own) this.#calls.setOwnExtension(own.extensionId);
  }

  #onFeed(): void {
    const { state } = this.#feed.status;
    const isConnected = connectedStates.has(state);
    if (!isConnected && this.#isSynced) {
      this.#trueUntil ??= this.#clock.now();
      this.#isVerified = false;
    }
    if (state === 'live' && this.#isSynced) {
      this.#trueUntil = undefined;
      if (!this.#isVerified) void this.#verify().catch(this.#onDefect);
    }
    this.#calls.setConnected(isConnected);
    if (isConnected && !this.#isSynced && !this.#reading?.isConnected) this.#readAll(true);
    // Without events there is still the platform to ask, once; what it says gets stale by age.
    if (downStates.has(state) && !this.#hasPicture && !this.#reading) this.#readAll(false);
    this.#changes.call();
  }

  #onGap(): void {
    if (this.#isSynced) this.#trueUntil ??= this.#clock.now();
    this.#isSynced = false;
    if (connectedStates.has(this.#feed.status.state)) this.#readAll(true);
    else this.#calls.markStale();
    this.#changes.call();
  }

  #onDoubt(telephonySessionId: string, doubt: Doubt): void {
    this.#queue.want(telephonySessionId, doubt === 'not found too early' ? notFoundMs : undefined);
  }

  /** Presence, then every session that it or the picture knows. A reading that begins later replaces this one. */
  #readAll(isConnected: boolean): void {
    this.#calls.markStale();
    const reading: Reading = { isConnected, total: 0, unread: new Set() };
    this.#reading = reading;
    void this.#begin(reading).catch(this.#onDefect);
  }

  async #begin(reading: Reading): Promise<void> {
    const isCurrent = () => this.#reading === reading && !this.#closing.signal.aborted;
    this.#trouble = undefined;
    const onTrouble = (trouble: Trouble | undefined) => this.#onTrouble(trouble);
    const own = await insist(() => this.#reader.identity(), this.#insistence('light', isCurrent, onTrouble));
    if (own) this.#calls.setOwnExtension(own.extensionId);
    const seen = await this.#readPresence(isCurrent, onTrouble);
    if (!isCurrent()) return;
    const differing = seen ? this.#differing(seen.presences, seen.at) : [];
    const known = this.#calls.liveIds();
    const isKnown = new Set(known);
    // Those that only presence knows come first: one of them may be ringing.
    reading.unread = new Set([...differing.filter((id) => !isKnown.has(id)), ...known]);
    reading.total = reading.unread.size;
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
    const isNeeded = () => this.#isSynced && this.#isVerified && !this.#closing.signal.aborted;
    const seen = await this.#readPresence(isNeeded, () => undefined);
    if (seen && isNeeded()) this.#onVerdict(this.#calls.compare({ ...seen, complete: true }), true);
  }

  /** Insists on presence of the whole scope; `at`: the stamp of its request. */
  async #readPresence(
    isNeeded: () => boolean,
    onTrouble: Insistence['onTrouble'],
  ): Promise<{ presences: Presence[]; at: number } | undefined> {
    const { signal } = this.#closing;
    let at = 0;
    const presences = await insist(
      () => {
        at = this.#calls.stamp();
        return this.#reader.readPresence(this.#scope, { signal, priority: 'background' });
      },
      this.#insistence(presenceReads[this.#scope].group, isNeeded, onTrouble),
    );
    if (presences) this.#reconciler.postpone();
    return presences && { presences, at };
  }

  #insistence(
    group: 'light' | 'heavy',
    isNeeded: () => boolean,
    onTrouble: Insistence['onTrouble'],
  ): Insistence {
    return {
      clock: this.#clock,
      signal: this.#closing.signal,
      room: () => this.#room(group),
      isNeeded,
      onTrouble,
      onDefect: this.#onDefect,
    };
  }

  /** What a complete presence, requested at `at`, sees differently. */
  #differing(presences: readonly Presence[], at: number): string[] {
    const differing = this.#calls.compare({ presences, at, complete: true });
    this.#unseen.note(differing, true);
    return differing;
  }

  /** `isAnswered`: the platform gave the call, or its last word on it. */
  #onRead(telephonySessionId: string, isAnswered: boolean): void {
    if (isAnswered && this.#unseen.answered(telephonySessionId)) this.#changes.call();
    if (this.#reading?.unread.delete(telephonySessionId)) {
      this.#changes.call();
      this.#finish();
    }
    this.#done.call();
  }

  #finish(): void {
    if (!this.#reading || this.#reading.unread.size > 0) return;
    // What was read before events came in can have changed before the first of them.
    this.#isSynced = this.#reading.isConnected;
    this.#reading = undefined;
    this.#hasPicture = true;
    if (this.#isSynced) {
      this.#feed.resynced();
      this.#onFeed();
    }
    this.#done.call();
  }

  #onTrouble(trouble: Trouble | undefined): void {
    this.#trouble = trouble;
    this.#changes.call();
  }

  #onVerdict(differing: readonly string[], isComplete: boolean): void {
    this.#unseen.note(differing, isComplete);
    for (const id of differing) this.#queue.want(id);
    this.#changes.call();
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

/** A complete reading: presence, then each session. */
interface Reading {
  /** Events came in when it began, so nothing can have slipped between. */
  isConnected: boolean;
  total: number;
  unread: Set<string>;
}
