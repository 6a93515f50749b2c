import { notAllowed, wrongState } from './errors.ts';
import { insideIdentity, onlineDevices, ownEnd } from './identity.ts';
import { type Call, isOver, others, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { endCall, leaveConference } from './teardown.ts';
import { BRING_IN_MS, CONFERENCE_JOIN_MS } from './timing.ts';

/** Most calls in one conference (platform.md 2.2). */
const MOST_PARTICIPANTS = 10;

const CONFERENCE_END = { name: 'Conference', phoneNumber: 'conference' };

/** Opens a conference that ends unless its host's phone joins in time (platform.md 10.4). */
export function openConference(pbx: Pbx, hostExtensionId: string): Call {
  const conference = pbx.openCall('Conference', { hostExtensionId });
  pbx.later(conference, CONFERENCE_JOIN_MS, () => {
    if (conference.parties.length === 0) endCall(pbx, conference);
  });
  return conference;
}

/**
 * The host's phone joins, as if it dialled the conference's `voiceCallToken`.
 *
 * @param deviceId a phone of the host; absent: the first that is online
 * @throws ApiError TAS-102 if the call is no live conference or the host has joined, TAS-106 without such a phone
 * online
 */
export function joinAsHost(pbx: Pbx, conference: Call, deviceId?: string): void {
  const host = pbx.world.extensions.get(conference.hostExtensionId ?? '');
  if (host === undefined || conference.ended) throw wrongState('not a live conference');
  if (hostLeg(conference) !== undefined) throw wrongState('the host has joined already');
  const phones = onlineDevices(pbx.world, host.id).map((device) => device.id);
  const phone = deviceId === undefined ? phones[0] : phones.find((id) => id === deviceId);
  if (phone === undefined) throw notAllowed('the host has no such phone online');
  const leg = pbx.addParty(conference, {
    direction: 'Outbound',
    code: 'Setup',
    conferenceRole: 'Host',
    extensionId: host.id,
    from: {
      ...insideIdentity(host),
      phoneNumber: host.directNumber ?? host.extensionNumber,
      deviceId: phone,
    },
    to: { ...CONFERENCE_END },
  });
  pbx.change(leg, { code: 'Answered' });
}

/**
 * Brings the call of the leg `own` into a conference (platform.md 2.3.5). Its leg in the conference is returned at
 * once and takes effect a moment later, unless `own` is over by then.
 *
 * @throws ApiError TAS-106 for an eleventh call
 */
export function bringIn(pbx: Pbx, conference: Call, own: Party): Party {
  if (conference.participants.size >= MOST_PARTICIPANTS) {
    throw notAllowed(`${MOST_PARTICIPANTS} calls are in the conference already`);
  }
  const leg = pbx.addParty(conference, {
    direction: 'Inbound',
    code: 'Setup',
    conferenceRole: 'Participant',
    from: ownEnd(own),
    to: { ...CONFERENCE_END },
  });
  for (const person of others(own)) pbx.endLegsServing(person);
  conference.participants.set(own.call, leg);
  own.call.conference = conference;
  pbx.later(leg, BRING_IN_MS, () => {
    if (isOver(own)) return leaveConference(pbx, conference, own.call);
    pbx.change(leg, { code: 'Gone', peer: own });
    pbx.change(own, { code: 'Gone', reason: 'Conference', peer: leg });
  });
  return leg;
}

/** The host's live leg; undefined while the host has not joined. */
export function hostLeg(conference: Call): Party | undefined {
  return conference.parties.find((party) => party.conferenceRole === 'Host' && !isOver(party));
}

/** The call that a participant's leg stands for; undefined for any other leg. */
export function callOfParticipant(leg: Party): Call | undefined {
  for (const [joined, participant] of leg.call.participants) if (participant === leg) return joined;
  return undefined;
}
