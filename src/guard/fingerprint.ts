import type { SessionView } from '../calls/view.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import type { Action } from './action.ts';
import { digest } from './canonical.ts';
import { isRinging, people } from './people.ts';
import type { ResolvedTarget } from './targets/resolve.ts';

/** The calls that an act touches, as they were read. None where the act creates a call. */
export interface Scene {
  call?: SessionView;
  other?: SessionView;
  /** The conferences that these calls were brought into. */
  conferences: readonly SessionView[];
  /** Those who were brought into any of them. */
  guests: readonly Guest[];
  /** Clock time at which the oldest of these readings left, and that of the guests. */
  at: number;
  guestsAt: number;
}

/** Those who were brought into the conference that is acted on: a participant's leg, and the call that it stands for. */
export interface Guest {
  partyId: string;
  /** Absent where it is not known which one it is. */
  call?: SessionView;
}

/**
 * What a confirmation is bound to on the side of the call: live party ids with number or extension, the status of
 * the party acted on, conference roles, recording, and where the call would go. Never duration, sequence or names of
 * callers: these change by themselves.
 */
export const fingerprint = (
  action: Action,
  targets: readonly ResolvedTarget[],
  { call, other, conferences, guests }: Scene,
): string =>
  digest([
    call && shape(call, action.partyId),
    other && action.other && shape(other, action.other.partyId),
    targets.map(({ identity }) => identity),
    conferences.map((conference) => [conference.id, roster(conference)]),
    guests.map((guest) => [guest.partyId, guest.call && roster(guest.call)]),
  ]);

/** Who is on the calls that an act touches, without what they do: what a grant is bound to. */
export const company = ({ call, other, conferences, guests }: Scene): string =>
  digest([
    call && roster(call),
    other && roster(other),
    conferences.map(roster),
    guests.map((guest) => [guest.partyId, guest.call && roster(guest.call)]),
  ]);

const roster = (call: SessionView) =>
  people(call)
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

/** A question that was put while the phone rang is void once it has stopped. */
const ringsForYou = (call: SessionView): boolean =>
  call.parties.some((party) => party.id === call.yourPartyId && isRinging(party));

/** The party acted on rings; where the whole call is meant, your own party. */
export const rings = (action: Action, { call }: Pick<Scene, 'call'>): boolean =>
  call !== undefined &&
  (action.partyId
    ? call.parties.some((party) => party.id === action.partyId && isRinging(party))
    : ringsForYou(call));
