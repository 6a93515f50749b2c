import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { parkByCode, pickUp } from '../parking.ts';
import { restParty } from '../wire.ts';
import { type PartyContext, usableDevice } from './context.ts';

/** Parks by code (platform.md 2.3.11). The answer is the leg that waits, which has the code. */
export function callParkParty({ pbx, party }: PartyContext): Reply {
  return { status: 201, body: restParty(pbx, parkByCode(pbx, party)) };
}

/** Takes a parked call to a device of the caller (platform.md 2.3.22). */
export function pickupCallParty(
  { pbx, login, party }: PartyContext,
  { deviceId }: Body<'pickupCallParty'>,
): Reply {
  usableDevice(pbx, deviceId, login.id);
  return { status: 201, body: restParty(pbx, pickUp(pbx, party, login, deviceId)) };
}
