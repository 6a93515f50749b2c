import type { RingGroup } from './world.ts';

/** Status codes of a party (platform.md 3.3) that this engine produces. */
export type PartyCode =
  | 'Setup'
  | 'Proceeding'
  | 'Answered'
  | 'Hold'
  | 'Parked'
  | 'VoiceMail'
  | 'VoiceMailScreening'
  | 'Disconnected'
  | 'Gone';

export const PARTY_CODES: readonly PartyCode[] = [
  'Setup',
  'Proceeding',
  'Answered',
  'Hold',
  'Parked',
  'VoiceMail',
  'VoiceMailScreening',
  'Disconnected',
  'Gone',
];

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

/** Held and muted are two flags each: whoever set one must undo it (platform.md 2.3.7, 2.3.9). */
export interface Flags {
  held: boolean;
  muted: boolean;
}
export type FlagSource = 'phone' | 'api';

/** A phone, or several of one person, that rings. */
export interface Ringing {
  /** Ids of the ringing devices, and numbers of outside phones; empty for an outside party's own phone. */
  devices: Set<string>;
  /** What rings after these. */
  next: RingGroup[];
  cancelTimeout: () => void;
  /** Runs after the party has become `Answered`. */
  onAnswer?: () => void;
  /** Runs when nobody will answer: instead of the rules below, for queues and flips. */
  onGiveUp?: (reason: Reason) => void;
}

/** A call-out calls the user's own device first; the destination follows when that has answered. */
export interface CalledFirst {
  deviceId: string;
  answer: () => void;
  refuse: (reason: Reason) => void;
}

/** How a call came to somebody, as GET /state tells it. */
export interface Reached {
  at: number;
  party: Party;
  how: 'rings' | 'answers' | 'voicemail' | 'parked' | 'pages';
  /** Device ids, and numbers of outside phones. */
  phones: string[];
}

export interface Supervision {
  /** The agent's party: supervision ends with it. */
  agent: Party;
  /** The one party that is heard; none: everybody. */
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
  /** Absent: outside, in the PSTN. */
  readonly extensionId?: string;
  readonly createdAt: number;
  from: Endpoint;
  to: Endpoint;
  /** Name of an outside caller until it is told (platform.md 4.6.1). */
  callerName?: string;
  code: PartyCode;
  reason?: Reason;
  phone: Flags;
  api: Flags;
  standAlone: boolean;
  /** Of a call parked by code; a park location has none. */
  parkCode?: string;
  /** Of a leg that is `Gone`: what its `peerId` names. */
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
  /** Whether events still carry what a mobile needs to pick the call up (platform.md 4.6). */
  mobilePickup: boolean;
  ringing?: Ringing;
  calledFirst?: CalledFirst;
  /** The phone at which an outside phone or a ring group's number was answered, where it is no device. */
  answeredAt?: string;
  /** A mailbox that the platform takes for a person: an outside phone's. */
  machine?: true;
  /** Device ids of loudspeakers that play this leg: who calls a paging group is heard and hears nobody. */
  pages?: string[];
  /** Whose call it is that rings at a delegate's phones: their extension id. */
  onBehalfOf?: string;
  supervision?: Supervision;
  /** For a leg that only exists for somebody waiting (ringing, menu, queue, voicemail, location): that party. */
  serves?: Party;
  /** Cancelled when the leg ends. */
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
  ended: boolean;
  /** Of a conference: who hosts it, and the calls in it with their participant legs. */
  hostExtensionId?: string;
  participants: Map<Call, Party>;
  /** The conference outlives its host (platform.md 2.3.8). */
  keepAlive?: boolean;
  /** Of a call that was brought in: where it is now. */
  conference?: Call;
  timers: Set<() => void>;
  /** Whom the call reached so far, the newest last. */
  reached: Reached[];
}

export function isOver(party: Party): boolean {
  return party.code === 'Disconnected' || party.code === 'Gone';
}

/** Somebody with a phone at the ear: neither over, nor ringing, nor a machine, nor listening in. */
export function isPerson(party: Party): boolean {
  return !isOver(party) && party.serves === undefined && party.supervision === undefined;
}

export function isOnTheLine(party: Party): boolean {
  return isPerson(party) && (party.code === 'Answered' || party.code === 'Hold');
}

export function others(party: Party): Party[] {
  return party.call.parties.filter((other) => other !== party);
}

/** All legs that share one voice bridge: those of the call, and of the other calls of its conference. */
export function bridgedLegs(call: Call): Party[] {
  const bridge = call.conference ?? call;
  return [bridge, ...bridge.participants.keys()].flatMap((each) => each.parties);
}

/** Whether there is a person at the other end. */
export function hasCompany(party: Party): boolean {
  return bridgedLegs(party.call).some((other) => other !== party && isOnTheLine(other));
}

/** The leg on which this party is now. */
export function successor(party: Party): Party {
  let leg = party;
  while (leg.movedTo !== undefined) leg = leg.movedTo;
  return leg;
}
