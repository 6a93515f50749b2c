/**
 * The account behind the calls, as plain data: the look-ups show it (platform.md 8), the control interface changes
 * it.
 */
export interface World {
  account: Account;
  /** By id. */
  extensions: Map<string, Extension>;
  /** By id. */
  devices: Map<string, Device>;
  /** The same devices by extension id; `addDevice` keeps both. */
  devicesOf: Map<string, Device[]>;
  /** By the extension id of the queue (its group id). */
  callQueues: Map<string, CallQueue>;
  /** By the extension id of the menu. */
  ivrMenus: Map<string, IvrMenu>;
  /** By the extension id of the location, which is its park orbit. */
  parkLocations: Map<string, ParkLocation>;
  /** By the extension id of the group. */
  pagingGroups: Map<string, PagingGroup>;
  /** By id. */
  monitoringGroups: Map<string, MonitoringGroup>;
  /** What can be dialled inside: extension numbers and the account's own E.164 numbers, to the extension id. */
  dialPlan: Map<string, string>;
}

/** Requests per user, app and minute; null: no limit. */
export type RateLimits = Record<'light' | 'medium' | 'heavy' | 'auth', number | null>;

/** The account and the switches of the simulation. */
export interface Account {
  id: string;
  name: string;
  /** Nobody logs in to a disabled one. */
  status: 'Confirmed' | 'Disabled';
  brandId: string;
  mainNumber: string;
  /** The country whose dialling plan national numbers follow: an id of `COUNTRIES`. */
  homeCountryId: string;
  /** How long a phone rings before voicemail takes the call. */
  ringSeconds: number;
  /** How long a call waits parked before it rings back (assumed). */
  parkSeconds: number;
  /** Record every answered call by itself; such a recording cannot be paused. */
  autoRecording: boolean;
  /** Tell the participants that a recording starts. */
  recordingAnnouncement: boolean;
  rateLimits: RateLimits;
  /** Administrators may act on the parties and calls of others (undocumented, platform.md 2.2). */
  adminActsOnOthers: boolean;
  /** Who is not on a call may read it and delete its parked parties (undocumented, platform.md 9.2). */
  openCalls: boolean;
  /**
   * What a permission error has at top level: its code, or a word; `seed`: one of both for each operation
   * (platform.md 9.1).
   */
  permissionErrors: 'seed' | 'code' | 'word';
  /** Which of the documented shapes `peerId` has; `seed`: one of them for each leg (platform.md 3.3). */
  peerIds: 'seed' | PeerIdShape;
  /** After how long the voicemail of an outside phone answers, which looks like a person; null: it has none. */
  outsideVoicemailSeconds: number | null;
}

/** `legacy`: all three members, `telephony`: without `sessionId`, `session`: `sessionId` is the `s-…` id. */
export const PEER_ID_SHAPES = ['legacy', 'telephony', 'session'] as const;
export type PeerIdShape = (typeof PEER_ID_SHAPES)[number];

export const DND_STATUSES = [
  'TakeAllCalls',
  'DoNotAcceptAnyCalls',
  'DoNotAcceptDepartmentCalls',
  'TakeDepartmentCallsOnly',
  'Unknown',
] as const;
export type DndStatus = (typeof DND_STATUSES)[number];

/** Whatever has a short number: user, queue, menu, park location, paging group (platform.md 8.3). */
export interface Extension {
  id: string;
  extensionNumber: string;
  name: string;
  firstName?: string;
  lastName?: string;
  email?: string;
  type: 'User' | 'Department' | 'IvrMenu' | 'ParkLocation' | 'PagingOnly';
  status: 'Enabled' | 'Disabled' | 'Frozen' | 'NotActivated' | 'Unassigned';
  /** E.164 direct number. */
  directNumber?: string;
  /** Administrators read account-level lists and every call; the account says whether they act on others' parties. */
  admin: boolean;
  /** Role-based user permissions, the second gate beside scopes (platform.md 1.8). */
  permissions: string[];
  /** Enabled service features (platform.md 8.3). */
  features: string[];
  flipNumbers: FlipNumber[];
  dndStatus: DndStatus;
  userStatus: 'Offline' | 'Busy' | 'Available';
  allowSeeMyPresence: boolean;
  ringOnMonitoredCall: boolean;
  pickUpCallsOnHold: boolean;
  acceptCallQueueCalls: boolean;
  /** Callers in voicemail can be answered while they leave their message. */
  voicemailScreening: boolean;
  /** What rings, group after group; empty: all phones that are online, for the account's ringing time. */
  ringGroups: RingGroup[];
  /** Ids of the extensions at whose phones calls for this user ring too. */
  delegates: string[];
}

/** Phones that ring together: device ids, and forwarding numbers for outside phones. */
export interface RingGroup {
  seconds: number;
  phones: string[];
}

/** A forwarding number (platform.md 8.2). */
export interface FlipNumber {
  id: string;
  phoneNumber: string;
  label: string;
  /** `callFlipId` of the flip operation, a digit 1 to 8. */
  flipNumber: string;
  features: ('CallFlip' | 'CallForwarding')[];
  type: 'Home' | 'Mobile' | 'Work' | 'PhoneLine' | 'Other';
  deviceId?: string;
}

/** A phone, or a program that is one (platform.md 8.1). */
export interface Device {
  id: string;
  extensionId: string;
  type: 'HardPhone' | 'SoftPhone' | 'OtherPhone' | 'WebRTC';
  name: string;
  status: 'Online' | 'Offline';
  /** What it does when the platform calls it for a call-out or an answer, where a device is to answer by itself. */
  whenCalled: WhenCalled;
  /** False for the app: it rings and talks, but the device API does not show it (platform.md 8.1). */
  listed: boolean;
  serial?: string;
  computerName?: string;
  model?: { id: string; name: string };
  features: ('BLA' | 'CommonPhone' | 'Intercom' | 'Paging' | 'HELD')[];
}

/** `rings`: until somebody answers it; `unreachable`: it is online for the platform and does not ring. */
export const WHEN_CALLED = ['answers', 'rings', 'declines', 'busy', 'unreachable'] as const;
export type WhenCalled = (typeof WHEN_CALLED)[number];

/** A queue, an extension of type `Department`. */
export interface CallQueue {
  extensionId: string;
  /** Extension ids of the agents. */
  members: string[];
}

/** A voice menu. */
export interface IvrMenu {
  extensionId: string;
  /** Extension id that callers are connected to who choose nothing. */
  connectTo: string;
  /** How long they have to choose. */
  connectAfterMs: number;
}

export interface ParkLocation {
  extensionId: string;
  /** Extension ids of those who may park and retrieve. */
  members: string[];
}

/** Calls to it are played by the loudspeakers of its members' desk phones. The caller hears nobody. */
export interface PagingGroup {
  extensionId: string;
  /** Extension ids of the members. */
  members: string[];
}

/** Who may supervise whom: members with `Monitoring` those with `Monitored` (platform.md 8.6). */
export interface MonitoringGroup {
  id: string;
  name: string;
  members: { extensionId: string; permissions: ('Monitoring' | 'Monitored')[] }[];
}
