import type { CallParty } from '../ringcentral/wire/session.ts';
import type { CallLink } from './view.ts';

/** Calls that are linked, at most; the oldest are forgotten first. */
const maxLinked = 20_000;
const maxLinksPerCall = 20;

/** How the platform names the other side, and how to find the session that it means. */
export interface Directory {
  byLegacyId(legacyId: string): { id: string } | undefined;
  hasParty(telephonySessionId: string, partyId: string): boolean;
}

/** Where calls went and came from, readable from both ends. */
export class Links {
  readonly #links = new Map<string, CallLink[]>();
  /** Links whose other session is not known by id yet, by the party id that it will have. */
  readonly #awaited = new Map<string, CallLink>();

  of(telephonySessionId: string): CallLink[] | undefined {
    return this.#links.get(telephonySessionId);
  }

  /** Notes the peer that a party's status names; answers the other session's id when that is a new link. */
  note(telephonySessionId: string, party: CallParty, directory: Directory): string | undefined {
    const peer = party.status.peerId;
    if (!peer) return undefined;
    const here: CallLink = { telephonySessionId, partyId: party.id };
    if (party.status.reason !== undefined) here.reason = party.status.reason;
    const other = otherSession(peer, directory);
    if (other === undefined) {
      if (peer.partyId !== undefined) keep(this.#awaited, peer.partyId, here);
      return undefined;
    }
    return this.#join(here, other, peer.partyId);
  }

  /** A party was seen for the first time: perhaps a link has waited for it. */
  seen(telephonySessionId: string, partyId: string): string | undefined {
    if (this.#awaited.size === 0) return undefined;
    const here = this.#awaited.get(partyId);
    if (!here) return undefined;
    this.#awaited.delete(partyId);
    return this.#join(here, telephonySessionId, partyId) && here.telephonySessionId;
  }

  forget(telephonySessionId: string): void {
    this.#links.delete(telephonySessionId);
  }

  #join(here: CallLink, other: string, otherParty: string | undefined): string | undefined {
    if (other === here.telephonySessionId) return undefined;
    const there: CallLink = { telephonySessionId: other };
    if (otherParty !== undefined) there.partyId = otherParty;
    if (here.reason !== undefined) there.reason = here.reason;
    const isNew = this.#add(here.telephonySessionId, there);
    return this.#add(other, here) || isNew ? other : undefined;
  }

  /** Whether that was news. */
  #add(from: string, link: CallLink): boolean {
    const links = this.#links.get(from) ?? [];
    const index = links.findIndex(
      ({ telephonySessionId, partyId }) =>
        telephonySessionId === link.telephonySessionId && partyId === link.partyId,
    );
    const known = links[index];
    if (known ? known.reason !== undefined || link.reason === undefined : links.length >= maxLinksPerCall) {
      return false;
    }
    keep(this.#links, from, known ? links.with(index, link) : [...links, link]);
    return true;
  }
}

/** `peerId.sessionId` can hold a telephony session id, a legacy number, or `0` (FACTS, trap 8). */
function otherSession(
  peer: NonNullable<CallParty['status']['peerId']>,
  directory: Directory,
): string | undefined {
  if (peer.telephonySessionId !== undefined) return peer.telephonySessionId;
  const { sessionId, partyId } = peer;
  if (sessionId !== undefined && !/^\d+$/.test(sessionId)) return sessionId;
  if (sessionId !== undefined && sessionId !== '0') {
    const known = directory.byLegacyId(sessionId);
    if (known) return known.id;
  }
  if (partyId === undefined) return undefined;
  // A party id starts like its session's (FACTS 3.4); believed only if that session has this party.
  const guess = partyId.replace(/^p-(.*)-\d+$/, 's-$1');
  return directory.hasParty(guess, partyId) ? guess : undefined;
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size <= maxLinked) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
