import type { TelephonyEvent } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import { type CallParty, type CallSession, hasLeft } from '../../ringcentral/wire/session.ts';
import type { Clock } from '../../shared/clock.ts';
import { Listeners } from '../../shared/listeners.ts';
import { buildPartyView, buildSessionView } from './build-view.ts';
import type { ActiveCallsOptions, CallStoreOptions, MergeCounts, ReadReason } from './call-store-types.ts';
import { Conferences } from './conferences.ts';
import { createEventTimeReader } from './event-time.ts';
import {
  canChangeUnseen,
  type Freshness,
  isSessionDoubted,
  isSessionStale,
  isUnsettled,
  oldestVerified,
} from './freshness.ts';
import { History } from './history.ts';
import { LinkTracker } from './link-tracker.ts';
import { type LinkEnd, Links } from './links.ts';
import {
  type EventEffect,
  mergeEvent,
  mergeNotFound,
  mergePartySnapshot,
  mergeSnapshot,
  type SnapshotEffect,
} from './merge.ts';
import { looksSame } from './party.ts';
import { compareWithPresence, type PresenceSnapshot } from './presence-comparison.ts';
import { noteSequence } from './sequence-gaps.ts';
import { SessionRegistry } from './session-registry.ts';
import { findParty, isOver, ownPartyState, type SessionState } from './session-state.ts';
import type { Change, PartyView, SessionView } from './views.ts';

export type { CallStoreOptions, MergeCounts as Counts, ReadReason } from './call-store-types.ts';

/**
 * The platform may answer 404 for a call that it has just announced; such an answer is asked for again. When the last
 * that it told is that the own leg has left, 404 is no surprise: the call is over.
 */
const settlingMs = 5_000;

const isLate = (effect: EventEffect): boolean => effect === 'late' || effect === 'doubtful';

/** The live calls: pure state, fed by events and readings, bounded in memory. */
export class CallStore {
  readonly history: History;
  readonly counts: MergeCounts = { events: 0, late: 0, known: 0, readings: 0, refused: 0 };
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #registry: SessionRegistry;
  readonly #links = new Links();
  readonly #conferences: Conferences;
  readonly #linkTracker: LinkTracker;
  readonly #timeOf = createEventTimeReader();
  readonly #hostTime: (platformTime: number) => number;
  readonly #changes: Listeners<[Change]>;
  readonly #readRequests: Listeners<[string, ReadReason]>;
  readonly #parties: Listeners<[string, CallParty]>;
  #ownExtensionId: string | undefined;
  #connected = false;
  #eventRun = 0;
  #doubtedAt = 0;
  #lastStamp = 0;

