import { missing, notAllowed, notFound } from '../errors.ts';
import { type Call, isOver, type Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import type { Device, Extension } from '../world.ts';

/** What an operation gets: the switch, who is logged in, and what the path names. */
export interface AccountContext {
  pbx: Pbx;
  login: Extension;
}

export interface SessionContext extends AccountContext {
  call: Call;
}

export interface PartyContext extends SessionContext {
  party: Party;
  recordingId: string | undefined;
}

export function findCall(pbx: Pbx, id: string | undefined, parameter = 'telephonySessionId'): Call {
  if (id === undefined) throw missing(parameter);
  const call = pbx.calls.get(id);
  if (call === undefined) throw notFound(parameter, id);
  return call;
}

export function findParty(call: Call, id: string | undefined, parameter = 'partyId'): Party {
  if (id === undefined) throw missing(parameter);
  const party = call.parties.find((candidate) => candidate.id === id);
  if (party === undefined) throw notFound(parameter, id);
  return party;
}

/** A phone of that extension which is switched on (FACTS 2.2 "Devices"); the refusals are assumed. */
export function usableDevice(pbx: Pbx, deviceId: string, owner: string, parameter = 'deviceId'): Device {
  const device = pbx.world.devices.get(deviceId);
  if (device === undefined) throw notFound(parameter, deviceId);
  if (device.extensionId !== owner) throw notAllowed('the device belongs to somebody else');
  if (device.status !== 'Online') throw notAllowed('the device is offline');
  return device;
}

/** Whoever is in a call, or an administrator, may end it (assumed). */
export function checkTakesPart({ login, call }: SessionContext): void {
  const takesPart =
    login.admin ||
    call.hostExtensionId === login.id ||
    call.parties.some((party) => party.extensionId === login.id && !isOver(party));
  if (!takesPart) throw notAllowed('you are not in this call');
}
