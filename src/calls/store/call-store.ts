import type { TelephonyEvent } from '../../ringcentral/wire/event.ts';
import type { CallParty, CallSession } from '../../ringcentral/wire/session.ts';
import { CallHandles } from './call-handles.ts';
import type { ActiveCallsOptions, CallStoreOptions, MergeCounts, ReadReason } from './call-store-types.ts';
import { CallViews } from './call-views.ts';
import { ChangeNotifier } from './change-notifier.ts';
import { EventMerger } from './event-merger.ts';
import { type Happening, History } from './history.ts';
import { LinkTracker } from './link-tracker.ts';
import { type LinkEnd, Links } from './links.ts';
import { LogPositions, type Positions } from './log-positions.ts';
import type { PresenceSnapshot } from './presence-comparison.ts';
import { PresenceMerger } from './presence-merger.ts';
import { ReadingMerger } from './reading-merger.ts';
import { SessionRegistry } from './session-registry.ts';
import { StaleCalls } from './stale-calls.ts';
import { dumpSession, type FrameDump, loadSession, type SessionDump } from './store-dump.ts';
import { StoreFreshness } from './store-freshness.ts';
import type { Change, OwnCall, PartyView, SessionView } from './views.ts';

/** The live calls: pure state, fed by events and readings, bounded in memory. */
export class CallStore {
  readonly history: History;
  readonly counts: MergeCounts = { events: 0, late: 0, known: 0, readings: 0, noRoom: 0 };
  /** Short names of calls, numbered per login. */
  readonly handles: CallHandles;
  readonly #registry: SessionRegistry;
  readonly #positions: Positions;
  readonly #freshness: StoreFreshness;
  readonly #notifier: ChangeNotifier;
  readonly #linkTracker: LinkTracker;
  readonly #events: EventMerger;
  readonly #readings: ReadingMerger;
  readonly #presence: PresenceMerger;
  readonly #views: CallViews;
  readonly #staleCalls: StaleCalls;
  readonly #links: Links;