  constructor(options: CallStoreOptions) {
    const { clock, scope, maxLive = 20_000, maxEnded = 2_000, keepEndedMs = 600_000, maxHistory } = options;
    this.#clock = clock;
    this.#scope = scope;
    this.#hostTime = options.hostTime ?? ((platformTime) => platformTime);
    this.#changes = new Listeners(options.onDefect);
    this.#readRequests = new Listeners(options.onDefect);
    this.#parties = new Listeners(options.onDefect);
    this.#registry = new SessionRegistry({ maxLive, maxEnded, keepEndedMs }, (id) => this.#links.forget(id));
    this.#conferences = new Conferences(this.#links, this.#registry);
    this.#linkTracker = new LinkTracker({
      links: this.#links,
      registry: this.#registry,
      onLinked: (telephonySessionId) =>
        this.#changes.call({ telephonySessionId, partyIds: [], listed: false }),
      onReadNeeded: (telephonySessionId, readReason) =>
        this.#readRequests.call(telephonySessionId, readReason),
    });
    // Cursors go on from the time of day, so one of an earlier run is older than all of this run.
    this.history = new History(Math.floor(clock.now()), maxHistory);
  }

  /** Sets whose parties are "yours". Until then no session has a `yourPartyId`. */
  setOwnExtension(extensionId: string): void {
    this.#ownExtensionId = extensionId;
  }

  /**
   * The number of the run of events of this call that comes in now; undefined while none come in. It changes where some
   * of them may be lost.
   */
  eventRun(telephonySessionId: string): number | undefined {
    if (!this.#connected) return undefined;
    return this.#eventRun + (this.#registry.get(telephonySessionId)?.gaps ?? 0);
  }

  /** Whether `setOwnExtension` was called. */
  get isOwnKnown(): boolean {
    return this.#ownExtensionId !== undefined;
  }

  /** Sets whether events come in as they happen; while they do not, what came from events is stale. */
  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#eventRun += 1;
    this.#connected = connected;
    this.#notifyAll();
  }

  /** Events may have been lost: everything is stale until it has been read again. */
  markStale(): void {
    this.#doubtedAt = this.stamp();
    this.#eventRun += 1;
    this.#notifyAll();
  }

  /**
   * A stamp of now, in the store's own time, which never repeats: take it before sending a request, and pass it on
   * with the answer.
   */
  stamp(): number {
    return this.#stampAt(this.#clock.now());
  }

  /**
   * Merges an event (platform.md 4.3). Its cost does not depend on the number of live calls.
   * @param receivedAt epoch ms
   */
  apply(event: TelephonyEvent, receivedAt: number): void {
    this.counts.events += 1;
    if (event.parties.length === 0) {
      this.#readRequests.call(event.telephonySessionId, 'event without parties');
      return;
    }
    const at = this.#stampAt(receivedAt);
    const known = this.#registry.get(event.telephonySessionId);
    const session = known ?? this.#add(event.telephonySessionId);
    if (!session) return;
    const wasListed = known !== undefined && this.#registry.isListed(known);
    this.#noteHead(session, event);
    const hasGap = this.#scope === 'account' && noteSequence(session, event.sequence, at);
    if (hasGap) session.gaps += 1;
    const merged = this.#mergeParties(session, event, at);
    this.#registry.settle(session, at, merged.reshaped);
    if (merged.partyIds.length > 0 || hasGap) {
      this.#notifyChange(session, merged.partyIds, wasListed, merged.reshaped);
      if (merged.reshaped) this.#linkTracker.noteEnd(session);
    }
    const readReason = merged.readReason ?? (hasGap ? 'sequence gap' : undefined);
    if (readReason) this.#readRequests.call(session.id, readReason);
  }

  /**
   * Merges a session as REST gave it.
   * @param requestedAt `stamp()` from before the request was sent
   */
  snapshot(snapshot: CallSession, requestedAt: number): void {
    const known = this.#registry.get(snapshot.id);
    const session = known ?? this.#add(snapshot.id);
    if (!session) return;
    const wasListed = known !== undefined && this.#registry.isListed(known);
    this.#read(session, wasListed, () => mergeSnapshot(session, snapshot, requestedAt));
  }

  /** Merges one party from the answer of an operation; a call that is not known yet stays unknown. */
  snapshotParty(telephonySessionId: string, party: CallParty, requestedAt: number): void {
    const session = this.#registry.get(telephonySessionId);
    if (!session) return;
    const wasListed = this.#registry.isListed(session);
    this.#read(session, wasListed, () => mergePartySnapshot(session, party, requestedAt));
  }

  /**
   * Notes that the platform does not know this session: it is over. One that had an event within `settlingMs` is
   * doubted instead.
   */
  notFound(telephonySessionId: string, requestedAt: number): void {
    const session = this.#registry.get(telephonySessionId);
    if (!session) return;
    const own = ownPartyState(session, this.#ownExtensionId);
    const isNew = session.lastEventAt > requestedAt - settlingMs && !(own && hasLeft(own.party));
    if (!isOver(session) && isNew) {
      this.#readRequests.call(telephonySessionId, 'not found too early');
      return;
    }
    const wasListed = this.#registry.isListed(session);
    this.#read(session, wasListed, () => mergeNotFound(session, requestedAt));
  }

  /**
   * Compares the store with presence, the second source.
   * @returns ids of the sessions that presence shows differently, or that the store does not know: they should be
   * read
   */
  compare(presenceSnapshot: PresenceSnapshot): string[] {
    for (const { activeCalls = [] } of presenceSnapshot.presences) {
      for (const { telephonySessionId, sessionId } of activeCalls) {
        const session = this.#registry.get(telephonySessionId);
        // REST never tells the legacy id (platform.md 2.3.3), presence does.
        if (session) this.#linkTracker.noteLegacyId(session, sessionId);
      }
    }
    const { differing, agreeing } = compareWithPresence(this.#registry, presenceSnapshot);
    for (const session of agreeing) {
      session.presenceAgreedAt = presenceSnapshot.at;
      // Presence does not see all parties, so it cannot make good for what was missed.
      if (session.verifiedAt < Math.max(session.doubtedAt, this.#doubtedAt)) differing.push(session.id);
    }
    return differing;
  }

  /** A call by id: active, or ended a short while ago. */
  session(telephonySessionId: string): SessionView | undefined {
    this.#registry.prune(this.#clock.now());
    const session = this.#registry.get(telephonySessionId);
    return session && this.#viewOf(session, this.#freshness());
  }

  party(telephonySessionId: string, partyId: string): PartyView | undefined {
    this.#registry.prune(this.#clock.now());
    const session = this.#registry.get(telephonySessionId);
    const state = session && findParty(session, partyId);
    return session && state && buildPartyView(session, state, this.#freshness());
  }

  /** Active sessions, newest first; `apart`: without those that have joined a conference that is one of them. */
  active({ offset = 0, limit, apart = false }: ActiveCallsOptions = {}): SessionView[] {
    const freshness = this.#freshness();
    return this.#registry
      .newestFirst()
      .filter(
        (session) =>
          this.#registry.isListed(session) && !(apart && this.#conferences.hasJoined(session, freshness)),
      )
      .slice(offset, limit === undefined ? undefined : offset + limit)
      .map((session) => this.#viewOf(session, freshness));
  }

  get activeCount(): number {
    return this.#registry.listedCount;
  }

  /** How many of the active sessions have joined a conference that is one of them. */
  get joinedCount(): number {
    return this.#conferences.joinedCount(this.#freshness());
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
  get limitReached(): string | undefined {
    if (this.#registry.hasRoom) return undefined;
    return `More than ${this.#registry.liveCount} calls are live; newer ones are not shown.`;
  }

  /** Ids of all live sessions, newest first, hidden RingOut sessions too: what a reading again has to go through. */
  liveIds(): string[] {
    return this.#registry.newestFirst().map(({ id }) => id);
  }

  /** Ids of the live sessions of which something shown is stale, newest first. */
  staleIds(): string[] {
    const freshness = this.#freshness();
    return this.#registry
      .newestFirst()
      .flatMap((session) => (isSessionStale(session, freshness) ? [session.id] : []));
  }

  /** Ids of all live sessions, hidden RingOut sessions too; the one that was read longest ago is the last. */
  longestUnverified(): string[] {
    return [...this.#registry.live()]
      .sort((one, other) => other.verifiedAt - one.verifiedAt)
      .map(({ id }) => id);
  }

  /**
   * Since when, epoch ms, this party, or any party of the call, can have changed without an event; undefined when it
   * cannot.
   */
  unseenSince(telephonySessionId: string, partyId?: string): number | undefined {
    const session = this.#registry.get(telephonySessionId);
    return session && canChangeUnseen(session, partyId, this.#freshness()) ? session.verifiedAt : undefined;
  }

  /** Whether the call is likely to change soon without an event: see `FollowUp`. */
  isUnsettled(telephonySessionId: string): boolean {
    const session = this.#registry.get(telephonySessionId);
    return session !== undefined && isUnsettled(session, this.#freshness());
  }

  /** When the live session that was verified longest ago was verified, epoch ms. */
  oldestVerifiedAt(): number | undefined {
    return oldestVerified(this.#registry.live());
  }

  /**
   * Calls `listener` once for each event or reading that changed something.
   * @returns stops calling it
   */
  onChange(listener: (change: Change) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Calls `listener` when a session should be read from the platform again, with the reason.
   * @returns stops calling it
   */
  onReadNeeded(listener: (telephonySessionId: string, readReason: ReadReason) => void): () => void {
    return this.#readRequests.add(listener);
  }

  /**
   * Calls `listener` for every state of a party, from an event or a reading, late events included.
   * @returns stops calling it
   */
  onParty(listener: (telephonySessionId: string, party: CallParty) => void): () => void {
    return this.#parties.add(listener);
  }

  #stampAt(time: number): number {
    this.#lastStamp = time > this.#lastStamp ? time : this.#lastStamp + 0.001;
    return this.#lastStamp;
  }

  #freshness(): Freshness {
    return {
      scope: this.#scope,
      ownExtensionId: this.#ownExtensionId,
      connected: this.#connected,
      doubtedAt: this.#doubtedAt,
      now: this.#clock.now(),
    };
  }

  #add(telephonySessionId: string): SessionState | undefined {
    const session = this.#registry.add(telephonySessionId, this.#clock.now());
    if (!session) this.counts.refused += 1;
    return session;
  }

  #noteHead(session: SessionState, event: TelephonyEvent): void {
    session.origin ??= this.#registry.sharedOrigin(event.origin);
    if (event.sequence < session.creationSequence) {
      session.creationTime = event.eventTime;
      session.creationSequence = event.sequence;
    }
    this.#linkTracker.noteLegacyId(session, event.sessionId);
  }

  #viewOf(session: SessionState, freshness: Freshness): SessionView {
    const members = this.#conferences.members(session, freshness);
    const memberOf = this.#conferences.membership(session, freshness);
    return {
      ...buildSessionView(session, this.#links.of(session.id), freshness),
      ...(members && { members }),
      ...(memberOf && { memberOf }),
    };
  }

  #mergeParties(session: SessionState, event: TelephonyEvent, at: number): MergedEvent {
    const merged: MergedEvent = { partyIds: [], reshaped: false, readReason: undefined };
    const time = this.#hostTime(this.#timeOf(event.eventTime)) || at;
    for (const party of event.parties) {
      const effect = mergeEvent(session, party, event.sequence, time, at);
      this.#count(effect);
      if (effect === 'known' || effect === 'full') continue;
      // Nearly always the only one; push would reserve room for sixteen more.
      if (merged.partyIds.length === 0) merged.partyIds = [party.id];
      else merged.partyIds.push(party.id);
      if (effect === 'added' || hasLeft(party)) merged.reshaped = true;
      if (effect === 'doubtful') merged.readReason = 'event against reading';
      if (effect === 'rival') merged.readReason = 'event against event';
      if (!isLate(effect)) session.lastEventAt = at;
      if (effect !== 'confirmed') this.#addToHistory(session, party, time, effect);
      this.#linkTracker.note(session, party, effect === 'added');
    }
    const isOtherUnknown = this.#scope === 'extension' && session.lastEventAt === at && !isOver(session);
    if (isOtherUnknown) merged.readReason ??= 'other parties unknown';
    return merged;
  }

  #read(session: SessionState, wasListed: boolean, merge: () => SnapshotEffect): void {
    this.counts.readings += 1;
    const freshness = this.#freshness();
    const wasStale = isSessionStale(session, freshness);
    const wasDoubted = isSessionDoubted(session, freshness);
    const effect = merge();
    for (const { state, before } of effect) {
      if (before && looksSame(before, state.party)) continue;
      this.#addToHistory(session, state.party, state.at);
      this.#linkTracker.note(session, state.party, before === undefined);
    }
    const reshaped = effect.some(({ state, before }) => before === undefined || hasLeft(state.party));
    this.#registry.settle(session, freshness.now, reshaped || session.gone);
    if (effect.length === 0 && wasDoubted === isSessionDoubted(session, freshness)) {
      // That it was old is told by no change, so neither is that it is not any more.
      if (wasStale) this.#changes.call({ ...nothingNew, telephonySessionId: session.id });
      return;
    }
    const partyIds = effect.map(({ state }) => state.party.id);
    this.#notifyChange(session, partyIds, wasListed, reshaped);
    if (reshaped) this.#linkTracker.noteEnd(session);
  }

  #count(effect: EventEffect): void {
    if (effect === 'known') this.counts.known += 1;
    if (isLate(effect)) this.counts.late += 1;
    if (effect === 'full') this.counts.refused += 1;
  }

  /** Adds to the history; a hidden RingOut session's story is told by the session that is shown. */
  #addToHistory(session: SessionState, party: CallParty, time: number, effect?: EventEffect): void {
    this.#parties.call(session.id, party);
    if (this.#registry.isHidden(session.id)) return;
    this.history.add(session.id, party, time, effect !== undefined && isLate(effect));
  }

  #notifyChange(session: SessionState, partyIds: string[], wasListed: boolean, reshaped: boolean): void {
    const isListed = this.#registry.isListed(session);
    const listed = isListed !== wasListed || (isListed && reshaped);
    this.#changes.call({ telephonySessionId: session.id, partyIds, listed });
  }

  #notifyAll(): void {
    for (const { id, parties } of this.#registry.live()) {
      const partyIds = parties.map(({ party }) => party.id);
      this.#changes.call({ telephonySessionId: id, partyIds, listed: false });
    }
  }
}

const nothingNew = { partyIds: [], listed: false, seenAgain: true } satisfies Partial<Change>;

interface MergedEvent {
  partyIds: string[];
  /** A party joined or left. */
  reshaped: boolean;
  readReason: ReadReason | undefined;
}
