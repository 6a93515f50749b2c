import { missing, notAllowed, notFound } from '../errors.ts';
import { type Call, isOver, type Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import { actsOnOthers } from '../states.ts';
import type { Device, Extension, World } from '../world.ts';

/** What an operation on the account gets: the PBX, and who is logged in. */
export interface AccountContext {
  pbx: Pbx;
  login: Extension;
}

/** What an operation on a session gets, too: the call in the path. */
export interface SessionContext extends AccountContext {
  call: Call;
}

/** What an operation on a party gets, too: the party in the path, checked by `STATE_RULES`. */
export interface PartyContext extends SessionContext {
  party: Party;
  recordingId: string | undefined;
}

/** The call with that id. Throws CMN-100 without an id, CMN-102 for an unknown one; `parameter` is named in both. */
export function findCall(pbx: Pbx, id: string | undefined, parameter = 'telephonySessionId'): Call {
  if (id === undefined) throw missing(parameter);
  const call = pbx.calls.get(id);
  if (call === undefined) throw notFound(parameter, id);
  return call;
}

/** The party of the call with that id. Throws as `findCall` does. */
export function findParty(call: Call, id: string | undefined, parameter = 'partyId'): Party {
  if (id === undefined) throw missing(parameter);
  const party = call.parties.find((candidate) => candidate.id === id);
  if (party === undefined) throw notFound(parameter, id);
  return party;
}

/**
 * The device with that id, if it is an online one of the extension `owner` (platform.md 2.2 "Devices").
 *
 * @throws ApiError CMN-102 for an unknown device, TAS-106 for another's or one that is offline (assumed)
 */
export function usableDevice(pbx: Pbx, deviceId: string, owner: string, parameter = 'deviceId'): Device {
  const device = pbx.world.devices.get(deviceId);
  if (device === undefined) throw notFound(parameter, deviceId);
  if (device.extensionId !== owner) throw notAllowed('the device belongs to somebody else');
  if (device.status !== 'Online') throw notAllowed('the device is offline');
  return device;
}

/** Throws TAS-106 unless the login is in the call now, or acts on others as an administrator (assumed). */
export function checkIsInCall({ pbx, login, call }: SessionContext): void {
  const isInCall =
    actsOnOthers(pbx.world, login) ||
    call.hostExtensionId === login.id ||
    call.parties.some((party) => party.extensionId === login.id && !isOver(party));
  if (!isInCall) throw notAllowed('you are not in this call');
}

/**
 * Throws TAS-106 unless the login is or was in the call: who parks a call leaves it, and may still end it. With
 * `openCalls` nobody is refused (assumed).
 */
export function checkIsOrWasInCall({ pbx, login, call }: SessionContext): void {
  const open = pbx.world.account.openCalls || actsOnOthers(pbx.world, login);
  if (!open && !isOrWasInCall(login, call)) throw notAllowed('you are not in this call');
}

/**
 * Throws TAS-106 unless the login may read the call: who is or was in it, may supervise somebody in it or may
 * retrieve it from its park, and administrators; with `openCalls` nobody is refused (assumed, platform.md 9.2).
 */
export function checkMayRead({ pbx, login, call }: SessionContext): void {
  const { world } = pbx;
  const may =
    world.account.openCalls ||
    login.admin ||
    isOrWasInCall(login, call) ||
    call.parties.some(
      (party) => mayMonitor(world, login.id, party.extensionId) || mayRetrieve(world, login.id, party),
    );
  if (!may) throw notAllowed('you are not in this call');
}

function isOrWasInCall(login: Extension, call: Call): boolean {
  return (
    call.hostExtensionId === login.id || call.parties.some(({ extensionId }) => extensionId === login.id)
  );
}

function mayRetrieve(world: World, extensionId: string, party: Party): boolean {
  if (party.code !== 'Parked') return false;
  return world.parkLocations.get(party.extensionId ?? '')?.members.includes(extensionId) ?? true;
}

/** Whether a monitoring group lets the extension `supervisor` listen to calls of `agent` (platform.md 8.6). */
export function mayMonitor(world: World, supervisor: string, agent: string | undefined): boolean {
  return [...world.monitoringGroups.values()].some(({ members }) => {
    const may = (id: string | undefined, permission: 'Monitoring' | 'Monitored') =>
      members.some((member) => member.extensionId === id && member.permissions.includes(permission));
    return may(supervisor, 'Monitoring') && may(agent, 'Monitored');
  });
}
