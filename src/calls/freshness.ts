import { hasLeft } from '../ringcentral/wire/session.ts';
import { findParty, isOver, type PartyState, type SessionState } from './session-state.ts';
import type { Scope } from './view.ts';

/** How long a party that no event tells about counts as fresh after it was read (DESIGN "The live picture"). */
const freshMs = 30_000;

/** What decides, for all calls alike, how much can be believed. */
export interface Freshness {
  scope: Scope;
  ownExtensionId: string | undefined;
  /** Events come in as they happen. */
  connected: boolean;
  /** What was true before this stamp may have changed unseen, on every call. */
  doubtedAt: number;
  now: number;
}

/** Whether the platform sends events of this party (FACTS 4.5). */
function isCovered(state: PartyState, { scope, ownExtensionId }: Freshness): boolean {
  if (scope === 'account') return true;
  if (ownExtensionId === undefined) return state.source === 'event';
  return state.party.extensionId === ownExtensionId;
}

/** What is in the future is of any age: the clock was set back. */
const isOld = (at: number, { now }: Freshness): boolean => Math.abs(now - at) > freshMs;

/** Leaving is final, so it cannot get old. */
export function isPartyStale(session: SessionState, state: PartyState, freshness: Freshness): boolean {
  if (hasLeft(state.party)) return false;
  if (state.at < Math.max(session.doubtedAt, freshness.doubtedAt)) return true;
  if (freshness.connected && isCovered(state, freshness)) return false;
  if (!freshness.connected && state.source === 'event') return true;
  return state.at < session.lastEventAt || isOld(state.at, freshness);
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
  if (isOver(session) || (state && hasLeft(state.party))) return false;
  if (!freshness.connected) return true;
  return freshness.scope === 'extension' && !(state && isCovered(state, freshness));
}

/** A call is stale when one of its live parties is, or when parties may have joined unseen. */
export function isSessionStale(session: SessionState, freshness: Freshness): boolean {
  // Its known parties have left; with events missing there may be others.
  if (isOver(session)) return session.verifiedAt < session.doubtedAt;
  if (session.verifiedAt < Math.max(session.doubtedAt, freshness.doubtedAt)) return true;
  if (freshness.scope === 'extension' && session.verifiedAt < session.lastEventAt) return true;
  // No event tells that an empty conference has ended.
  if (session.parties.length === 0) return isOld(session.verifiedAt, freshness);
  return session.parties.some((state) => isPartyStale(session, state, freshness));
}

/** When the session that was verified longest ago was verified, epoch ms. */
export function oldestVerified(sessions: Iterable<SessionState>): number | undefined {
  let oldest: number | undefined;
  for (const { verifiedAt, witnessedAt, lastEventAt } of sessions) {
    // What was never verified is as old as the last that was heard of it.
    const at = Math.max(verifiedAt, witnessedAt) || lastEventAt;
    if (oldest === undefined || at < oldest) oldest = at;
  }
  return oldest;
}
