import type { TelephonyEvent } from '../../ringcentral/wire/event.ts';
import type { CallParty, CallSession } from '../../ringcentral/wire/session.ts';
import type { CallStore } from './call-store.ts';
import type { LinkEnd } from './links.ts';
import type { PresenceSnapshot } from './presence-comparison.ts';

/** When what was given is in the picture: at once, or later, where several processes share the log. */
export type Merged = void | Promise<void>;

/**
 * All that the picture of calls is made of goes in here, in one order: see the methods of `CallStore`, which is the log
 * of one process. Where processes share it, what could not be written rejects with `Failure` `unavailable`.
 */
export interface CallLog {
  /** A stamp of now: take it before sending a request, and pass it on with the answer. */
  stamp(): number;
  /** What could not be written is delivered again, or reported as a loss, by who reads the events. */
  apply(event: TelephonyEvent, receivedAt: number): void;
  snapshot(snapshot: CallSession, requestedAt: number): Merged;
  snapshotParty(telephonySessionId: string, party: CallParty, requestedAt: number): Merged;
  notFound(telephonySessionId: string, requestedAt: number): Merged;
  compare(presenceSnapshot: PresenceSnapshot): string[] | Promise<string[]>;
  markStale(isLost?: boolean): Merged;
  setConnected(connected: boolean): Merged;
  setOwnExtension(extensionId: string): Merged;
  bringIn(conference: LinkEnd, call: LinkEnd): Merged;
}

/** The picture of calls, for readers: what changes it goes through the log. */
export type Calls = Omit<CallStore, Exclude<keyof CallLog, 'stamp'>>;
