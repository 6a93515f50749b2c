import { lean } from './party.ts';
import type { PartyState, SessionState } from './session-state.ts';
import { Timeline, type TimelineDump } from './timeline.ts';
import type { CallLink } from './views.ts';

/* The picture as JSON, by which a process that joins others starts where they are. */

export interface PartyDump extends Omit<PartyState, 'id' | 'timeline'> {
  timeline: TimelineDump;
}

export interface SessionDump extends Omit<SessionState, 'parties' | 'origin' | 'missing'> {
  origin?: SessionState['origin'];
  missing?: number[];
  parties: PartyDump[];
}

/** What does not belong to one call. */
export interface FrameDump {
  position: number;
  ownExtensionId?: string;
  connected: boolean;
  eventRun: number;
  doubtedAt: number;
  /** Position at which events were lost last. */
  lostAt: number;
  links: [string, CallLink[]][];
  awaited: [string, CallLink & { otherPartyId?: string }][];
  ringOutPairs: [string, string][];
  handles: { last: number; ids: [string, string][] };
}

export const dumpSession = ({ parties, ...session }: SessionState): SessionDump => ({
  ...session,
  parties: parties.map(({ id: _, timeline, ...state }) => ({ ...state, timeline: timeline.dump() })),
});

export const loadSession = ({ parties, origin, missing, ...session }: SessionDump): SessionState => ({
  ...session,
  legacyId: session.legacyId,
  creationTime: session.creationTime,
  origin,
  missing,
  parties: parties.map(({ timeline, ...state }) => ({
    id: state.party.id,
    ...state,
    party: lean(state.party),
    timeline: Timeline.of(timeline),
  })),
});
