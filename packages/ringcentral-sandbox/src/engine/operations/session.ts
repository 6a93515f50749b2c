import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { exactlyOne } from '../bodies.ts';
import { callOfParticipant } from '../conference.ts';
import { startCall } from '../dialling.ts';
import { notAllowed, notFound } from '../errors.ts';
import { onlineDevices } from '../identity.ts';
import { isOver } from '../model.ts';
import { endCall, hangUp } from '../teardown.ts';
import { restParty, restSession } from '../wire.ts';
import {
  type AccountContext,
  checkIsInCall,
  checkIsOrWasInCall,
  checkMayRead,
  type PartyContext,
  type SessionContext,
  usableDevice,
} from './context.ts';

/** Calls a device of the caller, which answers by itself, and then the destination (platform.md 2.3.1). */
export function createCallOutCallSession(
  context: AccountContext,
  { from, to, countryId }: Body<'createCallOutCallSession'>,
): Reply {
  const { pbx, login } = context;
  const [kind, value] = exactlyOne({ deviceId: from.deviceId, extensionId: from.extensionId });
  exactlyOne({ phoneNumber: to.phoneNumber, extensionNumber: to.extensionNumber });
  const deviceId = kind === 'deviceId' ? value : deskPhoneOf(context, value);
  usableDevice(pbx, deviceId, login.id, 'from.deviceId');
  const call = startCall(pbx, {
    origin: 'CallOut',
    from: { extension: login, deviceId },
    to,
    deviceFirst: deviceId,
    ...(countryId === undefined ? {} : { countryId: String(countryId) }),
  });
  return { status: 201, body: { session: restSession(pbx, call) } };
}

/** The first listed device of the caller that is online. Throws TAS-106 for another extension, and without one. */
function deskPhoneOf({ pbx, login }: AccountContext, extensionId: string): string {
  if (extensionId !== login.id) throw notAllowed('the extension is not yours');
  const device = onlineDevices(pbx.world, extensionId).find(({ listed }) => listed);
  if (device === undefined) throw notAllowed('the extension has no phone online');
  return device.id;
}

export function readCallSessionStatus(context: SessionContext): Reply {
  const { pbx, call } = context;
  checkMayRead(context);
  return { status: 200, body: restSession(pbx, call) };
}

/** Ends a call for all its parties (platform.md 2.3.4). */
export function deleteCallSession(context: SessionContext): Reply {
  const { pbx, call } = context;
  if (call.ended) throw notFound('telephonySessionId', call.id);
  checkIsInCall(context);
  endCall(pbx, call);
  return { status: 204 };
}

export function readCallPartyStatus(context: PartyContext): Reply {
  const { pbx, party } = context;
  checkMayRead(context);
  return { status: 200, body: restParty(pbx, party) };
}

/** Ends a conference participant, a parked party, or a party of a supervised call; no other (platform.md 2.2). */
export function deleteCallParty(context: PartyContext, body: Body<'deleteCallParty'>): Reply {
  const { pbx, call, party } = context;
  const supervised = call.parties.some((leg) => leg.supervision !== undefined && !isOver(leg));
  const inConference = call.origin === 'Conference';
  if (party.code === 'Parked') checkIsOrWasInCall(context);
  else {
    if (!inConference && !supervised) throw notAllowed('neither supervised, parked nor in a conference');
    checkIsInCall(context);
  }
  const joined = callOfParticipant(party);
  if (joined !== undefined) endCall(pbx, joined);
  else if (isOver(party)) throw notFound('partyId', party.id);
  else {
    if (inConference) call.keepAlive = body.keepConferenceAlive === true;
    hangUp(pbx, party);
  }
  return { status: 204 };
}
