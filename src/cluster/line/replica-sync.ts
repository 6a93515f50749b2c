import { isoTime } from '../../calls/store/build-view.ts';
import type { CallLog } from '../../calls/store/call-log.ts';
import type { FeedView, SessionView } from '../../calls/store/views.ts';
import { CallReader, type RecentCall } from '../../calls/sync/call-reader.ts';
import type { CallSyncOptions } from '../../calls/sync/call-sync.ts';
import type { ReadOptions } from '../../calls/sync/platform-reader.ts';
import type { Sync } from '../../calls/sync/sync.ts';
import type { Feed, FeedContinuation } from '../../ringcentral/wire/feed.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { Listeners } from '../../shared/listeners.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import type { Redis } from '../redis/redis.ts';
import { Asks } from './asks.ts';
import { Hearing } from './hearing.ts';
import { Leader, newLeaseToken } from './leader.ts';
import { type LeaderWatchOptions, watchByLeader } from './leader-watch.ts';
import { leaseMs, type Term } from './line-log.ts';
import type { FailureEntry, PlacedEntry, StatusEntry } from './log-entry.ts';
import { LogWriter } from './log-writer.ts';
import { ServedAsks } from './served-asks.ts';
import type { SharedPicture } from './shared-picture.ts';

export interface ReplicaSyncOptions {
  picture: SharedPicture;
  redis: Redis;
  line: string;
  sealer: Sealer;
  clock: Clock;
  log: Logger;
  createFeed: (continuation: FeedContinuation) => Feed;
  /** How many other replicas live. */
  others: () => number;
  sync: Omit<CallSyncOptions, 'calls' | 'callLog' | 'feed' | 'isContinued'>;
}

/** In ms: how often a replica looks whether somebody leads. */
const lookMs = 500;
/** In ms: whoever has handed over leads again only where nobody else does by then. */
const standDownMs = 1_000;
const patienceMs = 5_000;
/** In ms: the same for one to which RingCentral did not answer. */
const cutOffMs = 5_000;

/**
 * Keeps the picture true on one of several replicas: one of them leads, reads the platform and writes the log; the
 * others follow, ask it where something has to be read for all, and read single calls themselves.
 */
export class ReplicaSync implements Sync {
  readonly callLog: CallLog;
  readonly #options: ReplicaSyncOptions;
  readonly #asks: Asks;
  readonly #reader: CallReader;
  readonly #writer: LogWriter;
  readonly #statusListeners: Listeners<[]>;
  #leader: Leader | undefined;
  #isTaking = false;
  #status: StatusEntry | undefined;
  readonly #hearing: Hearing;
  readonly #served: ServedAsks;
  /** All that was in the log when somebody looked last was not in the picture in time. */
  #isBehind = false;
  /** Of `performance.now()`: before that it does not lead again. */
  #standsDownUntil = 0;
  #isOpen = false;
  #isClosed = false;
  #openedAt = 0;
  #cancelLook = (): void => undefined;
  #stopListening = (): void => undefined;
  #noteEnded = (): void => undefined;

