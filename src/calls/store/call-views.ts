import { hasLeft, isConference } from '../../ringcentral/wire/session.ts';
import type { Clock } from '../../shared/clock.ts';
import { buildPartyView, buildSessionView } from './build-view.ts';
import type { CallHandles } from './call-handles.ts';
import type { ActiveCallsOptions } from './call-store-types.ts';
import { Conferences } from './conferences.ts';
import type { Freshness } from './freshness.ts';
import type { Links } from './links.ts';
import type { SessionRegistry } from './session-registry.ts';
import { findParty, ownPartyState, type SessionState } from './session-state.ts';
import type { StoreFreshness } from './store-freshness.ts';
import type { OwnCall, PartyView, SessionView } from './views.ts';

export interface CallViewsOptions {
  clock: Clock;
  registry: SessionRegistry;
  links: Links;
  freshness: StoreFreshness;
  handles: CallHandles;
}

/** Shows the calls as readers see them: with links, conferences, and what is stale. */
export class CallViews {
  readonly #clock: Clock;
  readonly #registry: SessionRegistry;
  readonly #links: Links;
  readonly #freshness: StoreFreshness;
  readonly #handles: CallHandles;
  readonly #conferences: Conferences;

  constructor({ clock, registry, links, freshness, handles }: CallViewsOptions) {
    this.#clock = clock;
    this.#registry = registry;
    this.#links = links;
    this.#freshness = freshness;
    this.#handles = handles;
    this.#conferences = new Conferences(links, registry);
  }

  /** See `CallStore.session`. */
  session(telephonySessionId: string): SessionView | undefined {
    const session = this.#registry.shown(telephonySessionId, this.#clock.now());
    return session && this.#viewOf(session, this.#freshness.now());
  }

  /** See `CallStore.isShown`. */
  isShown(telephonySessionId: string): boolean {
    return this.#registry.shown(telephonySessionId, this.#clock.now()) !== undefined;
  }

  /** See `CallStore.party`. */
  party(telephonySessionId: string, partyId: string): PartyView | undefined {
    const session = this.#registry.shown(telephonySessionId, this.#clock.now());
    const state = session && findParty(session, partyId);
    return session && state && buildPartyView(session, state, this.#freshness.now());
  }

  /** See `CallStore.active`. */
  active({ offset = 0, limit, withoutJoined = false }: ActiveCallsOptions): SessionView[] {
    const freshness = this.#freshness.now();
    return this.#registry
      .newestFirst()
      .filter(
        (session) =>
          this.#registry.isListed(session) &&
          !(withoutJoined && this.#conferences.hasJoined(session, freshness)),
      )
      .slice(offset, limit === undefined ? undefined : offset + limit)
      .map((session) => this.#viewOf(session, freshness));
  }

  /** See `CallStore.yours`. */
  yours(): OwnCall[] {
    const freshness = this.#freshness.now();
    const yours: OwnCall[] = [];
    const { ownExtensionId } = freshness;
    if (ownExtensionId === undefined) return yours;
    for (const session of this.#registry.withPartyOf(ownExtensionId)) {
      const own = ownPartyState(session, ownExtensionId);
      if (own === undefined || hasLeft(own.party) || !this.#registry.isListed(session)) continue;
      if (this.#conferences.hasJoined(session, freshness)) continue;
      yours.push({
        id: session.id,
        origin: session.origin,
        parties: session.parties.map(({ party }) => party),
        yourPartyId: own.party.id,
        view: () => this.#viewOf(session, freshness),
      });
    }
    return yours;
  }

  /** See `CallStore.waitingConference`. */
  waitingConference(): SessionView | undefined {
    const last = [...this.#registry.unjoined()].findLast(isConference);
    return last && this.#viewOf(last, this.#freshness.now());
  }

  /** See `CallStore.joinedCount`. */
  get joinedCount(): number {
    return this.#conferences.joinedCount(this.#freshness.now());
  }

  #viewOf(session: SessionState, freshness: Freshness): SessionView {
    const members = this.#conferences.members(session, freshness);
    const memberOf = this.#conferences.membership(session, freshness);
    const { id, ...view } = buildSessionView(session, this.#links.of(session.id), freshness);
    return {
      ...{ id, handle: this.#handles.of(id), ...view },
      ...(members && { members }),
      ...(memberOf && { memberOf }),
    };
  }
}
