import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { parkByCode, pickUp } from '../parking.ts';
import { restParty } from '../wire.ts';
import { type PartyContext, usableDevice } from './context.ts';

/** Answers with the leg that waits: that one has the park code (platform.md 2.3.11). */
export function callParkParty({ pbx, party }: PartyContext): Reply {
  return { status: 201, body: restParty(pbx, parkByCode(pbx, party)) };
}

export function pickupCallParty(
  { pbx, login, party }: PartyContext,
  { deviceId }: Body<'pickupCallParty'>,
): Reply {
  usableDevice(pbx, deviceId, login.id);
  return { status: 201, body: restParty(pbx, pickUp(pbx, party, login, deviceId)) };
}