  constructor(options: ReplicaSyncOptions) {
    const { picture, clock, sync } = options;
    this.#options = options;
    this.#statusListeners = new Listeners(sync.onDefect);
    this.#writer = new LogWriter({ log: picture.log, clock });
    this.#asks = new Asks(this.#writer, clock);
    this.#served = new ServedAsks(clock);
    this.#hearing = new Hearing(clock, (isHeard) => {
      picture.calls.setHeard(isHeard);
      this.#statusListeners.emit();
    });
    this.callLog = picture.writeBy(this.#writer);
    this.#reader = new CallReader({
      calls: picture.calls,
      callLog: this.callLog,
      reader: sync.reader,
      clock,
      isConnected: () => this.#hearing.isHeard && this.#isConnected,
    });
  }

  /** Whether this replica leads, and for how long, in ms, nothing of a leader was heard. */
  get leadership(): { leads: boolean; silenceMs: number } {
    return { leads: this.#leader !== undefined, silenceMs: this.#hearing.silenceMs };
  }

  /** Somebody has asked for the calls, and it has not ended. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isClosed;
  }

  /** The keys of the log and of the count of terms, and the id of the last entry in the picture; empty for none. */
  get place(): { log: string; term: string; id: string } {
    const { log, lastId } = this.#options.picture;
    return { log: log.keys.log, term: log.keys.term, id: lastId };
  }

  /** Calls `listener` when it ends. */
  onEnd(listener: () => void): void {
    this.#noteEnded = listener;
  }

  open(): void {
    if (this.#isOpen || this.#isClosed) return;
    this.#isOpen = true;
    const { picture, clock } = this.#options;
    this.#openedAt = clock.now();
    this.#hearing.begin();
    this.#stopListening = picture.onEntry((placed) => this.#note(placed));
    picture.calls.setHeard(false);
    picture.onLoss(() => void this.#leader?.handOver({ hasLoss: true }));
    picture.join();
    this.#look();
  }

  async caughtUp(): Promise<void> {
    if (this.#isOpen) this.#isBehind = !(await this.#options.picture.caughtUp());
  }

  async ready(ms: number): Promise<boolean> {
    this.open();
    // What another leader read says nothing of now, until somebody leads again.
    const isReady = () => this.#isLed && (this.#hasFirstSync || this.#isHopeless);
    const { picture, redis } = this.#options;
    // Without Redis nothing comes, however long one waits.
    if (redis.isUp) await picture.until(isReady, ms);
    return this.#hasFirstSync;
  }

  async ensureFresh(): Promise<void> {
    this.open();
    await this.caughtUp();
    if (this.#leader) return this.#leader.sync.ensureFresh();
    if (!(await this.ready(patienceMs)) || !this.#isLed) return;
    // While events come in, the leader's picture is fresh without being asked.
    if (this.#isConnected) return;
    await this.#asks.ask({ do: 'ensureFresh' }).catch(() => {});
  }

  get failure(): Failure | undefined {
    return this.#leader ? this.#leader.sync.failure : failureOf(this.#status?.failure);
  }

  get unavailableReason(): Failure | undefined {
    if (this.#leader) return this.#leader.sync.unavailableReason;
    if (!this.#status || !this.#options.picture.isWhole) return notYet();
    return failureOf(this.#status.unavailable);
  }

  refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return this.#reader.refresh(telephonySessionId, options);
  }

  refreshTimed(
    telephonySessionId: string,
    options?: ReadOptions,
  ): Promise<{ call: SessionView; at: number }> {
    return this.#reader.refreshTimed(telephonySessionId, options);
  }

  recent(telephonySessionId: string, partyId?: string): Promise<RecentCall> {
    return this.#reader.recent(telephonySessionId, partyId);
  }

  async refreshAll(): Promise<void> {
    if (this.#leader) return this.#leader.sync.refreshAll();
    await this.#asks.ask({ do: 'refreshAll' });
  }

  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    return this.#watch(waitMs, { telephonySessionId, ...(partyId !== undefined && { partyId }) });
  }

  watchAll(waitMs?: number): () => void {
    return this.#watch(waitMs);
  }

  lookLast(telephonySessionId: string, partyId?: string): Promise<boolean> {
    if (this.#leader) return this.#leader.sync.lookLast(telephonySessionId, partyId);
    return this.#asks
      .ask({ do: 'lookLast', telephonySessionId, ...(partyId !== undefined && { partyId }) })
      .catch(() => false);
  }

  lookLastAtAll(): Promise<boolean> {
    if (this.#leader) return this.#leader.sync.lookLastAtAll();
    return this.#asks.ask({ do: 'lookLastAtAll' }).catch(() => false);
  }

  status(): FeedView {
    if (this.#leader) return this.#leader.sync.status();
    const view = this.#status?.view;
    if (!this.#isOpen)
      return { state: 'idle', stale: true, since: isoTime(this.#options.clock.now()), asOf: null };
    if (view && this.#hearing.isHeard) {
      return this.#isBehind || !this.#options.picture.isWhole
        ? { ...view, stale: true, reason: 'this replica is behind the others for a moment' }
        : view;
    }
    const { clock, redis } = this.#options;
    return {
      ...(view ?? { asOf: null }),
      state: 'connecting',
      stale: true,
      since: isoTime(view ? Date.parse(view.since) : this.#openedAt || clock.now()),
      reason: redis.isUp
        ? 'no replica tells of events at the moment; one will take over in a few seconds'
        : 'Redis, which the replicas share, does not answer: nothing is heard of the calls',
    };
  }

  onStatus(listener: () => void): () => void {
    return this.#statusListeners.add(listener);
  }

  /** Hands a delivery of RingCentral to the leader. @throws Failure `unavailable`: it has to be delivered again */
  async deliver(notification: unknown): Promise<void> {
    await this.#writer.write({ kind: 'delivered', notification });
  }

  close(): void {
    void this.end();
  }

  /** Hands over, where this replica leads, and follows. It leads again only where nobody else does within a second. */
  async handOver(): Promise<void> {
    await this.#standDown(standDownMs);
  }

  /** Hands over, where this replica leads, and stops. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#noteEnded();
    this.#cancelLook();
    this.#served.end();
    await this.#leader?.handOver();
    this.#writer.close();
    this.#stopListening();
    this.#options.picture.leave();
    this.#statusListeners.emit();
  }

  async #standDown(ms: number): Promise<void> {
    this.#standsDownUntil = performance.now() + ms;
    await this.#leader?.handOver();
  }

  /** Somebody leads, here or elsewhere. */
  get #isLed(): boolean {
    return this.#leader !== undefined || this.#hearing.isHeard;
  }

  get #isConnected(): boolean {
    const state = this.#status?.view.state;
    return state === 'live' || state === 'resyncing';
  }

  get #hasFirstSync(): boolean {
    if (this.#leader) return this.#leader.sync.progress.hasFirstSync;
    return this.#options.picture.isWhole && this.#status?.hasFirstSync === true;
  }

  /** The first sync will not come soon: the leader says so. */
  get #isHopeless(): boolean {
    return this.#status?.failure !== undefined;
  }

  #watch(waitMs: number | undefined, call?: LeaderWatchOptions['call']): () => void {
    const { clock } = this.#options;
    return watchByLeader({
      ...{ clock, waitMs, asks: this.#asks, leader: () => this.#leader },
      ...(call && { call }),
    });
  }

  /** Looks, again and again, whether somebody leads. */
  #look(): void {
    if (this.#isClosed) return;
    this.#cancelLook();
    const { picture, clock } = this.#options;
    const isAlone =
      !this.#leader &&
      !this.#hearing.isHeard &&
      this.#hearing.isOver &&
      performance.now() >= this.#standsDownUntil;
    if (isAlone && (picture.isWhole || clock.now() - this.#openedAt > leaseMs)) void this.#takeOver();
    // Not all in the same moment.
    const pause = this.#status || this.#leader ? lookMs * (0.8 + 0.4 * Math.random()) : lookMs / 5;
    this.#cancelLook = clock.after(pause, () => this.#look());
  }

  async #takeOver(): Promise<void> {
    const { picture, redis, log, line } = this.#options;
    if (this.#isTaking || !redis.isUp || this.#isClosed) return;
    this.#isTaking = true;
    const token = newLeaseToken();
    try {
      const term = await picture.log.acquire(token);
      if (term) await this.#lead(term, token);
    } catch (error) {
      if (!(error instanceof Failure)) log.error({ err: error, line }, 'a line was not taken over');
    }
    this.#isTaking = false;
  }

  async #lead(term: Term, token: string): Promise<void> {
    const { picture, line, sealer, clock, log, createFeed, sync, others } = this.#options;
    // All that came before belongs to the picture that it goes on with.
    if (!(await picture.until(() => picture.has(term.id), leaseMs / 3)) || !picture.isWhole) {
      picture.startEmpty(term.id);
    }
    if (this.#isClosed) return picture.log.release(token);
    const leader = new Leader({
      ...{ picture, line, token, term, sealer, clock, log, createFeed, sync },
      before: this.#status,
      others,
      cutOff: () => {
        log.warn({ line, term: term.number }, 'RingCentral does not answer here: another replica may lead');
        void this.#standDown(cutOffMs);
      },
      ended: (reason) => {
        if (this.#leader !== leader) return;
        log.warn({ line, term: term.number, reason }, 'this replica does not lead any more');
        this.#leader = undefined;
        this.#served.end();
        this.#hearing.noteEnd();
        this.#statusListeners.emit();
      },
    });
    log.info({ line, term: term.number }, 'this replica leads');
    this.#leader = leader;
    this.#hearing.note(term.id);
    leader.sync.onStatus(() => {
      // What it has read in full is no longer missing.
      if (leader.sync.progress.isSynced && leader.feed.status.state === 'live') picture.hasLoss = false;
      this.#statusListeners.emit();
    });
    leader.begin();
    leader.checkpoint();
  }

  #note(placed: PlacedEntry): void {
    const { entry } = placed;
    this.#asks.note(placed);
    switch (entry.kind) {
      case 'left':
        this.#hearing.noteEnd();
        this.#options.clock.after(50 * Math.random(), () => this.#look());
        break;
      case 'status':
        this.#status = entry.status;
        if (entry.status.isSynced) this.#options.picture.hasLoss = false;
        this.#hearing.note(placed.id);
        this.#statusListeners.emit();
        break;
      case 'term':
      case 'beat':
      case 'event':
        this.#hearing.note(placed.id);
        break;
      case 'loss':
        // Whoever leads next reads everything, unless the leader says first that it has.
        if (this.#status) this.#status = { ...this.#status, isSynced: false };
        break;
      case 'delivered':
        this.#leader?.feed.receive?.(entry.notification);
        break;
      case 'ask':
        if (this.#leader) void this.#served.serve(entry.id, entry.what, this.#leader);
        break;
      default:
        break;
    }
  }
}

const failureOf = (entry: FailureEntry | undefined): Failure | undefined =>
  entry && new Failure(entry.kind, entry.message, entry.details);

const notYet = () =>
  new Failure(
    'unavailable',
    'The calls have not been read yet: no replica has told what it knows. Try again in a few seconds.',
    { retryAfterSeconds: 3 },
  );
