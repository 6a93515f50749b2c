import { type CallParty, isConference } from '../../ringcentral/wire/session.ts';
import type { ChangeNotifier } from './change-notifier.ts';
import type { LinkEnd, Links } from './links.ts';
import type { SessionRegistry } from './session-registry.ts';
import { isOver, type SessionState } from './session-state.ts';

export interface LinkTrackerOptions {
  links: Links;
  registry: SessionRegistry;
  notifier: ChangeNotifier;
}

/** Finds links between calls in the `peerId` of parties, and has both ends shown anew. */
export class LinkTracker {
  readonly #options: LinkTrackerOptions;

  constructor(options: LinkTrackerOptions) {
    this.#options = options;
  }

  /** Links this call with the one that the party's status names, and with one that waited for this party. */
  note({ id }: SessionState, party: CallParty, isNew: boolean): void {
    const { links, registry } = this.#options;
    const other = links.note(id, party, registry) ?? (isNew ? links.seen(id, party.id) : undefined);
    if (other !== undefined) this.#announce(other);
  }

  noteLegacyId(session: SessionState, legacyId: string | undefined): void {
    const { links, registry } = this.#options;
    if (legacyId === undefined || !registry.setLegacyId(session, legacyId)) return;
    const linked = links.seenLegacyId(session.id, legacyId);
    if (linked !== undefined) this.#announce(linked);
  }

  /**
   * Called when a call has ended: the calls in a conference end with it, which no event tells at extension scope, so
   * they are doubted until they have been read.
   */
  noteEnd(session: SessionState): void {
    const { links, registry, notifier } = this.#options;
    if (!isConference(session) || !isOver(session)) return;
    const at = session.parties.reduce((newest, state) => Math.max(newest, state.at), session.verifiedAt);
    for (const { telephonySessionId } of links.of(session.id) ?? []) {
      const other = registry.get(telephonySessionId);
      if (!other || isOver(other)) continue;
      other.doubtedAt = Math.max(other.doubtedAt, at);
      notifier.freshnessChanged(other);
      notifier.readRequests.emit(telephonySessionId, 'linked call ended');
    }
  }

  /** See `CallStore.bringIn`. */
  bringIn(conference: LinkEnd, call: LinkEnd): void {
    if (this.#options.links.join(conference, call, 'Conference'))
      this.#announce(conference.telephonySessionId);
  }

  #announce(other: string): void {
    const { links, registry, notifier } = this.#options;
    const isKnown = registry.get(other) !== undefined;
    if (isKnown) notifier.linked(other);
    // One that has been guessed from the id of a party that it does not show yet is read too.
    if (!isKnown || !links.of(other)) notifier.readRequests.emit(other, 'linked call unknown');
  }
}
