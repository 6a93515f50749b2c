import { type CallParty, type CallSession, hasLeft } from '../../ringcentral/wire/session.ts';
import { Timeline } from './timeline.ts';

/* Stamps are positions of the store's log in ms (LogPositions): "before" and "after" are certain within one ms too. */

/** One party as it is known now. */
export interface PartyState {
  /** The party's own, here too: whoever looks for one need not fetch what it is now. */
  readonly id: string;
  party: CallParty;
  /** Of the event that it comes from; after a reading, of the newest event that the reading knew. */
  sequence: number;
  /** Stamp at which it was true: when the event came in, or before the reading was requested. */
  at: number;
  /** Epoch ms since when it has this status; when it was found so, where only a reading told. */
  since: number;
  /** What told `since`: its event, a reading that showed another status than before, or the first reading of it. */
  sinceBy: 'event' | 'reading' | 'first';
  source: 'event' | 'api';
  /** Its status before this one; undefined where it has had no other since it is known. */
  codeBefore: string | undefined;
  timeline: Timeline;
}

/** One call as it is known now. Lists, not maps: calls have few parties, and there are many calls. */
export interface SessionState {
  readonly id: string;
  /** The numeric id of older interfaces; `0` and absent say nothing (platform.md 3.4). */
  legacyId: string | undefined;
  origin: CallSession['origin'];
  creationTime: string | undefined;
  /** Sequence of the event that `creationTime` was taken from; -1 when the platform gave it. */
  creationSequence: number;
  parties: PartyState[];
  /** Stamp at which all of its parties were known; 0 = never yet. */
  verifiedAt: number;
  /** Stamp at which presence agreed with it. */
  presenceAgreedAt: number;
  lastEventAt: number;
  /** What was true before this stamp may have changed unseen; 0 = nothing was missed. */
  doubtedAt: number;
  /** Highest sequence of its events; -1 before the first one. */
  lastSequence: number;
  /** Sequences that were skipped and may still come (account scope). */
  missing: number[] | undefined;
  /** How often events of it were missing (account scope). */
  gaps: number;
  /** The platform does not know it any more. */
  gone: boolean;
  /** Epoch ms; 0 while it is live. */
  endedAt: number;
}

export const emptySession = (id: string): SessionState => ({
  id,
  legacyId: undefined,
  origin: undefined,
  creationTime: undefined,
  // Higher than any, and a small integer: a call centre has tens of thousands of these.
  creationSequence: 2 ** 30,
  parties: [],
  verifiedAt: 0,
  presenceAgreedAt: 0,
  lastEventAt: 0,
  doubtedAt: 0,
  lastSequence: -1,
  missing: undefined,
  gaps: 0,
  gone: false,
  endedAt: 0,
});

export const newParty = (
  party: CallParty,
  sequence: number,
  at: number,
  source: PartyState['source'],
  since: number,
): PartyState => ({
  id: party.id,
  party,
  sequence,
  at,
  since,
  sinceBy: source === 'event' ? 'event' : 'first',
  source,
  codeBefore: undefined,
  timeline: new Timeline(),
});

/** From the last that joined: the things that happen, happen to that one most often. */
export function findParty(session: SessionState, partyId: string): PartyState | undefined {
  for (let index = session.parties.length - 1; index >= 0; index -= 1) {
    const state = session.parties[index];
    if (state?.id === partyId) return state;
  }
  return undefined;
}

/** Notes that all of the session was known at stamp `at`: what was missed before no longer matters. */
export function verified(session: SessionState, at: number): void {
  if (at > session.verifiedAt) session.verifiedAt = at;
  if (session.doubtedAt > at) return;
  session.doubtedAt = 0;
  session.missing = undefined;
}

/** Every known party has left (platform.md 10.2); a call without any is over when the platform does not know it. */
export function isOver(session: SessionState): boolean {
  if (session.parties.length === 0) return session.gone;
  for (const { party } of session.parties) if (!hasLeft(party)) return false;
  return true;
}

/**
 * The extension's own party of a call: the one that is connected, else one that is still there, else the last.
 * Of two alike, the one that changed last.
 */
export function ownPartyState(
  session: SessionState,
  extensionId: string | undefined,
): PartyState | undefined {
  if (extensionId === undefined) return undefined;
  let best: PartyState | undefined;
  for (const state of session.parties) {
    if (state.party.extensionId !== extensionId) continue;
    if (!best || outranks(state, best)) best = state;
  }
  return best;
}

function outranks(one: PartyState, other: PartyState): boolean {
  const difference = presenceRank(one.party) - presenceRank(other.party);
  return difference > 0 || (difference === 0 && one.sequence >= other.sequence);
}

const connected: ReadonlySet<string> = new Set(['Answered', 'Hold']);

const presenceRank = (party: CallParty): number =>
  connected.has(party.status.code) ? 2 : hasLeft(party) ? 0 : 1;
