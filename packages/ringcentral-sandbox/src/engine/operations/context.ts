import { missing, notAllowed, notFound } from '../errors.ts';
import { type Call, isOver, type Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import { actsOnOthers } from '../states.ts';
import type { Device, Extension, World } from '../world.ts';

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

/** A phone of that extension which is switched on (platform.md 2.2 "Devices"); the refusals are assumed. */
export function usableDevice(pbx: Pbx, deviceId: string, owner: string, parameter = 'deviceId'): Device {
  const device = pbx.world.devices.get(deviceId);
  if (device === undefined) throw notFound(parameter, deviceId);
  if (device.extensionId !== owner) throw notAllowed('the device belongs to somebody else');
  if (device.status !== 'Online') throw notAllowed('the device is offline');
  return device;
}

/** Whoever is in a call may end it; an administrator where the account lets them (assumed). */
export function checkTakesPart({ pbx, login, call }: SessionContext): void {
  const takesPart =
    actsOnOthers(pbx.world, login) ||
    call.hostExtensionId === login.id ||
    call.parties.some((party) => party.extensionId === login.id && !isOver(party));
  if (!takesPart) throw notAllowed('you are not in this call');
}

/** Whoever is or was in it: who parked a call has left it (assumed). */
export function checkTookPart({ pbx, login, call }: SessionContext): void {
  const open = pbx.world.account.openCalls || actsOnOthers(pbx.world, login);
  if (!open && !tookPart(login, call)) throw notAllowed('you are not in this call');
}

/**
 * Who sees a call: who is or was in it, who may listen to somebody in it, who may retrieve it from where it is parked,
 * and administrators; everybody where the account says so (assumed, platform.md 9.2).
 */
export function checkMayRead({ pbx, login, call }: SessionContext): void {
  const { world } = pbx;
  const may =
    world.account.openCalls ||
    login.admin ||
    tookPart(login, call) ||
    call.parties.some(
      (party) => mayMonitor(world, login.id, party.extensionId) || mayRetrieve(world, login.id, party),
    );
  if (!may) throw notAllowed('you are not in this call');
}

function tookPart(login: Extension, call: Call): boolean {
  return (
    call.hostExtensionId === login.id || call.parties.some(({ extensionId }) => extensionId === login.id)
  );
}

function mayRetrieve(world: World, extensionId: string, party: Party): boolean {
  if (party.code !== 'Parked') return false;
  return world.parkLocations.get(party.extensionId ?? '')?.members.includes(extensionId) ?? true;
}

/** Whether a call monitoring group lets one extension listen to another (platform.md 8.6). */
export function mayMonitor(world: World, supervisor: string, agent: string | undefined): boolean {
  return [...world.monitoringGroups.values()].some(({ members }) => {
    const may = (id: string | undefined, permission: 'Monitoring' | 'Monitored') =>
      members.some((member) => member.extensionId === id && member.permissions.includes(permission));
    return may(supervisor, 'Monitoring') && may(agent, 'Monitored');
  });
}
