import type { Device, Extension, World } from './world.ts';

/** Everything a user of the sandbox may do (platform.md 1.8). */
const ALL_PERMISSIONS = [
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

const USER_PERMISSIONS = ALL_PERMISSIONS.filter((permission) => !permission.includes('Company'));

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

/** Ids of the default world; the account's is that of its first extension (platform.md 1.1). */
const ID = {
  account: '37439510',
  admin: '37439510',
  u102: '37439511',
  u103: '37439512',
  u104: '37439513',
  queue: '37439520',
  location: '37439530',
  menu: '37439540',
  monitoring: '3001',
} as const;

const MAIN_NUMBER = '+12055550100';

/** A fresh copy of the world in which a sandbox begins: one small company with its phones. */
export function defaultWorld(): World {
  const world: World = {
    account: {
      id: ID.account,
      name: 'Sandbox Company',
      brandId: '1210',
      mainNumber: MAIN_NUMBER,
      homeCountryId: '1',
      ringSeconds: 20,
      parkSeconds: 180,
      autoRecording: false,
      recordingAnnouncement: true,
      rateLimits: { light: 50, medium: 40, heavy: 10, auth: 5 },
      adminActsOnOthers: false,
      openCalls: false,
      permissionErrors: 'seed',
      peerIds: 'seed',
      outsideVoicemailSeconds: null,
    },
    extensions: new Map(),
    devices: new Map(),
    devicesOf: new Map(),
    callQueues: new Map(),
    ivrMenus: new Map(),
    parkLocations: new Map(),
    pagingGroups: new Map(),
    monitoringGroups: new Map(),
    dialPlan: new Map(),
  };

  addExtension(world, {
    ...user(ID.admin, '101', 'Alice', 'Admin'),
    admin: true,
    permissions: [...ALL_PERMISSIONS],
    flipNumbers: [
      {
        id: '51001',
        phoneNumber: '+12055550991',
        label: 'My mobile',
        flipNumber: '1',
        features: ['CallFlip', 'CallForwarding'],
        type: 'Mobile',
      },
      {
        id: '51002',
        phoneNumber: '+12055550101',
        label: 'My desk phone',
        flipNumber: '2',
        features: ['CallFlip', 'CallForwarding'],
        type: 'PhoneLine',
        deviceId: '60101001',
      },
    ],
  });
  addExtension(world, user(ID.u102, '102', 'Bob', 'Brown'));
  addExtension(world, user(ID.u103, '103', 'Carol', 'Clark'));
  addExtension(world, user(ID.u104, '104', 'Dan', 'Davis'));
  addExtension(world, service(ID.queue, '200', 'Support Queue', 'Department'));
  addExtension(world, service(ID.location, '300', 'Front Desk Park', 'ParkLocation'));
  addExtension(world, service(ID.menu, '400', 'Main Menu', 'IvrMenu'));

  addDevice(world, deskPhone('60101001', ID.admin, "Alice's desk phone"));
  addDevice(world, {
    id: '60101002',
    extensionId: ID.admin,
    type: 'SoftPhone',
    name: "Alice's softphone",
    status: 'Offline',
    whenCalled: 'answers',
    listed: true,
    computerName: 'ALICE-PC',
    features: [],
  });
  addDevice(world, app('60101003', ID.admin, "Alice's app"));
  addDevice(world, deskPhone('60102001', ID.u102, "Bob's desk phone"));
  addDevice(world, deskPhone('60103001', ID.u103, "Carol's desk phone"));
  addDevice(world, app('60104001', ID.u104, "Dan's app"));

  world.callQueues.set(ID.queue, { extensionId: ID.queue, members: [ID.admin, ID.u102, ID.u103] });
  world.parkLocations.set(ID.location, { extensionId: ID.location, members: [ID.admin, ID.u102] });
  world.ivrMenus.set(ID.menu, { extensionId: ID.menu, connectTo: ID.admin, connectAfterMs: 1000 });
  world.dialPlan.set(MAIN_NUMBER, ID.menu);
  world.monitoringGroups.set(ID.monitoring, {
    id: ID.monitoring,
    name: 'Team leads',
    members: [
      { extensionId: ID.admin, permissions: ['Monitoring'] },
      { extensionId: ID.u102, permissions: ['Monitored'] },
      { extensionId: ID.u103, permissions: ['Monitored'] },
    ],
  });
  return world;
}

/** Adds an extension and makes its numbers diallable. */
export function addExtension(world: World, extension: Extension): void {
  world.extensions.set(extension.id, extension);
  world.dialPlan.set(extension.extensionNumber, extension.id);
  if (extension.directNumber !== undefined) world.dialPlan.set(extension.directNumber, extension.id);
}

export function addDevice(world: World, device: Device): void {
  world.devices.set(device.id, device);
  const owned = world.devicesOf.get(device.extensionId);
  if (owned === undefined) world.devicesOf.set(device.extensionId, [device]);
  else owned.push(device);
}

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
