import { type CallParty, type CallSession, hasLeft } from '../../ringcentral/wire/session.ts';
import { hasSamePeople, isSame, lean, looksSame, withConstants, withEventMembers } from './party.ts';
import { isHoldOrUnhold, phaseOf } from './party-metrics.ts';
import { findParty, newParty, type PartyState, type SessionState, verified } from './session-state.ts';
import type { Place } from './timeline.ts';

/** A call has ten parties at most at a time (platform.md 2.2); transfers leave more behind. */
const maxParties = 100;

/**
 * What merging an event did. `confirmed`: a reading had shown the same before. `late`: something newer is known
 * already. `doubtful`: late, but it contradicts what the platform said when it was read. `rival`: it contradicts an
 * event of the same moment, and which of them is newer cannot be told. `known`: the same event came before. `full`:
 * the call has no room for one more party.
 */
export type EventEffect =
  | 'added'
  | 'updated'
  | 'confirmed'
  | 'late'
  | 'doubtful'
  | 'rival'
  | 'known'
  | 'full';

/**
 * Merges one party of an event: the highest sequence per party wins, equal passes, a late event takes its place
 * in the party's history and changes no state (platform.md 4.4). `time` is the event's own, in epoch ms.
 */
export function mergeEvent(
  session: SessionState,
  party: CallParty,
  sequence: number,
  time: number,
  at: number,
): EventEffect {
  const phase = phaseOf(party.status.code);
  const state = findParty(session, party.id);
  if (!state) {
    const added = newParty(lean(party), sequence, at, 'event', time);
    if (!addParty(session, added)) return 'full';
    added.timeline.add(sequence, phase, time);
    return 'added';
  }
  const place = state.timeline.add(sequence, phase, time);
  if (place !== 'known') keepRecordings(state, party, place);
  const isRival = place === 'again' && state.source === 'event' && !looksSame(state.party, party);
  if (place === 'known' || (place === 'again' && !isRival)) return 'known';
  const confirms = state.source === 'api' && looksSame(state.party, party);
  if (place === 'late' || isBehindReading(state, sequence)) {
    state.party = withConstants(state.party, party);
    return confirms ? 'confirmed' : 'late';
  }
  // A leg that has ended does not come back: the event was on its way when the platform was read.
  if (state.source === 'api' && hasLeft(state.party) && !hasLeft(party)) {
    state.party = withConstants(state.party, party);
    return 'doubtful';
  }
  if (state.party.status.code !== party.status.code) {
    state.codeBefore = state.party.status.code;
    state.since = time;
    state.sinceBy = 'event';
  }
  // One text for all that is known of a party, not one of each event.
  party.id = state.id;
  state.party = lean(withConstants(party, state.party));
  state.sequence = sequence;
  state.at = at;
  state.source = 'event';
  if (isRival) return 'rival';
  return confirms ? 'confirmed' : 'updated';
}

/**
 * Whether an event, before it is merged, shows no more than that the party holds or comes back: that changes its own
 * leg alone (platform.md 2.3.9), while with any other change others of the call have often changed, too.
 */
export function showsOnlyHold({ party: known, source, codeBefore }: PartyState, party: CallParty): boolean {
  const { code } = party.status;
  // What comes of an act is read from its answer before its event tells.
  const isRead = source === 'api' && known.status.code === code;
  const before = (isRead ? codeBefore : known.status.code) ?? '';
  return isHoldOrUnhold(phaseOf(before), phaseOf(code)) && hasSamePeople(known, party);
}

/** An event without `recordings` does not say that there are none; a reading without them does. */
function keepRecordings(state: PartyState, party: CallParty, place: Place): void {
  if (place !== 'late') party.recordings ??= state.party.recordings;
  else if (state.source === 'event') state.party.recordings ??= party.recordings;
}

/** Whether the reading included this event: it had come in before the request was sent. */
const isBehindReading = (state: PartyState, sequence: number): boolean =>
  state.source === 'api' && sequence <= state.sequence;

