import type { Priority } from './rest/governor.ts';
import type { Presence } from './wire/event.ts';
import type {
  CallFlipNumber,
  Device,
  Extension,
  MonitoredExtension,
  RecordingDetails,
} from './wire/lookups.ts';
import type { OperationName } from './wire/operations.ts';
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
  /** Resync and reconciling say `background`: they leave the larger part of the rate limit to the agent. */
  priority?: Priority;
}

/** Who is logged in (without the right to read accounts nothing but `extensionId`), and the account's own numbers: what the guard calls inside. */
export interface Identity {
  accountId: string;
  extensionId: string;
  extensionNumber: string;
  name?: string;
  mainNumber?: string;
}

/**
 * RingCentral's REST side. Every method throws `Failure` (base/failure.ts) with a message for the reader:
 * `not_found`, `wrong_state`, `forbidden`, `invalid_input`, `rate_limited`, `unavailable`, and, for an operation
 * that acts and whose answer never came, `unknown_outcome`. Nothing is ever repeated that acts.
 */
export interface Platform {
  operate(
    name: OperationName,
    path: OperationPath,
    body?: object,
    options?: RequestOptions,
  ): Promise<OperationAnswer>;
  readSession(telephonySessionId: string, options?: RequestOptions): Promise<CallSession>;
  /** Own presence with `activeCalls`, or of every extension of the account. */
  readPresence(scope: 'extension' | 'account', options?: RequestOptions): Promise<Presence[]>;
  identity(): Promise<Identity>;
  /**
   * Ids of the calls that are connected, of the own extension or of the account, as a list has them that is some seconds
   * behind (FACTS 8.8): for those that presence has no place for.
   */
  readActiveCallIds(scope: 'extension' | 'account', options?: RequestOptions): Promise<string[]>;
  listDevices(): Promise<Device[]>;
  listCallFlipNumbers(): Promise<CallFlipNumber[]>;
  /** Extensions of the account, all types; `search` matches name, extension number or direct number. */
  findExtensions(search?: string): Promise<Extension[]>;
  /** Presence of these extensions, a request for every 30; `withCalls`: with their `activeCalls`. */
  readAvailability(extensionIds: readonly string[], options?: { withCalls?: boolean }): Promise<Presence[]>;
  listMonitoredExtensions(): Promise<MonitoredExtension[]>;
  readRecording(recordingId: string): Promise<RecordingDetails>;
  /** Every number of the account in E.164: outside is what is not among them. Up to five minutes old. */
  accountNumbers(): Promise<AccountNumber[]>;
  /** Revokes the login. */
  close(): Promise<void>;
}

export interface AccountNumber {
  phoneNumber: string;
  extensionId?: string;
}
