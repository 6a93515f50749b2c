import type { CallParty } from '../../ringcentral/wire/session.ts';
import type { FrameDump } from './store-dump.ts';
import type { CallLink } from './views.ts';

/** Calls that are linked, at most; the oldest are forgotten first. */
const maxLinked = 20_000;
const maxLinksPerCall = 20;

/** How the platform names the other side, and how to find the session that it means. */
export interface SessionIndex {
  byLegacyId(legacyId: string): { id: string } | undefined;
  hasParty(telephonySessionId: string, partyId: string): boolean;
}

/** One end of a link. */
export type LinkEnd = Pick<CallLink, 'telephonySessionId' | 'partyId'>;

/** Where calls went and came from, readable from both ends. */
export class Links {
  readonly #links = new Map<string, CallLink[]>();
  /** Links whose other session is not known by id yet, by the party id or the legacy id that it will have. */
  readonly #awaited = new Map<string, CallLink & { otherPartyId?: string }>();

  dump(): Pick<FrameDump, 'links' | 'awaited'> {
    return { links: [...this.#links], awaited: [...this.#awaited] };
  }

  load({ links, awaited }: Pick<FrameDump, 'links' | 'awaited'>): void {
    this.#links.clear();
    this.#awaited.clear();
    for (const [id, ends] of links) this.#links.set(id, ends);
    for (const [key, end] of awaited) this.#awaited.set(key, end);
  }

  of(telephonySessionId: string): CallLink[] | undefined {
    return this.#links.get(telephonySessionId);
  }

  /** Ids of the calls that are linked with another. */
  linked(): Iterable<string> {
    return this.#links.keys();
  }

  /**
   * Notes the peer that a party's status names.
   * @returns the other session's id when that is, or may be, news; else undefined
   */
  note(telephonySessionId: string, party: CallParty, index: SessionIndex): string | undefined {
    const peer = party.status.peerId;
    if (!peer) return undefined;
    const here: CallLink = { telephonySessionId, partyId: party.id };
    if (party.status.reason !== undefined) here.reason = party.status.reason;
    const { session, legacyId, guess } = peerSession(peer);
    const certain = session ?? (legacyId === undefined ? undefined : index.byLegacyId(legacyId)?.id);
    // A guess is believed only if that session has this party.
    const isRight = guess !== undefined && index.hasParty(guess, peer.partyId ?? '');
    const other = certain ?? (isRight ? guess : undefined);
    if (other !== undefined) {
      return this.#join(here, { telephonySessionId: other, partyId: peer.partyId }) ? other : undefined;
    }
    const awaited = { ...here, ...(peer.partyId !== undefined && { otherPartyId: peer.partyId }) };
    const key = peer.partyId ?? (legacyId === undefined ? undefined : legacyKey(legacyId));
    if (key !== undefined) keep(this.#awaited, key, awaited);
    if (legacyId !== undefined) keep(this.#awaited, legacyKey(legacyId), awaited);
    return guess;
  }

  /**
   * Links two calls that are known to belong together, whatever the platform says.
   * @returns whether that was news
   */
  join(here: LinkEnd, there: LinkEnd, reason: string): boolean {
    return this.#join({ ...here, reason }, there);
  }

  /**
   * A party was seen for the first time: completes a link that waited for it.
   * @returns the session at the other end; undefined when none waited
   */
  seen(telephonySessionId: string, partyId: string): string | undefined {
    return this.#found(partyId, { telephonySessionId, partyId });
  }

  /**
   * A session's legacy id has become known: completes a link that waited for it.
   * @returns the session at the other end; undefined when none waited
   */
  seenLegacyId(telephonySessionId: string, legacyId: string): string | undefined {
    return this.#found(legacyKey(legacyId), { telephonySessionId });
  }

  forget(telephonySessionId: string): void {
    this.#links.delete(telephonySessionId);
  }

  #found(key: string, there: LinkEnd): string | undefined {
    if (this.#awaited.size === 0) return undefined;
    const awaited = this.#awaited.get(key);
    if (!awaited) return undefined;
    this.#awaited.delete(key);
    const { otherPartyId, ...here } = awaited;
    return this.#join(here, { partyId: otherPartyId, ...there }) ? here.telephonySessionId : undefined;
  }

  #join(here: CallLink, { telephonySessionId: other, partyId }: LinkEnd): boolean {
    if (other === here.telephonySessionId) return false;
    const there: CallLink = { telephonySessionId: other };
    if (partyId !== undefined) there.partyId = partyId;
    if (here.reason !== undefined) there.reason = here.reason;
    const isNew = this.#add(here.telephonySessionId, there);
    return this.#add(other, here) || isNew;
  }

  /** Whether that was news. */
  #add(from: string, link: CallLink): boolean {
    const links = this.#links.get(from) ?? [];
    const index = links.findIndex(
      ({ telephonySessionId, partyId }) =>
        telephonySessionId === link.telephonySessionId &&
        (partyId === link.partyId || partyId === undefined || link.partyId === undefined),
    );
    const known = links[index];
    const isBetter = known
      ? (known.reason === undefined && link.reason !== undefined) ||
        (known.partyId === undefined && link.partyId !== undefined)
      : links.length < maxLinksPerCall;
    if (!isBetter) return false;
    keep(this.#links, from, known ? links.with(index, { ...known, ...link }) : [...links, link]);
    return true;
  }
}

/**
 * `peerId` comes in several shapes (platform.md 3.3): `telephonySessionId`, or a `sessionId` that holds such an id, a
 * legacy number or `0`, or a party id alone, which starts like its session's (platform.md 3.4).
 */
function peerSession({
  telephonySessionId,
  sessionId,
  partyId,
}: NonNullable<CallParty['status']['peerId']>): {
  session?: string;
  legacyId?: string;
  guess?: string;
} {
  const named = [telephonySessionId, sessionId].filter((id) => id !== undefined && id !== '');
  const session = named.find((id) => id !== undefined && !isNumber(id));
  if (session !== undefined) return { session };
  const legacyId = named.find((id) => id !== '0');
  const prefix = partyId?.match(/^p-(.+)-\d+$/)?.[1];
  return {
    ...(legacyId !== undefined && { legacyId }),
    ...(prefix !== undefined && { guess: `s-${prefix}` }),
  };
}

const isNumber = (id: string): boolean => /^\d+$/.test(id);
const legacyKey = (legacyId: string): string => `legacy ${legacyId}`;

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size <= maxLinked) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
