import type { Priority } from './rest/rate-rules.ts';
import type { Presence } from './wire/event.ts';
import type {
  CallFlipNumber,
  Device,
  Extension,
  MonitoredExtension,
  QueueMember,
  RecordingDetails,
} from './wire/lookups.ts';
import type { OperationName } from './wire/operation-table.ts';
import type { Scope } from './wire/scope.ts';
import type { CallParty, CallSession, Recording } from './wire/session.ts';

export interface OperationPath {
  telephonySessionId?: string;
  partyId?: string;
  recordingId?: string;
}

export interface OperationAnswer {
  session?: CallSession;
  party?: CallParty;
  recording?: Recording;
  /** RingCentral's request id, for support. */
  requestId?: string;
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** `background` leaves the larger part of the rate limit to the agent; used when calls are read again. */
  priority?: Priority;
  /** Called right before the request leaves, at each try. */
  onSend?: () => void;
}

/** An acting operation that is ready to leave: logged in, and with its place in the rate limit. */
export interface PreparedOperation {
  /**
   * Sends the operation, once.
   * @param body as it goes on the wire (platform.md 2.3)
   * @param beforeSend called right before it leaves; what it throws is thrown, and nothing is sent
   * @returns the answer; undefined when the platform refused the login: nothing was done, and there is a new login
   */
  send(body: object | undefined, beforeSend: () => void): Promise<OperationAnswer | undefined>;
  /** Gives its place in the rate limit back. Harmless once it was sent. */
  cancel(): void;
}

/** The logged-in user. Without the right to read accounts it has only `extensionId`. */
export interface LoginIdentity {
  accountId: string;
  extensionId: string;
  extensionNumber: string;
  name?: string;
  /** IANA name. */
  timeZone?: string;
}

/**
 * RingCentral's REST side. Every method throws `Failure` (shared/failure.ts) with a message for the reader:
 * `not_found`, `wrong_state`, `forbidden`, `invalid_input`, `rate_limited`, `unavailable`, and, for an operation
 * that acts and whose answer never came, `unknown_outcome`. Nothing is ever repeated that acts.
 */
export interface Platform {
  /** Gets an acting operation ready: logs in and takes its place in the rate limit. */
  prepare(name: OperationName, path: OperationPath): Promise<PreparedOperation>;
  /** Runs a reading operation. */
  read(name: OperationName, path: OperationPath, options?: RequestOptions): Promise<OperationAnswer>;
  readSession(telephonySessionId: string, options?: RequestOptions): Promise<CallSession>;
  /** Own presence with `activeCalls`, or of every extension of the account. */
  readPresence(scope: Scope, options?: RequestOptions): Promise<Presence[]>;
  identity(): Promise<LoginIdentity>;
  /** The company's number, at most a minute old; undefined for a login that may not read the account. */
  mainNumber(): Promise<string | undefined>;
  /** IANA name of the login's own time zone, or else of the account's. */
  timeZone(): Promise<string | undefined>;
  /**
   * Ids of the connected calls of the own extension or of the account, from a list that is some seconds behind
   * (platform.md 8.8). It has the calls that presence leaves out, which lists only the newest seven of an extension
   * (platform.md 4.8).
   */
  readActiveCallIds(scope: Scope, options?: RequestOptions): Promise<string[]>;
  listDevices(): Promise<Device[]>;
  listCallFlipNumbers(): Promise<CallFlipNumber[]>;
  /**
   * Extensions of the account, all types, at most a minute old; `search` matches name, extension number or direct
   * number.
   */
  findExtensions(search?: string): Promise<Extension[]>;
  /** Presence of these extensions, a request for every 30; `withCalls`: with their `activeCalls`. */
  readAvailability(extensionIds: readonly string[], options?: { withCalls?: boolean }): Promise<Presence[]>;
  listMonitoredExtensions(): Promise<MonitoredExtension[]>;
  listQueueMembers(queueId: string): Promise<QueueMember[]>;
  readRecording(recordingId: string): Promise<RecordingDetails>;
  /** Every number of the account in E.164: outside is what is not among them. At most a minute old. */
  accountNumbers(): Promise<AccountNumber[]>;
  /** Revokes the login. */
  close(): Promise<void>;
}

export interface AccountNumber {
  phoneNumber: string;
  extensionId?: string;
}
