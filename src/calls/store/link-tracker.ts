import { type CallParty, isConference } from '../../ringcentral/wire/session.ts';
import type { LinkEnd, Links } from './links.ts';
import type { Registry } from './session-registry.ts';
import { isOver, type SessionState } from './session-state.ts';

export interface LinkingOptions {
  links: Links;
  registry: Registry;
  /** A known call has got a link, or the call at the other end has changed. */
  onLinked: (telephonySessionId: string) => void;
  onDoubt: (telephonySessionId: string, doubt: 'linked call unknown' | 'linked call ended') => void;
}

/** Finds links between calls in the `peerId` of parties, and has both ends shown anew. */
export class Linking {
  readonly #options: LinkingOptions;

  constructor(options: LinkingOptions) {
    this.#options = options;
  }

  /** Links this call with the one that the party's status names, and with one that waited for this party. */
  note({ id }: SessionState, party: CallParty, isNew: boolean): void {
    const { links, registry } = this.#options;
    const other = links.note(id, party, registry) ?? (isNew ? links.seen(id, party.id) : undefined);
    if (other !== undefined) this.#tell(other);
  }

  noteLegacyId(session: SessionState, legacyId: string | undefined): void {
    const { links, registry } = this.#options;
    if (legacyId === undefined || !registry.setLegacyId(session, legacyId)) return;
    const linked = links.seenLegacyId(session.id, legacyId);
    if (linked !== undefined) this.#tell(linked);
  }

  /**
   * Called when a call has ended: the calls in a conference end with it, which no event tells at extension scope, so
   * they are doubted.
   */
  noteEnd(session: SessionState): void {
    const { links, registry, onDoubt } = this.#options;
    if (!isConference(session) || !isOver(session)) return;
    for (const { telephonySessionId } of links.of(session.id) ?? []) {
      const other = registry.get(telephonySessionId);
      if (other && !isOver(other)) onDoubt(telephonySessionId, 'linked call ended');
    }
  }

  /** See `LiveCalls.bringIn`. */
  bringIn(conference: LinkEnd, call: LinkEnd): void {
    if (this.#options.links.join(conference, call, 'Conference')) this.#tell(conference.telephonySessionId);
  }

  #tell(other: string): void {
    const { links, registry, onLinked, onDoubt } = this.#options;
    const isKnown = registry.get(other) !== undefined;
    if (isKnown) onLinked(other);
    // One that has been guessed from the id of a party that it does not show yet is read too.
    if (!isKnown || !links.of(other)) onDoubt(other, 'linked call unknown');
  }
}
