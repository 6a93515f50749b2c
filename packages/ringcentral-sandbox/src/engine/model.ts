import type { RingGroup } from './world.ts';

/** Status codes of a party that the engine produces (platform.md 3.3). */
export const PARTY_CODES = [
  'Setup',
  'Proceeding',
  'Answered',
  'Hold',
  'Parked',
  'VoiceMail',
  'VoiceMailScreening',
  'Disconnected',
  'Gone',
] as const;
export type PartyCode = (typeof PARTY_CODES)[number];

/** Reasons of a status that the engine produces (platform.md 3.3). */
export type Reason =
  | 'AgentAnswered'
  | 'AttendedTransfer'
  | 'BlindTransfer'
  | 'CallDropped'
  | 'CallFlip'
  | 'CallPark'
  | 'CallReplied'
  | 'Conference'
  | 'NoAnswer'
  | 'ParkLocation'
  | 'Pickup'
  | 'Rejected'
  | 'Supervising'
  | 'TargetBusy'
  | 'Timeout';

export type Direction = 'Inbound' | 'Outbound';

/** `from` or `to` of a party. */
export interface Endpoint {
  phoneNumber?: string;
  name?: string;
  deviceId?: string;
  extensionId?: string;
}

/**
 * Held and muted, once for the phone and once for the API. What the phone has set the API cannot take back, and the
 * other way round (platform.md 2.3.7, 2.3.9).
 */
export interface Flags {
  held: boolean;
  muted: boolean;
}
/** Who has set a flag. */
export type FlagSource = 'phone' | 'api';

/** The phones of a leg that ring. */
export interface Ringing {
  /** Ids of the ringing devices, and numbers of outside phones; empty for an outside party's own phone. */
  devices: Set<string>;
  /** The groups that ring after these. */
  next: RingGroup[];
  cancelTimeout: () => void;
  /** Runs after the party has become `Answered`. */
  onAnswer?: () => void;
  /** Runs when the leg will not be answered; absent: voicemail takes the call, or an outside phone's leg ends. */
  onGiveUp?: (reason: Reason) => void;
}

/** The caller's own device, which a call-out calls before the destination (platform.md 2.3.1). */
export interface CalledFirst {
  deviceId: string;
  answer: () => void;
  refuse: (reason: Reason) => void;
}

/** One time that a call came to somebody, for GET /state. */
export interface Reached {
  at: number;
  party: Party;
  how: 'rings' | 'answers' | 'voicemail' | 'parked' | 'pages';
  /** Device ids, and numbers of outside phones. */
  phones: string[];
}

/** That a leg listens to a call (platform.md 10.5). */
export interface Supervision {
  /** The party of the supervised agent. Supervision ends with it. */
  agent: Party;
  /** The one party that is heard; absent: all of them. */
  only?: Party;
  /** The supervisor is heard as well (`mediaSDP` sendRecv). */
  talks: boolean;
}

/** A recording of one party's leg (platform.md 2.3.18). */
export interface Recording {
  readonly id: string;
  readonly mode: 'Automatic' | 'OnDemand';
  readonly telephonySessionId: string;
  readonly partyId: string;
  /** Whether the participants were told. */
  readonly announced: boolean;
  active: boolean;
  /** Recorded until the last pause. */
  recordedMs: number;
  /** Since when it records, while active. */
  activeSince: number;
  endedAt?: number;
}

/** One leg of a call. */
export interface Party {
  readonly call: Call;
  readonly id: string;
  readonly direction: Direction;
  /** Absent: the party is outside. */
  readonly extensionId?: string;
  readonly createdAt: number;
  from: Endpoint;
  to: Endpoint;
  /** Name of an outside caller, which shows later than the number (platform.md 4.6.1). */
  callerName?: string;
  code: PartyCode;
  reason?: Reason;
  phone: Flags;
  api: Flags;
  standAlone: boolean;
  /** Of a call parked by code; a park location has none. */
  parkCode?: string;
  /** Of a leg that is `Gone`: the leg that `peerId` names. */
  peer?: Party;
  /** The leg on which this party goes on, in this call or another. */
  movedTo?: Party;
  /** RingOut: the other leg of the same person, in the twin session (platform.md 4.7). */
  twin?: Party;
  recordings: Recording[];
  queueName?: string;
  missedCall: boolean;
  emergencyCallback: boolean;
  conferenceRole?: 'Host' | 'Participant';
  ringOutRole?: 'Initiator' | 'Target';
  /** Whether events have `mobilePickupData` (platform.md 4.6). */
  mobilePickup: boolean;
  ringing?: Ringing;
  calledFirst?: CalledFirst;
  /** The number of the phone at which the leg was answered, where that is no device. */
  answeredAt?: string;
  /** The mailbox of an outside phone, which the platform takes for a person. */
  machine?: true;
  /** Of a paging group's leg: ids of the devices whose loudspeakers play the call. */
  pages?: string[];
  /** Of a delegate's leg: the extension id of the user who is called. */
  onBehalfOf?: string;
  supervision?: Supervision;
  /** Of a leg that exists for a waiting party (ringing, menu, queue, voicemail, park location): that party. */
  serves?: Party;
  /** What cancels the timers of the leg; all are cancelled when it ends. */
  timers: Set<() => void>;
}

/** A telephony session. */
export interface Call {
  readonly id: string;
  /** Legacy numeric id; "0" for conferences. */
  readonly sessionId: string;
  readonly serverId: string;
  readonly origin: 'Call' | 'CallOut' | 'Conference' | 'RingOut';
  readonly createdAt: number;
  readonly voiceCallToken?: string;
  /** Of the last event. */
  sequence: number;
  /** Time of the last event. */
  changedAt: number;
  parties: Party[];
  /** Over, and kept readable for a minute. */
  ended: boolean;
  /** Of a conference: who hosts it, and the calls in it with their participant legs. */
  hostExtensionId?: string;
  participants: Map<Call, Party>;
  /** Of a conference: it goes on when its host leaves (platform.md 2.3.8). */
  keepAlive?: boolean;
  /** Of a call that was brought in: the conference that it is in. */
  conference?: Call;
  timers: Set<() => void>;
  /** Whom the call reached so far, the newest last. */
  reached: Reached[];
}

/** Whether the leg has ended, or was moved to another one. */
export function isOver(party: Party): boolean {
  return party.code === 'Disconnected' || party.code === 'Gone';
}

/**
 * Whether the party stands for a person in the call: not over, not a leg that rings or is a machine, not a
 * supervisor.
 */
export function isPerson(party: Party): boolean {
  return !isOver(party) && party.serves === undefined && party.supervision === undefined;
}

/** Whether it is a person who talks or is held. */
export function isOnTheLine(party: Party): boolean {
  return isPerson(party) && (party.code === 'Answered' || party.code === 'Hold');
}

/** The other legs of the call, those that are over included. */
export function others(party: Party): Party[] {
  return party.call.parties.filter((other) => other !== party);
}

/** The legs that can hear each other: those of the call, or of its conference and all calls in that. */
export function bridgedLegs(call: Call): Party[] {
  const bridge = call.conference ?? call;
  return [bridge, ...bridge.participants.keys()].flatMap((each) => each.parties);
}

/** Whether another person of the call, or of its conference, talks or is held. */
export function hasCompany(party: Party): boolean {
  return bridgedLegs(party.call).some((other) => other !== party && isOnTheLine(other));
}

/** The leg on which this party is now: itself, unless it was moved. */
export function successor(party: Party): Party {
  let leg = party;
  while (leg.movedTo !== undefined) leg = leg.movedTo;
  return leg;
}
