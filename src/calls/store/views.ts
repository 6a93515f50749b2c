import type { FeedState } from '../../ringcentral/wire/feed.ts';
import type { CallParty } from '../../ringcentral/wire/session.ts';

/** How far a call or party can be believed. Everything shown to clients has it. */
export interface Provenance {
  /** ISO time at which this was true. */
  asOf: string;
  source: 'event' | 'api';
  /** It may have changed since `asOf` without our knowing. */
  stale: boolean;
}

/** Milliseconds per platform.md 10.1; absent where the definition gives none. */
export interface PartyMetrics {
  ringMs?: number;
  talkMs?: number;
  holdMs?: number;
}

export type PartyView = CallParty &
  Provenance & {
    /** ISO time since when it has this status, where it can be told. */
    since?: string;
    /** `since` is when a reading found it so: it may have been so for longer. */
    sinceFound?: true;
    metrics?: PartyMetrics;
  };

/** Where a call went, or came from: the other session that it is linked with. */
export interface CallLink {
  telephonySessionId: string;
  partyId?: string;
  /** The platform's reason: `AttendedTransfer`, `Conference`, `Pickup` … */
  reason?: string;
}

/**
 * A call that was brought into a conference, whose people are still in a session of their own (platform.md 2.3.5).
 */
export interface ConferenceMember {
  /** Its leg in the conference. */
  partyId: string;
  state: 'joining' | 'joined';
  /** ISO time since when it is so; absent where that is not known. */
  since?: string;
  /** The call that its people are in; absent while it is not known which. */
  telephonySessionId?: string;
  /** Those who are on that call, you left out. */
  people: PartyView[];
}

/** The conference that a call was brought into. */
export type ConferenceMembership = Omit<ConferenceMember, 'people' | 'telephonySessionId'> & {
  telephonySessionId: string;
};

export interface SessionView extends Provenance {
  id: string;
  /** Short name that tools take in place of the id (call-handles.ts). */
  handle?: string;
  origin?: { type?: string };
  creationTime?: string;
  parties: PartyView[];
  /** The logged-in extension's own party: what most operations act on. Its last one when it has left. */
  yourPartyId?: string;
  /** Of a stale call: ISO time at which all of its parties were known last; absent before the first time. */
  partiesAsOf?: string;
  /** Every known party has left. */
  over: boolean;
  links?: CallLink[];
  /** Of a conference: the calls that were brought into it and have not left. */
  members?: ConferenceMember[];
  memberOf?: ConferenceMembership;
}

/**
 * Of a call what takes no time to show, so that many can be looked through: a view of it is one, too. What `yours()` gives
 * has no `memberOf`: calls that have joined a conference are not among it.
 */
export interface CallOutline extends Pick<SessionView, 'id' | 'yourPartyId' | 'memberOf'> {
  readonly origin?: SessionView['origin'] | undefined;
  readonly parties: readonly CallParty[];
}

/** Of a call, what tells your place in it. */
export type CallShape = Omit<CallOutline, 'id'>;

/** One of the login's own calls. */
export interface OwnCall extends CallOutline {
  /** The same call in full. */
  view(): SessionView;
}

/** One thing that happened, for `wait_for_call_event`; cursors count these. */
export interface HistoryEntry {
  cursor: number;
  /** ISO time of the change; of the reading, when it was found by one. */
  time: string;
  telephonySessionId: string;
  partyId: string;
  direction?: string;
  status: string;
  reason?: string;
  muted?: boolean;
  recording?: boolean;
  /** Was brought into a conference and is in it, which the platform calls `Gone`. */
  joined?: true;
  /** Delivered after a newer event of the same party: it happened, but is not how things stand. */
  late?: true;
}

/** What changed, for subscribers. `listed`: the set of active sessions or parties changed. */
export interface Change {
  telephonySessionId: string;
  partyIds: string[];
  listed: boolean;
  /** Read again, and nothing is different. */
  seenAgain?: true;
}

/** How fresh the store as a whole is: `ringcentral://telephony/feed`. Times are ISO. */
export interface FeedView {
  state: FeedState;
  /** Not everything that is shown has been verified. Single calls can be `stale` all the same. */
  stale: boolean;
  /** When this state began. */
  since: string;
  /** When the whole was last compared with what RingCentral lists; null before the first time. */
  asOf: string | null;
  reason?: string;
  /** Calls that RingCentral lists and that could not be read. */
  missing?: number;
  /** What should be shown and could not be read, each in a sentence for a person. */
  unread?: string[];
  /** What cannot be seen because RingCentral does not list it, in the same way. */
  unlisted?: string[];
  /** Reading again after a loss: sessions read, of how many. */
  progress?: { read: number; total: number };
  /** When the live session that was verified longest ago was verified. */
  oldestUnverified?: string | undefined;
}
