import type { Device, Extension, World } from './world.ts';

/** Role permissions of an administrator: all that the sandbox asks for (platform.md 1.8). */
export const ADMIN_PERMISSIONS = [
  'ReadPresenceStatus',
  'ReadUserDevices',
  'ReadCompanyDevices',
  'ReadUserForwardingFlipNumbers',
  'ReadExtensions',
  'ReadCallLog',
  'ReadCallRecording',
  'FullCompanyCallLog',
  'ReadCompanyCallLog',
  'ReadUserInfo',
  'ReadCompanyInfo',
  'ReadUserPhoneNumbers',
];

/** Those of an ordinary user: none for the whole company. */
const USER_PERMISSIONS = ADMIN_PERMISSIONS.filter((permission) => !permission.includes('Company'));

/** Service features of a user (platform.md 8.3). */
const FEATURES = [
  'CallPark',
  'CallParkLocations',
  'CallSupervision',
  'OnDemandCallRecording',
  'AutomaticInboundCallRecording',
  'CallSwitch',
  'VoipCalling',
  'Presence',
  'CallForwarding',
  'RingOut',
];

/** Adds an extension and makes its numbers diallable. */
export function addExtension(world: World, extension: Extension): void {
  world.extensions.set(extension.id, extension);
  world.dialPlan.set(extension.extensionNumber, extension.id);
  if (extension.directNumber !== undefined) world.dialPlan.set(extension.directNumber, extension.id);
}

/** Adds a device, to the list of its extension too. */
export function addDevice(world: World, device: Device): void {
  world.devices.set(device.id, device);
  const owned = world.devicesOf.get(device.extensionId);
  if (owned === undefined) world.devicesOf.set(device.extensionId, [device]);
  else owned.push(device);
}

/**
 * A user who takes all calls, with an ordinary user's permissions and all features. The direct number is made of an
 * extension number of three digits; others need one of their own.
 */
export function user(id: string, extensionNumber: string, firstName: string, lastName: string): Extension {
  return {
    ...service(id, extensionNumber, `${firstName} ${lastName}`, 'User'),
    firstName,
    lastName,
    email: `${firstName.toLowerCase()}@sandbox.example`,
    directNumber: `+12055550${extensionNumber}`,
    permissions: [...USER_PERMISSIONS],
    features: [...FEATURES],
    userStatus: 'Available',
  };
}

/**
 * An extension that nobody logs in to (queue, menu, park location, paging group): no number, no rights, all defaults.
 */
export function service(
  id: string,
  extensionNumber: string,
  name: string,
  type: Extension['type'],
): Extension {
  return {
    id,
    extensionNumber,
    name,
    type,
    status: 'Enabled',
    admin: false,
    permissions: [],
    features: [],
    flipNumbers: [],
    dndStatus: 'TakeAllCalls',
    userStatus: 'Offline',
    allowSeeMyPresence: true,
    ringOnMonitoredCall: false,
    pickUpCallsOnHold: false,
    acceptCallQueueCalls: true,
    voicemailScreening: false,
    ringGroups: [],
    delegates: [],
  };
}

/** A desk phone that is online, answers by itself when called, and is listed by the device API. */
export function deskPhone(id: string, extensionId: string, name: string): Device {
  return {
    id,
    extensionId,
    type: 'HardPhone',
    name,
    status: 'Online',
    whenCalled: 'answers',
    listed: true,
    features: ['BLA', 'Intercom', 'Paging'],
    serial: `0004F2${id.slice(-6)}`,
    model: { id: '78', name: 'Polycom VVX 411' },
  };
}

/**
 * A program that is online and answers by itself when called, but that the device API does not list (platform.md
 * 8.1).
 */
export function app(id: string, extensionId: string, name: string): Device {
  return {
    id,
    extensionId,
    type: 'WebRTC',
    name,
    status: 'Online',
    whenCalled: 'answers',
    listed: false,
    features: [],
  };
}
