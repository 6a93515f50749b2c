import { NewestFirst } from './newest-first.ts';
import { OwnCalls } from './own-calls.ts';
import { findRingOutPair } from './ringout-pairs.ts';
import { emptySession, findParty, isOver, type SessionState } from './session-state.ts';
import type { FrameDump } from './store-dump.ts';

export interface SessionRegistryLimits {
  maxLive: number;
  maxEnded: number;
  keepEndedMs: number;
}

/** Kinds of calls; the platform has about ten (platform.md 3.1). */
const maxOrigins = 50;

/** All calls that are known, live and ended, each found in one step. */
export class SessionRegistry {
  readonly #live = new Map<string, SessionState>();
  readonly #newestFirst = new NewestFirst();
  readonly #own = new OwnCalls();
  /** The live ones that nobody has joined yet. */
  readonly #unjoined = new Set<SessionState>();
  /** In the order in which they ended. */
  readonly #ended = new Map<string, SessionState>();
  readonly #byLegacyId = new Map<string, SessionState>();
  /** RingOut's second session → the one that is shown. */
  readonly #ringOutPairs = new Map<string, string>();
  readonly #limits: SessionRegistryLimits;
  readonly #onForget: (telephonySessionId: string) => void;
  readonly #origins = new Map<string, SessionState['origin']>();
  #sawRingOut = false;

  constructor(limits: SessionRegistryLimits, onForget: (telephonySessionId: string) => void) {
    this.#limits = limits;
    this.#onForget = onForget;
  }

  get(telephonySessionId: string): SessionState | undefined {
    return this.#live.get(telephonySessionId) ?? this.#ended.get(telephonySessionId);
  }

