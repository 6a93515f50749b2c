import type { Account, Device, Extension, MonitoringGroup, World } from './world.ts';
import {
  ADMIN_PERMISSIONS,
  addDevice,
  addExtension,
  app,
  deskPhone,
  service,
  user,
} from './world-builders.ts';

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
  const world = emptyWorld(account());
  for (const extension of extensions()) addExtension(world, extension);
  for (const device of devices()) addDevice(world, device);
  world.callQueues.set(ID.queue, { extensionId: ID.queue, members: [ID.admin, ID.u102, ID.u103] });
  world.parkLocations.set(ID.location, { extensionId: ID.location, members: [ID.admin, ID.u102] });
  world.ivrMenus.set(ID.menu, { extensionId: ID.menu, connectTo: ID.admin, connectAfterMs: 1000 });
  world.dialPlan.set(MAIN_NUMBER, ID.menu);
  world.monitoringGroups.set(ID.monitoring, monitoringGroup());
  return world;
}

function emptyWorld(account: Account): World {
  return {
    account,
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
}

function account(): Account {
  return {
    id: ID.account,
    name: 'Sandbox Company',
    status: 'Confirmed',
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
  };
}

function extensions(): Extension[] {
  return [
    administrator(),
    user(ID.u102, '102', 'Bob', 'Brown'),
    user(ID.u103, '103', 'Carol', 'Clark'),
    user(ID.u104, '104', 'Dan', 'Davis'),
    service(ID.queue, '200', 'Support Queue', 'Department'),
    service(ID.location, '300', 'Front Desk Park', 'ParkLocation'),
    service(ID.menu, '400', 'Main Menu', 'IvrMenu'),
  ];
}

function administrator(): Extension {
  return {
    ...user(ID.admin, '101', 'Alice', 'Admin'),
    admin: true,
    permissions: [...ADMIN_PERMISSIONS],
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
  };
}

function devices(): Device[] {
  return [
    deskPhone('60101001', ID.admin, "Alice's desk phone"),
    {
      id: '60101002',
      extensionId: ID.admin,
      type: 'SoftPhone',
      name: "Alice's softphone",
      status: 'Offline',
      whenCalled: 'answers',
      listed: true,
      computerName: 'ALICE-PC',
      features: [],
    },
    app('60101003', ID.admin, "Alice's app"),
    deskPhone('60102001', ID.u102, "Bob's desk phone"),
    deskPhone('60103001', ID.u103, "Carol's desk phone"),
    app('60104001', ID.u104, "Dan's app"),
  ];
}

function monitoringGroup(): MonitoringGroup {
  return {
    id: ID.monitoring,
    name: 'Team leads',
    members: [
      { extensionId: ID.admin, permissions: ['Monitoring'] },
      { extensionId: ID.u102, permissions: ['Monitored'] },
      { extensionId: ID.u103, permissions: ['Monitored'] },
    ],
  };
}
