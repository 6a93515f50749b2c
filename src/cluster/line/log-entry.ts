import type { LinkEnd } from '../../calls/store/links.ts';
import type { PresenceSnapshot } from '../../calls/store/presence-comparison.ts';
import type { FeedView } from '../../calls/store/views.ts';
import type { TelephonyEvent } from '../../ringcentral/wire/event.ts';
import type { CallParty, CallSession } from '../../ringcentral/wire/session.ts';
import type { FailureDetails, FailureKind } from '../../shared/failure.ts';

/** A `Failure` as it is passed on to another replica. */
export interface FailureEntry {
  kind: FailureKind;
  message: string;
  details: FailureDetails;
}

/** How the reading of the platform stands, as the leader tells it. */
export interface StatusEntry {
  view: FeedView;
  hasFirstSync: boolean;
  /** Nothing was missed since the last complete reading. */
  isSynced: boolean;
  failure?: FailureEntry;
  unavailable?: FailureEntry;
}

/**
 * One step in the order of a line. What changes the picture is what `CallLog` takes; the rest is how replicas go
 * together. `from` and `ref` name who wrote it, and which of its entries it is, where it waits for it.
 */
export type LogEntry = { from?: string; ref?: number } & (
  | { kind: 'event'; event: TelephonyEvent; receivedAt: number; time: number }
  | { kind: 'session'; session: CallSession; at: number }
  | { kind: 'party'; telephonySessionId: string; party: CallParty; at: number }
  | { kind: 'notFound'; telephonySessionId: string; at: number }
  | { kind: 'presence'; presence: PresenceSnapshot }
  | { kind: 'loss'; isLost?: boolean }
  | { kind: 'connected'; connected: boolean }
  | { kind: 'own'; extensionId: string }
  | { kind: 'link'; conference: LinkEnd; call: LinkEnd }
  /** RingCentral has delivered this to one of the replicas; the leader reads it. */
  | { kind: 'delivered'; notification: unknown }
  /** A replica leads from here on. */
  | { kind: 'term'; term: number; replica: string }
  /** The leader has ended: another can take over at once. */
  | { kind: 'left' }
  /** The leader is there. */
  | { kind: 'beat' }
  | { kind: 'status'; status: StatusEntry }
  /** A new checkpoint can be loaded. */
  | { kind: 'checkpoint' }
  /** A follower wants something of the leader; `answer` has what came of it. */
  | { kind: 'ask'; id: string; what: Ask }
  | { kind: 'answer'; id: string; result?: boolean; failure?: FailureEntry }
);

/** What a follower wants of the leader: see `Sync`. */
export type Ask =
  | { do: 'refreshAll' | 'ensureFresh' | 'lookLastAtAll' | 'checkpoint' }
  | { do: 'lookLast'; telephonySessionId: string; partyId?: string }
  | { do: 'watch'; watch: string; telephonySessionId?: string; partyId?: string; ms: number }
  | { do: 'unwatch'; watch: string };

/** An entry with its place in the log. */
export interface PlacedEntry {
  /** Redis' id of it: `MS-SEQ`. */
  id: string;
  /** Id of the entry before it; empty for the first. */
  before: string;
  entry: LogEntry;
}

/** The position of an entry: the ms of its id × 1,000, and its count within the ms. */
export function positionOf(id: string): number {
  const [ms = 0, count = 0] = id.split('-').map(Number);
  return ms * 1_000 + count;
}
