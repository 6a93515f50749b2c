import { type Freshness, isPartyStale, isSessionStale } from './freshness.ts';
import { lasts, phaseOf } from './party-metrics.ts';
import { isOver, ownPartyState, type PartyState, type SessionState } from './session-state.ts';
import type { CallLink, PartyView, SessionView } from './views.ts';

export const isoTime = (stamp: number): string => new Date(stamp).toISOString();

/** The public view of a party: wire names, ISO times, no internals. Made when it is read, not on each event. */
export function buildPartyView(session: SessionState, state: PartyState, freshness: Freshness): PartyView {
  const metrics = state.timeline.metrics();
  return {
    ...state.party,
    asOf: isoTime(state.at),
    source: state.source,
    stale: isPartyStale(session, state, freshness),
    ...sinceOf(state),
    ...(metrics && { metrics }),
  };
}

/** An answer shows a status about when its event happens: what is further apart is something else. */
const nearMs = 2_000;

/** Since when a party has its status. Events tell, in whatever order they came in; a reading only bounds it. */
function sinceOf({ party, timeline, since, sinceBy }: PartyState): Pick<PartyView, 'since' | 'sinceFound'> {
  const phase = phaseOf(party.status.code);
  if (!lasts(phase)) return {};
  const begun = timeline.inPhaseSince(phase);
  if (begun !== undefined && (sinceBy === 'event' || Math.abs(begun - since) <= nearMs))
    return { since: isoTime(begun) };
  return sinceBy === 'event' ? {} : { since: isoTime(since), sinceFound: true };
}

/**
 * Orders parties by the count at the end of their ids (platform.md 3.4), so in the order in which they joined,
 * however they became known.
 */
const byId = ({ party: one }: PartyState, { party: other }: PartyState): number =>
  one.id.length - other.id.length || (one.id < other.id ? -1 : 1);

/** The public view of a call; `asOf` and `source` are those of its newest part. */
export function buildSessionView(
  session: SessionState,
  links: CallLink[] | undefined,
  freshness: Freshness,
): SessionView {
  const states = session.parties.toSorted(byId);
  const parties = states.map((state) => buildPartyView(session, state, freshness));
  const newestAt = Math.max(...states.map(({ at }) => at));
  const newest = parties[states.findIndex(({ at }) => at === newestAt)];
  const yours = ownPartyState(session, freshness.ownExtensionId);
  const stale = isSessionStale(session, freshness);
  return {
    id: session.id,
    ...(session.origin && { origin: session.origin }),
    ...(session.creationTime !== undefined && { creationTime: session.creationTime }),
    parties,
    ...(yours && { yourPartyId: yours.party.id }),
    over: isOver(session),
    ...(links && { links }),
    asOf: newest?.asOf ?? isoTime(session.verifiedAt),
    source: newest?.source ?? 'api',
    stale,
    ...(stale && session.verifiedAt > 0 && { partiesAsOf: isoTime(session.verifiedAt) }),
  };
}
