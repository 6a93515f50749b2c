import type { Extension, World } from './world.ts';

/** Everything the faces of the sandbox (REST, gateway, control interface) know of the telephony engine. */

/** Who is logged in. */
export interface Actor {
  accountId: string;
  extensionId: string;
}

/** The 24 Call Control operations by their operationId (platform.md 2.1). */
export const OPERATION_NAMES = [
  'createCallOutCallSession',
  'createConferenceCallSession',
  'readCallSessionStatus',
  'deleteCallSession',
  'createCallPartyWithBringIn',
  'readCallPartyStatus',
  'updateCallParty',
  'deleteCallParty',
  'holdCallParty',
  'unholdCallParty',
  'callParkParty',
  'callFlipParty',
  'replyParty',
  'bridgeCallParty',
  'ignoreCallInQueue',
  'superviseCallParty',
  'rejectParty',
  'startCallRecording',
  'pauseResumeCallRecording',
  'answerCallParty',
  'transferCallParty',
  'pickupCallParty',
  'forwardCallParty',
  'superviseCallSession',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

export interface OperationPath {
  telephonySessionId?: string;
  partyId?: string;
  recordingId?: string;
}

/** A success answer; no `body` means an empty one (204). */
export interface Reply {
  status: number;
  body?: unknown;
}

export interface ApiErrorDetails {
  parameterName?: string;
  parameterValue?: string;
  permissionName?: string;
}

/** A refusal as the platform words it (platform.md 9); the REST face writes the envelope. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly details: ApiErrorDetails;

  constructor(status: number, errorCode: string, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
    this.details = details;
  }
}

/**
 * What happened, told as it happens. `extensionId` of a telephony notification is that of the party and decides the
 * level of the event URI (platform.md 4.2); a PSTN party has none. That of queue presence is the agent's. Bodies are
 * complete: `sipData` is always in them, and whoever delivers takes it out where the filter did not ask for it. An
 * `injected` body is delivered verbatim. Listeners are called inside the engine's own step: they take note and
 * return.
 */
export type Notification =
  | { kind: 'telephony'; accountId: string; extensionId?: string; body: unknown; injected?: true }
  | { kind: 'presence'; accountId: string; extensionId: string; body: unknown }
  | { kind: 'queue-presence'; accountId: string; extensionId: string; queueId: string; body: unknown };

export interface Caller {
  phoneNumber?: string;
  extensionNumber?: string;
  name?: string;
  deviceId?: string;
  /** Emergency services call back, from whatever number. */
  emergencyCallback?: boolean;
}

export interface Called {
  phoneNumber?: string;
  extensionNumber?: string;
}

/** What the person at a phone can do. */
export const ACT_NAMES = [
  'answer',
  'decline',
  'busy',
  'voicemail',
  'hold',
  'unhold',
  'mute',
  'unmute',
  'dtmf',
  'park',
  'transfer',
  'leave-message',
  'join',
  'hangup',
] as const;
export type ActName = (typeof ACT_NAMES)[number];

export interface ActArguments {
  deviceId?: string;
  digits?: string;
  phoneNumber?: string;
  extensionNumber?: string;
}

/** Metadata of a finished recording without its URIs, which the REST face knows (platform.md 8.9). */
export interface RecordingMetadata {
  id: string;
  contentType: 'audio/wav';
  /** Seconds. */
  duration: number;
}

export interface RingOutRequest {
  from: { phoneNumber: string };
  to: { phoneNumber: string };
  playPrompt?: boolean;
}

export interface RingOutStatus {
  id: string;
  callStatus: 'InProgress' | 'Success' | 'CannotReach' | 'NoAnsweringMachine';
  callerStatus: 'InProgress' | 'Success' | 'Finished' | 'NoAnswer';
  calleeStatus: 'InProgress' | 'Success' | 'Finished' | 'NoAnswer';
}

/** All methods are synchronous. Those with a path, an actor or a party throw ApiError when they refuse. */
export interface Engine {
  /**
   * Plain mutable data; changes count from the next step on. A reset brings another object, so keep none.
   * `updateExtension` tells those who watch.
   */
  readonly world: World;

  /**
   * Does one of the 24 operations: whose party, party state, devices, monitoring rules and limits are checked
   * here; scopes, user permissions and rate limits are the REST face's.
   */
  operate(operation: OperationName, actor: Actor, path: OperationPath, body: unknown): Reply;

  /** REST body of a session, live, ended within the last minute, or injected. */
  session(telephonySessionId: string): unknown;
  /** When that session last changed, in milliseconds; undefined for one that cannot be read. */
  changedAt(telephonySessionId: string): number | undefined;
  /** Calls `listener` once, at the next change of that session (long-poll, platform.md 2.3.3); returns cancel. */
  changed(telephonySessionId: string, listener: () => void): () => void;
  /** REST presence body without URIs (platform.md 8.7); undefined for an unknown extension. */
  presence(extensionId: string, view: { detailed: boolean; sipData: boolean }): unknown;
  /** Changes an extension and notifies those who watch its presence, or its queues. */
  updateExtension(extensionId: string, change: Partial<Extension>): void;
  /** Call-log shaped records, newest first, with the platform's lag (platform.md 8.8); no argument: whole account. */
  activeCalls(extensionId?: string): unknown[];
  /** Call-log records of what has ended, newest first (platform.md 8.8); no argument: whole account. */
  callLog(extensionId?: string): unknown[];
  /** Known once the call is over for a while and the recording lasted 30 s. */
  recording(recordingId: string): RecordingMetadata | undefined;

  /**
   * POST ring-out (platform.md 8.10) with its twin session (platform.md 4.7). It is of the extension that started it,
   * and of no other.
   */
  ringOut(actor: Actor, request: RingOutRequest): RingOutStatus;
  ringOutStatus(id: string, extensionId: string): RingOutStatus | undefined;
  /** Only while the first leg is unanswered. */
  cancelRingOut(id: string, extensionId: string): void;

  /** Control interface: somebody dials. */
  placeCall(call: { from: Caller; to: Called }): { telephonySessionId: string };
  /** Control interface: somebody does something with their phone. `join` takes any party id. */
  act(telephonySessionId: string, partyId: string, act: ActName, args: ActArguments): void;
  /** Control interface: does an act for every party of a call that can do it; an unknown call has none. */
  actForAll(telephonySessionId: string, act: ActName): void;
  /** Control interface: the network drops the call. */
  dropCall(telephonySessionId: string): void;
  /** Control interface: notification bodies delivered verbatim, in this order. */
  injectEvents(bodies: readonly unknown[]): void;
  /** Control interface: the truth without `subscriptions`. */
  state(): EngineState;

  subscribe(listener: (notification: Notification) => void): () => void;
  /** Back to the default world and the first seed, without events; subscribers stay. */
  reset(): void;
  /** Cancels every timer. */
  close(): void;
}

/** GET /state as far as the engine knows it. */
export interface EngineState {
  account: { id: string };
  extensions: { id: string; extensionNumber: string; name: string; type: string; dndStatus: string }[];
  devices: unknown[];
  queues: unknown[];
  calls: CallState[];
  /** Parked calls, by code or at a location. */
  parked: unknown[];
  recordings: unknown[];
  /** ISO time. */
  clock: string;
}

export interface CallState {
  telephonySessionId: string;
  origin: { type: string };
  parties: PartyState[];
  /** Whom the call reached so far, in order, also for moments that are over. */
  reached: ReachedState[];
}

/** Somebody, or a machine, that a call came to. */
export interface ReachedState {
  /** ISO time. */
  at: string;
  partyId: string;
  how: 'rings' | 'answers' | 'voicemail' | 'parked' | 'pages';
  /** Of the account. */
  extensionNumber?: string;
  /** Outside. */
  phoneNumber?: string;
  /** Device ids, and numbers of outside phones. */
  phones: string[];
}

/** A party in wire shape, and what the wire does not tell. */
export interface PartyState {
  id: string;
  status: { code: string; reason?: string };
  phone: { held: boolean; muted: boolean };
  api: { held: boolean; muted: boolean };
  /** Ids of the parties whose voice reaches this one. */
  hears: string[];
  /** Phones that ring now: device ids, and numbers of outside phones. */
  rings: string[];
  /** The phone that this party talks at. */
  talksAt?: string;
  /** It listens to a mailbox: of an extension by its number, of an outside phone by that. */
  inVoicemailOf?: string;
  /** Device ids of the loudspeakers that play this leg. */
  pages?: string[];
  [member: string]: unknown;
}
