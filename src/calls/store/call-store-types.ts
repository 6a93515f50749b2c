import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallHandles } from './call-handles.ts';
import type { Positions } from './log-positions.ts';

export interface CallStoreOptions {
  clock: Clock;
  scope: Scope;
  /** What the host's clock showed at a time of the platform, both in epoch ms; the same unless told. */
  hostTime?: (platformTime: number) => number;
  /** Live calls that are kept; a call above that is not shown, and `counts.noRoom` says so. */
  maxLive?: number;
  /** Ended calls that stay readable, and for how long. */
  maxEnded?: number;
  keepEndedMs?: number;
  /** Entries of the history. */
  maxHistory?: number;
  /** Where this process does not order the calls itself: the positions of what it replays. */
  positions?: Positions;
  /** Short names of calls; its own unless told. */
  handles?: CallHandles;
  /** A listener threw. */
  onDefect?: OnDefect;
}

/** Counters of the store, for metrics. */
export interface MergeCounts {
  events: number;
  late: number;
  /** Events that came twice. */
  known: number;
  readings: number;
  /** Events and readings that were not taken: no room for one more call (`maxLive`), or party of a call. */
  noRoom: number;
}

/** Why a session should be read from the platform again. */
export type ReadReason =
  | 'other parties unknown'
  | 'sequence gap'
  | 'event against reading'
  | 'event against event'
  | 'event without parties'
  | 'not found too early'
  | 'linked call unknown'
  | 'linked call ended';

/** Which of the active calls are wanted. */
export interface ActiveCallsOptions {
  offset?: number;
  limit?: number;
  withoutJoined?: boolean;
}
