import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { digest } from '../../shared/canonical.ts';
import type { Action } from '../action.ts';
import type { CallSnapshot } from './call-snapshot.ts';
import { participantsOn, ringsAtThem } from './people/participants.ts';
import type { ResolvedTarget } from './targets/resolve-target.ts';

/**
 * Digest of what a confirmation is bound to, beside the action: whether it ends only what is the principal's own, ids
 * of live parties with number or extension, the status of the party acted on, conference roles, active recordings,
 * and the targets. A person's yes is void when it changes. Left out is what changes by itself: durations, sequences,
 * callers' names.
 */
export const fingerprint = (
  action: Action,
  targets: readonly ResolvedTarget[],
  { call, other, conferences, conferenceParticipants }: CallSnapshot,
): string =>
  digest([
    action.risk === 'end-own',
    call && shape(call, action.partyId),
    other && action.other && shape(other, action.other.partyId),
    targets.map(({ identity }) => identity),
    conferences.map((conference) => [conference.id, roster(conference)]),
    conferenceParticipants.map((participant) => [
      participant.partyId,
      participant.call && roster(participant.call),
    ]),
  ]);

/** Digest of who is on the calls that an act touches, whatever their status: what a grant is bound to. */
export const rosterDigest = ({ call, other, conferences, conferenceParticipants }: CallSnapshot): string =>
  digest([
    call && roster(call),
    other && roster(other),
    conferences.map(roster),
    conferenceParticipants.map((participant) => [
      participant.partyId,
      participant.call && roster(participant.call),
    ]),
  ]);

/** Digest of who is on one call, whatever their status. */
export const callRoster = (call: SessionView): string => digest(roster(call));

const roster = (call: SessionView) =>
  participantsOn(call)
    .map(({ partyId, extensionId, phoneNumber }) => [partyId, extensionId ?? phoneNumber])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));

function shape(call: SessionView, partyId: string | undefined) {
  const live = call.parties.filter((party) => !hasLeft(party));
  return {
    id: call.id,
    roster: roster(call),
    status: partyId ? live.find(({ id }) => id === partyId)?.status.code : ringsForYou(call),
    roles: live.flatMap(({ id, conferenceRole }) => (conferenceRole ? [[id, conferenceRole]] : [])).sort(),
    recording: live
      .flatMap(({ recordings }) => recordings ?? [])
      .flatMap(({ id, active }) => (active ? [id] : []))
      .sort(),
  };
}

/** Whether your own phone rings with this call: a question put while it rang is void once it has stopped. */
function ringsForYou(call: SessionView): boolean {
  const own = ownParty(call);
  return own !== undefined && ringsAtThem(own);
}

/** Whether the party acted on is ringing; where the whole call is meant, your own party. */
export const isTargetRinging = (action: Action, { call }: Pick<CallSnapshot, 'call'>): boolean =>
  call !== undefined &&
  (action.partyId
    ? call.parties.some((party) => party.id === action.partyId && ringsAtThem(party))
    : ringsForYou(call));
