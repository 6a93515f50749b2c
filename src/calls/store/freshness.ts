import type { Scope } from '../../ringcentral/wire/scope.ts';
import { hasLeft, isBroughtIn, isRinging } from '../../ringcentral/wire/session.ts';
import { findParty, isOver, ownPartyState, type PartyState, type SessionState } from './session-state.ts';

/**
 * How long what no event tells about counts as fresh after it was read: as long as a reading takes to come, to be put
 * into words and to be read. Older than that it is told with its age, and read again where somebody asks for it.
 */
export const freshMs = 3_000;

/** What decides, for all calls alike, whether they count as fresh. */
export interface Freshness {
  scope: Scope;
  ownExtensionId: string | undefined;
  /** Events come in as they happen. */
  connected: boolean;
  /** What was true before this stamp may have changed unseen, on every call. */
  doubtedAt: number;
  now: number;
}

/** Whether the platform sends events of this party (platform.md 4.5). */
function isCovered(state: PartyState, { scope, ownExtensionId }: Freshness): boolean {
  if (scope === 'account') return true;
  if (ownExtensionId === undefined) return state.source === 'event';
  return state.party.extensionId === ownExtensionId;
}

/** Whether a stamp is older than `freshMs`. One in the future counts as old: the clock was set back. */
const isOld = (at: number, { now }: Freshness): boolean => Math.abs(now - at) > freshMs;

/** Leaving is final, so it cannot get old; who was brought into a conference is there, and may leave. */
export function isPartyStale(session: SessionState, state: PartyState, freshness: Freshness): boolean {
  return (
    isPartyDoubted(session, state, freshness) ||
    (isUntold(session, state, freshness) && isOld(state.at, freshness))
  );
}

const isFinal = (session: SessionState, { party }: PartyState): boolean =>
  hasLeft(party) && (!isBroughtIn(party) || isOver(session));

/** Whether no event tells what happens to this party. */
const isUntold = (session: SessionState, state: PartyState, freshness: Freshness): boolean =>
  !isFinal(session, state) && !(freshness.connected && isCovered(state, freshness));

/** The same, by what is known to have happened since it was true, and not by age. */
function isPartyDoubted(session: SessionState, state: PartyState, freshness: Freshness): boolean {
  if (isFinal(session, state)) return false;
  if (state.at < Math.max(session.doubtedAt, freshness.doubtedAt)) return true;
  if (!isUntold(session, state, freshness)) return false;
  return (!freshness.connected && state.source === 'event') || state.at < session.lastEventAt;
}

/**
 * Whether something can happen to this party, or to any of the call, of which no event tells. At extension scope a
 * call has others than the own party, known or not.
 */
export function canChangeUnseen(
  session: SessionState,
  partyId: string | undefined,
  freshness: Freshness,
): boolean {
  const state = partyId === undefined ? undefined : findParty(session, partyId);
  if (isOver(session) || (state && isFinal(session, state))) return false;
  if (!freshness.connected) return true;
  // Nor does one tell that an empty conference has ended.
  if (freshness.scope === 'account') return session.parties.length === 0;
  return !(state && isCovered(state, freshness));
}

/** A call is stale when one of its live parties is, or when parties may have joined unseen. */
export function isSessionStale(session: SessionState, freshness: Freshness): boolean {
  if (isSessionDoubted(session, freshness)) return true;
  return canChangeUnseen(session, undefined, freshness) && isOld(session.verifiedAt, freshness);
}

/** The same, by what is known to have happened since it was read, and not by age. */
export function isSessionDoubted(session: SessionState, freshness: Freshness): boolean {
  // Its known parties have left; with events missing there may be others.
  if (isOver(session)) return session.verifiedAt < session.doubtedAt;
  if (session.verifiedAt < Math.max(session.doubtedAt, freshness.doubtedAt)) return true;
  if (freshness.scope === 'extension' && session.verifiedAt < session.lastEventAt) return true;
  return session.parties.some((state) => isPartyDoubted(session, state, freshness));
}

/** How long, in ms, a call counts as unsettled after you have left: who takes your place may not be there yet. */
const leavingMs = 30_000;

/** Whether somebody of whom no event tells is being called or is joining a conference, or probably will be soon. */
export function isUnsettled(session: SessionState, freshness: Freshness): boolean {
  if (isOver(session) || !canChangeUnseen(session, undefined, freshness)) return false;
  const own = ownPartyState(session, freshness.ownExtensionId);
  if (own && hasLeft(own.party) && freshness.now - own.at < leavingMs) return true;
  return session.parties.some((state) => isRinging(state.party) && isUntold(session, state, freshness));
}

/** When the session that was verified longest ago was verified, epoch ms. */
export function oldestVerified(sessions: Iterable<SessionState>): number | undefined {
  let oldest: number | undefined;
  for (const { verifiedAt, presenceAgreedAt, lastEventAt } of sessions) {
    // What was never verified is as old as the last that was heard of it.
    const at = Math.max(verifiedAt, presenceAgreedAt) || lastEventAt;
    if (oldest === undefined || at < oldest) oldest = at;
  }
  return oldest;
}
