import type { CallParty } from '../ringcentral/wire/session.ts';

/** How much a picture can be believed. Every picture that leaves the room carries it. */
export interface Provenance {
  /** ISO time at which this was true. */
  asOf: string;
  source: 'event' | 'api';
  /** The platform may know better by now. */
  stale: boolean;
}

/** Milliseconds per FACTS 10.1; absent where the definition gives none. */
export interface PartyMetrics {
  ringMs?: number;
  talkMs?: number;
  holdMs?: number;
}

export type PartyView = CallParty & Provenance & { metrics?: PartyMetrics };

/** Where a call went, or came from: the other session that it is linked with. */
export interface CallLink {
  telephonySessionId: string;
  partyId?: string;
  /** The platform's reason: `AttendedTransfer`, `Conference`, `Pickup` … */
  reason?: string;
}

export interface SessionView extends Provenance {
  id: string;
  origin?: { type?: string };
  creationTime?: string;
  parties: PartyView[];
  /** The logged-in extension's own party: what most operations act on. */
  yourPartyId?: string;
  /** Every known party has left. */
  over: boolean;
  links?: CallLink[];
}

/** One thing that happened, for `wait_for_call_event`; cursors count these. */
export interface HistoryEntry {
  cursor: number;
  time: string;
  telephonySessionId: string;
  partyId: string;
  status: string;
  reason?: string;
  muted?: boolean;
  recording?: boolean;
}

/** What changed, for subscribers. `listed`: the set of active sessions or parties changed. */
export interface Change {
  telephonySessionId: string;
  partyIds: string[];
  listed: boolean;
}