  constructor(options: CallStoreOptions) {
    const { clock, scope, maxLive = 20_000, maxEnded = 2_000, keepEndedMs = 600_000, maxHistory } = options;
    const { hostTime = (platformTime) => platformTime, onDefect } = options;
    const { positions = new LogPositions(clock), handles = new CallHandles() } = options;
    this.handles = handles;
    const isReplayed = options.positions !== undefined;
    this.history = new History(positions, maxHistory, isReplayed);
    const links = new Links();
    const registry = new SessionRegistry({ maxLive, maxEnded, keepEndedMs }, (id) => links.forget(id));
    const freshness = new StoreFreshness(clock, scope);
    const notifier = new ChangeNotifier(registry, this.history, onDefect);
    const linkTracker = new LinkTracker({ links, registry, notifier });
    const { counts } = this;
    const add = (telephonySessionId: string) => {
      const session = registry.add(telephonySessionId, positions.time());
      if (!session) counts.noRoom += 1;
      // In the order of the log, so that a handle means the same call wherever it is replayed.
      if (isReplayed) handles.of(telephonySessionId);
      return session;
    };
    this.#events = new EventMerger({
      scope,
      registry,
      positions,
      linkTracker,
      notifier,
      counts,
      add,
      hostTime,
    });
    this.#readings = new ReadingMerger({
      registry,
      positions,
      freshness,
      linkTracker,
      notifier,
      counts,
      add,
    });
    this.#presence = new PresenceMerger({ registry, freshness, linkTracker });
    this.#views = new CallViews({ clock, registry, links, freshness, handles: this.handles });
    this.#staleCalls = new StaleCalls(registry, freshness);
    this.#registry = registry;
    this.#links = links;
    this.#positions = positions;
    this.#freshness = freshness;
    this.#notifier = notifier;
    this.#linkTracker = linkTracker;
  }

  /** Sets whose parties are "yours". Until then no session has a `yourPartyId`. */
  setOwnExtension(extensionId: string): void {
    this.#freshness.ownExtensionId = extensionId;
  }

  /**
   * The number of the run of events of this call that comes in now; undefined while none come in. It changes where
   * some of them may be lost.
   */
  eventRun(telephonySessionId: string): number | undefined {
    return this.#freshness.eventRun(this.#registry.get(telephonySessionId));
  }

  /** Whether `setOwnExtension` was called. */
  get isOwnKnown(): boolean {
    return this.#freshness.ownExtensionId !== undefined;
  }

  /** Sets whether events come in as they happen; while they do not, what came from events is stale. */
  setConnected(connected: boolean): void {
    if (this.#freshness.setConnected(connected)) this.#notifier.allChanged();
  }

  /** Sets whether who brings the events has been heard lately; while not, what came from events is stale. */
  setHeard(isHeard: boolean): void {
    if (this.#freshness.setHeard(isHeard)) this.#notifier.allChanged();
  }

  /** The picture without its calls, of which each is dumped alone, because there may be many. */
  dump(): FrameDump {
    return {
      position: this.#positions.last,
      ...this.#freshness.dump(),
      ...this.#links.dump(),
      lostAt: this.history.lostAt,
      ringOutPairs: this.#registry.dump(),
      handles: this.handles.dump(),
    };
  }

  /** Ids of all calls that are known, live and ended. */
  knownIds(): string[] {
    return this.#registry.all().map(({ id }) => id);
  }

  dumpSession(telephonySessionId: string): SessionDump | undefined {
    const session = this.#registry.get(telephonySessionId);
    return session && dumpSession(session);
  }

  /** Takes a dump in the place of all that is known, and tells the listeners of every call in it. */
  load(frame: FrameDump, sessions: readonly SessionDump[], happenings: readonly Happening[]): void {
    this.#freshness.load(frame);
    this.#links.load(frame);
    this.handles.load(frame.handles);
    this.#registry.load(sessions.map(loadSession), frame.ringOutPairs);
    this.history.load(happenings, frame.position, frame.lostAt);
    for (const { id, parties } of this.#registry.all()) {
      for (const { party } of parties) this.#notifier.parties.emit(id, party);
    }
    this.#notifier.allChanged();
  }

  /** Events may have been lost: everything is stale until it has been read again. */
  markStale(isLost = false): void {
    if (isLost) this.history.noteLoss();
    this.#freshness.noteLoss(this.stamp());
    this.#notifier.allChanged();
  }

  /**
   * A stamp of now, a position in the store's log, in ms: take it before sending a request, and pass it on with the
   * answer.
   */
  stamp(): number {
    return this.#positions.stamp();
  }

  /**
   * Merges an event (platform.md 4.3). Its cost does not depend on the number of live calls.
   * @param receivedAt epoch ms
   */
  apply(event: TelephonyEvent, receivedAt: number): void {
    this.#events.apply(event, receivedAt);
  }

  /**
   * Merges a session as REST gave it.
   * @param requestedAt `stamp()` from before the request was sent
   */
  snapshot(snapshot: CallSession, requestedAt: number): void {
    this.#readings.snapshot(snapshot, requestedAt);
  }

  /** Merges one party from the answer of an operation; a call that is not known yet stays unknown. */
  snapshotParty(telephonySessionId: string, party: CallParty, requestedAt: number): void {
    this.#readings.snapshotParty(telephonySessionId, party, requestedAt);
  }

  /**
   * Notes that the platform does not know this session: it is over. One that had an event in the five seconds before
   * is asked for again instead, unless that said that your leg has left.
   * @param requestedAt `stamp()` from before the request was sent
   */
  notFound(telephonySessionId: string, requestedAt: number): void {
    this.#readings.notFound(telephonySessionId, requestedAt);
  }

  /**
   * Compares the store with presence, the second source.
   * @returns ids of the sessions that presence shows differently, or that the store does not know: they should be
   * read
   */
  compare(presenceSnapshot: PresenceSnapshot): string[] {
    return this.#presence.compare(presenceSnapshot);
  }

  /** A call by id: active, or ended a short while ago. */
  session(telephonySessionId: string): SessionView | undefined {
    return this.#views.session(telephonySessionId);
  }

  party(telephonySessionId: string, partyId: string): PartyView | undefined {
    return this.#views.party(telephonySessionId, partyId);
  }

  /** Active sessions, newest first; `withoutJoined`: without those that have joined a conference that is one of them. */
  active(options: ActiveCallsOptions = {}): SessionView[] {
    return this.#views.active(options);
  }

  /**
   * The active sessions that you are on, newest first, without those that have joined a conference that is one of
   * them.
   */
  yours(): OwnCall[] {
    return this.#views.yours();
  }

  /**
   * A live conference that was opened and that nobody has joined yet. Of several the last that became known: no event
   * tells that the others have ended.
   */
  waitingConference(): SessionView | undefined {
    return this.#views.waitingConference();
  }

  /** The short name of a call that `session` shows. */
  handle(telephonySessionId: string): string | undefined {
    return this.isShown(telephonySessionId) ? this.handles.of(telephonySessionId) : undefined;
  }

  /** Whether `session` shows a call with this id. */
  isShown(telephonySessionId: string): boolean {
    return this.#views.isShown(telephonySessionId);
  }

  get activeCount(): number {
    return this.#registry.listedCount;
  }

  /** How many of the active sessions have joined a conference that is one of them. */
  get joinedCount(): number {
    return this.#views.joinedCount;
  }

  /**
   * Links a call with the conference that it was brought into, as the party that the platform answered with: until it
   * has joined, nothing else says which call it is.
   */
  bringIn(conference: LinkEnd, call: LinkEnd): void {
    this.#linkTracker.bringIn(conference, call);
  }

  get liveCount(): number {
    return this.#registry.liveCount;
  }

  /** A sentence for a person; undefined unless there are more live calls than are shown. */
  get limitSentence(): string | undefined {
    if (this.#registry.hasRoom) return undefined;
    return `More than ${this.#registry.liveCount} calls are live; newer ones are not shown.`;
  }

  /** Ids of all live sessions, newest first, hidden RingOut sessions too: what has to be read for a full sync. */
  liveIds(): string[] {
    return this.#registry.newestFirst().map(({ id }) => id);
  }

  /** Ids of the live sessions of which something shown is stale, newest first. */
  staleIds(): string[] {
    return this.#staleCalls.ids();
  }

  /** Ids of the live sessions that something has happened to since they were read, or may have. */
  doubtedIds(): string[] {
    return this.#staleCalls.doubtedIds();
  }

  /** Ids of all live sessions, hidden RingOut sessions too; the one that was read longest ago is the last. */
  longestUnverified(): string[] {
    return this.#staleCalls.longestUnverified();
  }

  /**
   * Since when, epoch ms, this party, or any party of the call, can have changed without an event; undefined when it
   * cannot.
   */
  unseenSince(telephonySessionId: string, partyId?: string): number | undefined {
    return this.#staleCalls.unseenSince(telephonySessionId, partyId);
  }

  /** Whether the call is likely to change soon without an event: see `FollowUp`. */
  isUnsettled(telephonySessionId: string): boolean {
    return this.#staleCalls.isUnsettled(telephonySessionId);
  }

  /** When the live session that was verified longest ago was verified, epoch ms. */
  oldestVerifiedAt(): number | undefined {
    return this.#staleCalls.oldestVerifiedAt();
  }

  /** Calls `listener` once for each event or reading that changed something. Returns a function that stops it. */
  onChange(listener: (change: Change) => void): () => void {
    return this.#notifier.changes.add(listener);
  }

  /**
   * Calls `listener` when a session should be read from the platform again, with the reason. Returns a function that
   * stops it.
   */
  onReadNeeded(listener: (telephonySessionId: string, readReason: ReadReason) => void): () => void {
    return this.#notifier.readRequests.add(listener);
  }

  /**
   * Calls `listener` for every state of a party, from an event or a reading, late events included. Returns a function
   * that stops it.
   */
  onParty(listener: (telephonySessionId: string, party: CallParty) => void): () => void {
    return this.#notifier.parties.add(listener);
  }
}
