import { hasLeft, isBroughtIn, isConference } from '../../ringcentral/wire/session.ts';
import { buildPartyView, isoTime } from './build-view.ts';
import type { Freshness } from './freshness.ts';
import type { Links } from './links.ts';
import type { SessionRegistry } from './session-registry.ts';
import { findParty, isOver, ownPartyState, type PartyState, type SessionState } from './session-state.ts';
import type { ConferenceMember, ConferenceMembership } from './views.ts';

/** Tells which calls are together in a conference: on the platform each is still a session of its own. */
export class Conferences {
  readonly #links: Links;
  readonly #registry: SessionRegistry;

  constructor(links: Links, registry: SessionRegistry) {
    this.#links = links;
    this.#registry = registry;
  }

  /** The calls that were brought into this conference; undefined where it is none. */
  members(conference: SessionState, freshness: Freshness): ConferenceMember[] | undefined {
    if (!isConference(conference) || isOver(conference)) return undefined;
    return conference.parties.flatMap((leg): ConferenceMember[] => {
      if (leg.party.conferenceRole !== 'Participant') return [];
      const telephonySessionId = this.#callBehind(conference, leg);
      const call = telephonySessionId === undefined ? undefined : this.#registry.get(telephonySessionId);
      const state = stateOf(leg, call, freshness);
      if (state === undefined) return [];
      // Its people have hung up; the leg stays as it is.
      if (call && isOver(call)) return [];
      const since = sinceOf(leg, call, freshness);
      return [
        {
          partyId: leg.party.id,
          state,
          ...(since > 0 && { since: isoTime(since) }),
          ...(telephonySessionId !== undefined && { telephonySessionId }),
          people: call ? people(call, freshness) : [],
        },
      ];
    });
  }

  /** The live conference that this call was brought into. */
  membership(call: SessionState, freshness: Freshness): ConferenceMembership | undefined {
    const links = this.#links.of(call.id);
    if (links === undefined || isOver(call)) return undefined;
    for (const { telephonySessionId, partyId } of links) {
      const conference = this.#registry.get(telephonySessionId);
      if (!conference || !isConference(conference) || isOver(conference) || partyId === undefined) continue;
      const leg = findParty(conference, partyId);
      if (leg && leg.party.conferenceRole !== 'Participant') continue;
      const state = stateOf(leg, call, freshness);
      if (state === undefined) continue;
      const since = sinceOf(leg, call, freshness);
      return { telephonySessionId, partyId, state, ...(since > 0 && { since: isoTime(since) }) };
    }
    return undefined;
  }

  /** Whether this call has joined a conference that is listed itself. */
  hasJoined(call: SessionState, freshness: Freshness): boolean {
    const membership = this.membership(call, freshness);
    if (membership?.state !== 'joined') return false;
    const conference = this.#registry.get(membership.telephonySessionId);
    return conference !== undefined && this.#registry.isListed(conference);
  }

  /** How many listed calls have joined a listed conference. */
  joinedCount(freshness: Freshness): number {
    let joined = 0;
    for (const id of this.#links.linked()) {
      const session = this.#registry.get(id);
      if (session && this.#registry.isListed(session) && this.hasJoined(session, freshness)) joined += 1;
    }
    return joined;
  }

  /** The call that a leg in the conference stands for: the one that is linked with this leg. */
  #callBehind({ id }: SessionState, { party }: PartyState): string | undefined {
    const peerPartyId = party.status.peerId?.partyId;
    return (this.#links.of(id) ?? []).find(
      (link) =>
        (peerPartyId !== undefined && link.partyId === peerPartyId) ||
        this.#links
          .of(link.telephonySessionId)
          ?.some(({ telephonySessionId, partyId }) => telephonySessionId === id && partyId === party.id),
    )?.telephonySessionId;
  }
}

/** `joined` once the platform shows its leg as Gone, and yours in the call that it comes from; `joining` before. */
function stateOf(
  leg: PartyState | undefined,
  call: SessionState | undefined,
  { ownExtensionId }: Freshness,
): ConferenceMember['state'] | undefined {
  const isThere = leg !== undefined && isBroughtIn(leg.party);
  if (leg && hasLeft(leg.party) && !isThere) return undefined;
  const { code, reason } = (call && ownPartyState(call, ownExtensionId))?.party.status ?? {};
  return isThere || (code === 'Gone' && reason === 'Conference') ? 'joined' : 'joining';
}

/**
 * Since when it has joined, epoch ms, 0 where that is not known. Events tell when your leg moved; only readings show
 * the leg in the conference.
 */
function sinceOf(
  leg: PartyState | undefined,
  call: SessionState | undefined,
  { ownExtensionId }: Freshness,
): number {
  const own = call && ownPartyState(call, ownExtensionId);
  const moved = own?.party.status.code === 'Gone' ? own : leg;
  return moved === undefined || moved.sinceBy === 'first' ? 0 : moved.since;
}

const people = (call: SessionState, freshness: Freshness) =>
  call.parties
    .filter(({ party }) => !hasLeft(party) && party.extensionId !== freshness.ownExtensionId)
    .map((state) => buildPartyView(call, state, freshness));
