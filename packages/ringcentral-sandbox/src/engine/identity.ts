import type { Endpoint, Party } from './model.ts';
import type { Device, Extension, World } from './world.ts';

/** How an extension appears inside the account: by extension number (platform.md 4.6.2). */
export function insideIdentity(extension: Extension): Endpoint {
  return { phoneNumber: extension.extensionNumber, name: extension.name, extensionId: extension.id };
}

/** How it appears outside: by direct number, or by the account's main number (platform.md 4.6.2). */
function outsideIdentity(world: World, extension: Extension): Endpoint {
  return { phoneNumber: extension.directNumber ?? world.account.mainNumber, name: extension.name };
}

/** How a party appears to somebody inside the account. */
export function seenInside(world: World, party: Party): Endpoint {
  const extension = extensionOf(world, party);
  if (extension === undefined) return ownEnd(party);
  const { deviceId } = ownEnd(party);
  return { ...insideIdentity(extension), ...(deviceId === undefined ? {} : { deviceId }) };
}

/** How a party appears to somebody outside. */
export function seenOutside(world: World, party: Party): Endpoint {
  const extension = extensionOf(world, party);
  return extension === undefined ? ownEnd(party) : outsideIdentity(world, extension);
}

function extensionOf(world: World, party: Party): Extension | undefined {
  return party.extensionId === undefined ? undefined : world.extensions.get(party.extensionId);
}

/** The end of the leg that is the party's own: `from` of an outbound leg, `to` of an inbound one. */
export function ownEnd(party: Party): Endpoint {
  return party.direction === 'Outbound' ? party.from : party.to;
}

/** Phones of an extension that are switched on, the listed ones first. */
export function onlineDevices(world: World, extensionId: string): Device[] {
  const online = (world.devicesOf.get(extensionId) ?? []).filter(({ status }) => status === 'Online');
  return online.sort((a, b) => Number(b.listed) - Number(a.listed));
}