  /** All that are known, live and ended, each in the order in which it became so. */
  all(): SessionState[] {
    return [...this.#live.values(), ...this.#ended.values()];
  }

  dump(): FrameDump['ringOutPairs'] {
    return [...this.#ringOutPairs];
  }

  /** Takes these in the place of all that are known. */
  load(sessions: readonly SessionState[], ringOutPairs: FrameDump['ringOutPairs']): void {
    for (const map of [this.#live, this.#ended, this.#byLegacyId, this.#ringOutPairs]) map.clear();
    const inOrder = sessions.toSorted((one, other) => one.endedAt - other.endedAt);
    for (const session of inOrder) {
      (isLive(session) ? this.#live : this.#ended).set(session.id, session);
      if (session.legacyId !== undefined) this.#byLegacyId.set(session.legacyId, session);
      session.origin = this.sharedOrigin(session.origin);
    }
    for (const [hidden, shown] of ringOutPairs) this.#ringOutPairs.set(hidden, shown);
    this.#newestFirst.changed();
    this.#own.clear();
    this.#unjoined.clear();
    for (const session of sessions) this.#noteUnjoined(session);
    this.#sawRingOut = inOrder.some(({ origin }) => origin?.type === 'RingOut');
  }

  /** The same for readers, who are not shown a call that ended too long ago. */
  shown(telephonySessionId: string, now: number): SessionState | undefined {
    const session = this.get(telephonySessionId);
    const isOld = session && !isLive(session) && session.endedAt <= now - this.#limits.keepEndedMs;
    return isOld ? undefined : session;
  }

  /**
   * Adds a call.
   * @returns undefined when `maxLive` is reached
   */
  add(telephonySessionId: string, now: number): SessionState | undefined {
    this.#prune(now);
    if (!this.hasRoom) return undefined;
    const session = emptySession(telephonySessionId);
    this.#addLive(session);
    return session;
  }

  /**
   * Sets the legacy id of a session.
   * @returns whether it was not known before
   */
  setLegacyId(session: SessionState, legacyId: string | undefined): boolean {
    if (session.legacyId !== undefined || legacyId === undefined || legacyId === '0') return false;
    session.legacyId = legacyId;
    this.#byLegacyId.set(legacyId, session);
    return true;
  }

  byLegacyId(legacyId: string): SessionState | undefined {
    return this.#byLegacyId.get(legacyId);
  }

  hasParty(telephonySessionId: string, partyId: string): boolean {
    const session = this.get(telephonySessionId);
    return session !== undefined && findParty(session, partyId) !== undefined;
  }

  /**
   * Moves a session that was changed among the live or the ended.
   * @param reshaped a party joined or left, or the platform does not know the session any more; else a live one stays
   * live, and its other parties need not be looked at
   * @returns false where it was over, came back, and `maxLive` is reached: it is forgotten
   */
  settle(session: SessionState, now: number, reshaped: boolean): boolean {
    if (reshaped) this.#hideRingOutPair(session);
    const isKept = this.#move(session, now, reshaped);
    this.#own.note(session, isLive(session));
    this.#noteUnjoined(session);
    return isKept;
  }

  #noteUnjoined(session: SessionState): void {
    if (session.parties.length === 0 && isLive(session)) this.#unjoined.add(session);
    else if (this.#unjoined.size > 0) this.#unjoined.delete(session);
  }

  #move(session: SessionState, now: number, reshaped: boolean): boolean {
    const wasLive = isLive(session);
    if (wasLive && !reshaped) return true;
    if (isOver(session) !== wasLive) return true;
    if (!wasLive) return this.#comeBack(session);
    this.#live.delete(session.id);
    this.#newestFirst.changed();
    session.endedAt = now;
    this.#ended.set(session.id, session);
    return true;
  }

  /** The same object for all calls of an origin: there are few kinds and many calls. */
  sharedOrigin(origin: SessionState['origin']): SessionState['origin'] {
    if (origin?.type === undefined) return undefined;
    const shared = this.#origins.get(origin.type);
    if (shared) return shared;
    if (this.#origins.size < maxOrigins) this.#origins.set(origin.type, origin);
    return origin;
  }

  /** Whether the session is live and not shown as part of another one. */
  isListed(session: SessionState): boolean {
    return isLive(session) && !this.isHidden(session.id);
  }

  isHidden(telephonySessionId: string): boolean {
    const shown = this.#ringOutPairs.size > 0 ? this.#ringOutPairs.get(telephonySessionId) : undefined;
    return shown !== undefined && this.#live.has(shown);
  }

  get listedCount(): number {
    let hidden = 0;
    for (const id of this.#ringOutPairs.keys()) if (this.#live.has(id) && this.isHidden(id)) hidden += 1;
    return this.#live.size - hidden;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get hasRoom(): boolean {
    return this.#live.size < this.#limits.maxLive;
  }

  live(): Iterable<SessionState> {
    return this.#live.values();
  }

  /** All live sessions, hidden RingOut sessions too. */
  newestFirst(): readonly SessionState[] {
    return this.#newestFirst.of(this.#live.values());
  }

  /** The live sessions with a party of this extension, newest first. */
  withPartyOf(extensionId: string): readonly SessionState[] {
    return this.#own.of(extensionId, this.#live.values());
  }

  /** The live sessions without any party, in the order in which they became known. */
  unjoined(): Iterable<SessionState> {
    return this.#unjoined;
  }

  /** Forgets the sessions that ended too long ago, and the oldest of too many. */
  #prune(now: number): void {
    if (this.#ended.size === 0) return;
    const { maxEnded, keepEndedMs } = this.#limits;
    for (const session of this.#ended.values()) {
      if (this.#ended.size <= maxEnded && session.endedAt > now - keepEndedMs) return;
      this.#forget(session);
    }
  }

  #comeBack(session: SessionState): boolean {
    if (!this.hasRoom) {
      this.#forget(session);
      return false;
    }
    session.endedAt = 0;
    this.#ended.delete(session.id);
    this.#addLive(session);
    return true;
  }

  #addLive(session: SessionState): void {
    this.#live.set(session.id, session);
    this.#newestFirst.changed();
  }

  #forget(session: SessionState): void {
    this.#ended.delete(session.id);
    this.#ringOutPairs.delete(session.id);
    if (session.legacyId !== undefined) this.#byLegacyId.delete(session.legacyId);
    this.#onForget(session.id);
  }

  #hideRingOutPair(session: SessionState): void {
    this.#sawRingOut ||= session.origin?.type === 'RingOut';
    if (!this.#sawRingOut) return;
    const pair = findRingOutPair(session, (legacyId) => this.#byLegacyId.get(legacyId));
    if (pair) this.#ringOutPairs.set(pair.hidden.id, pair.shown.id);
  }
}

const isLive = ({ endedAt }: SessionState): boolean => endedAt === 0;