/** The parties that a reading changed, each with how it was before; `before` is absent for a new one. */
export type SnapshotEffect = { state: PartyState; before?: CallParty }[];

/**
 * Merges a session as REST gave it. A party that got an event or a newer reading after `requestedAt` keeps it.
 * REST lists every party that the platform knows (platform.md 2.3.3): one that is missing has left.
 */
export function mergeSnapshot(
  session: SessionState,
  snapshot: CallSession,
  requestedAt: number,
): SnapshotEffect {
  const sequence = sequenceBefore(session, requestedAt);
  const effect: SnapshotEffect = [];
  for (const party of snapshot.parties) mergeReading(session, party, sequence, requestedAt, effect);
  for (const state of session.parties) {
    if (state.at >= requestedAt || hasLeft(state.party)) continue;
    if (snapshot.parties.some(({ id }) => id === state.party.id)) continue;
    effect.push({ state, before: state.party });
    endParty(state, requestedAt);
  }
  session.gone = false;
  session.origin = snapshot.origin ?? session.origin;
  if (snapshot.creationTime !== undefined) {
    session.creationTime = snapshot.creationTime;
    session.creationSequence = -1;
  }
  verified(session, requestedAt);
  return effect;
}

/** Merges one party that the platform answered with. */
export function mergePartySnapshot(
  session: SessionState,
  party: CallParty,
  requestedAt: number,
): SnapshotEffect {
  const effect: SnapshotEffect = [];
  mergeReading(session, party, sequenceBefore(session, requestedAt), requestedAt, effect);
  return effect;
}

/** Merges the answer that the platform does not know the session: every party without a newer event has left. */
export function mergeNotFound(session: SessionState, requestedAt: number): SnapshotEffect {
  const effect: SnapshotEffect = [];
  for (const state of session.parties) {
    if (state.at >= requestedAt || hasLeft(state.party)) continue;
    effect.push({ state, before: state.party });
    endParty(state, requestedAt);
  }
  session.gone = true;
  verified(session, requestedAt);
  return effect;
}

function mergeReading(
  session: SessionState,
  party: CallParty,
  sequence: number,
  requestedAt: number,
  effect: SnapshotEffect,
): void {
  const state = findParty(session, party.id);
  if (!state) {
    const added = newParty(lean(party), sequence, requestedAt, 'api', requestedAt);
    if (!addParty(session, added)) return;
    effect.push({ state: added });
    return;
  }
  if (state.at >= requestedAt) return;
  const merged = withEventMembers(withConstants(lean(party), state.party), state.party);
  if (!isSame(merged, state.party)) effect.push({ state, before: state.party });
  if (merged.status.code !== state.party.status.code) {
    state.codeBefore = state.party.status.code;
    state.since = requestedAt;
    state.sinceBy = 'reading';
  }
  state.party = merged;
  state.sequence = Math.max(state.sequence, sequence);
  state.at = requestedAt;
  state.source = 'api';
}

/** The newest event that had come in before the request was sent: all up to it is in the answer. */
function sequenceBefore(session: SessionState, requestedAt: number): number {
  let sequence = -1;
  for (const state of session.parties) {
    if (state.at < requestedAt && state.sequence > sequence) sequence = state.sequence;
  }
  return sequence;
}

function endParty(state: PartyState, at: number): void {
  state.codeBefore = state.party.status.code;
  state.party = { ...state.party, status: { code: 'Disconnected' } as CallParty['status'] };
  state.at = at;
  state.since = at;
  state.sinceBy = 'reading';
  state.source = 'api';
}

/**
 * Adds a party; a full list drops its oldest leg that has ended.
 * @returns false when there is none to drop
 */
function addParty(session: SessionState, state: PartyState): boolean {
  if (session.parties.length >= maxParties) {
    const ended = session.parties.findIndex(({ party }) => hasLeft(party));
    if (ended < 0) return false;
    session.parties.splice(ended, 1);
  }
  // Not push: it reserves room for sixteen more, in each of thousands of calls.
  session.parties = session.parties.concat(state);
  return true;
}
