import type { Extension, World } from './world.ts';

/** What REST API, gateway and control interface know of the telephony engine. */

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

/** The ids in an operation's path. */
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

/** Members of an error beside code and message (platform.md 9.1). */
export interface ApiErrorDetails {
  parameterName?: string;
  parameterValue?: string;
  permissionName?: string;
}

/** A refusal with the platform's status, code and message (platform.md 9). The REST API writes its envelope. */
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
 * A change, at the moment of the change. `extensionId` of a telephony notification is that of the party and decides
 * the level of the event URI (platform.md 4.2); an outside party has none. That of queue presence is the agent's.
 * Bodies are complete: `sipData` is always in them, and is taken out at delivery where the filter did not ask for it.
 * An `injected` body is delivered verbatim. Listeners are called inside the engine's own step: they must not make it
 * do anything.
 */
export type Notification =
  | { kind: 'telephony'; accountId: string; extensionId?: string; body: unknown; injected?: true }
  | { kind: 'presence'; accountId: string; extensionId: string; body: unknown }
  | { kind: 'queue-presence'; accountId: string; extensionId: string; queueId: string; body: unknown };

/** Who dials: `extensionNumber` for somebody of the account, `phoneNumber` for either. */
export interface Caller {
  phoneNumber?: string;
  extensionNumber?: string;
  /** Name of an outside caller. */
  name?: string;
  /** The phone of the account's caller; absent: the first that is online. */
  deviceId?: string;
  /** The caller is an emergency service that calls back. */
  emergencyCallback?: boolean;
}

/** What was dialled; the extension number counts where both are there. */
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

/** What an act needs beside the party; README.md says which takes what. */
export interface ActArguments {
  deviceId?: string;
  digits?: string;
  phoneNumber?: string;
  extensionNumber?: string;
}

/** A finished recording without its URIs, which the REST API adds (platform.md 8.9). */
export interface RecordingMetadata {
  id: string;
  contentType: 'audio/wav';
  /** Seconds. */
  duration: number;
}

/** Body of a RingOut (platform.md 8.10). `playPrompt` is accepted and has no effect. */
export interface RingOutRequest {
  from: { phoneNumber: string };
  to: { phoneNumber: string };
  playPrompt?: boolean;
}

/** A RingOut as it is now (platform.md 8.10). */
export interface RingOutStatus {
  id: string;
  callStatus: 'InProgress' | 'Success' | 'CannotReach' | 'NoAnsweringMachine';
  callerStatus: 'InProgress' | 'Success' | 'Finished' | 'NoAnswer';
  calleeStatus: 'InProgress' | 'Success' | 'Finished' | 'NoAnswer';
}

/** The telephony engine. Methods that take a path, an actor or a party throw ApiError when they refuse. */
export interface Engine {
  /**
   * Plain mutable data: a change counts from the next step on. A reset puts another object here, so callers must not
   * keep it. Extensions are changed by `updateExtension`, which notifies.
   */
  readonly world: World;

  /**
   * Does one of the 24 operations: whose party, party state, devices, monitoring rules and limits are checked
   * here; scopes, user permissions and rate limits by the REST API.
   */
  operate(operation: OperationName, actor: Actor, path: OperationPath, body: unknown): Reply;

  /** REST body of a session, live, ended within the last minute, or injected. */
  session(telephonySessionId: string): unknown;
  /** When that session last changed, in milliseconds; undefined for one that cannot be read. */
  changedAt(telephonySessionId: string): number | undefined;
  /** Calls `listener` once, at the next change of that session (platform.md 2.3.3); returns cancel. */
  changed(telephonySessionId: string, listener: () => void): () => void;
  /** REST presence body without URIs (platform.md 8.7); undefined for an unknown extension. */
  presence(extensionId: string, view: { detailed: boolean; sipData: boolean }): unknown;
  /** Changes an extension and notifies of its presence, and of its queues where that changed. */
  updateExtension(extensionId: string, change: Partial<Extension>): void;
  /** Call-log shaped records, newest first, with the platform's lag (platform.md 8.8); no argument: whole account. */
  activeCalls(extensionId?: string): unknown[];
  /** Call-log records of what has ended, newest first (platform.md 8.8); no argument: whole account. */
  callLog(extensionId?: string): unknown[];
  /**
   * Undefined until a minute after the end of the leg, and for recordings of less than 30 seconds (platform.md 8.9).
   */
  recording(recordingId: string): RecordingMetadata | undefined;

  /** Starts a RingOut with its two sessions (platform.md 4.7, 8.10). Only the extension that started it knows it. */
  ringOut(actor: Actor, request: RingOutRequest): RingOutStatus;
  /** Undefined for a RingOut that is unknown or another extension's. */
  ringOutStatus(id: string, extensionId: string): RingOutStatus | undefined;
  /** Ends a RingOut. Throws TAS-102 once its first leg is answered. */
  cancelRingOut(id: string, extensionId: string): void;

  /** Control interface: somebody dials. */
  placeCall(call: { from: Caller; to: Called }): { telephonySessionId: string };
  /** Control interface: somebody does something with their phone. `join` takes any party id. */
  act(telephonySessionId: string, partyId: string, act: ActName, args: ActArguments): void;
  /** Control interface: does an act for every party of a call that can do it; an unknown call has none. */
  actForAll(telephonySessionId: string, act: ActName): void;
  /** Control interface: the network drops the call. */
  dropCall(telephonySessionId: string): void;
  /** Control interface: the network drops every live call. */
  dropCalls(): void;
  /** Control interface: notification bodies delivered verbatim, in this order. */
  injectEvents(bodies: readonly unknown[]): void;
  /** Control interface: the state of everything, without `subscriptions`. */
  state(): EngineState;

  /** Calls `listener` with every notification from now on; returns unsubscribe. */
  subscribe(listener: (notification: Notification) => void): () => void;
  /** Back to the first world and seed, without notifications. Subscribers stay. */
  reset(): void;
  /** Cancels every timer. */
  close(): void;
}

/** GET /state of the control interface, without `subscriptions`. */
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

/** A session in GET /state. */
export interface CallState {
  telephonySessionId: string;
  origin: { type: string };
  parties: PartyState[];
  /** Whom the call reached so far, in order. */
  reached: ReachedState[];
}

/** One time that a call came to somebody, or to a mailbox, a park location or loudspeakers. */
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

/** A party as REST shows it, and what REST does not show. */
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
  /** The number of the extension or outside phone whose mailbox the party is, or listens to. */
  inVoicemailOf?: string;
  /** Device ids of the loudspeakers that play this leg. */
  pages?: string[];
  [member: string]: unknown;
}
