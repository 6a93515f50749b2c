import {
  canChangeUnseen,
  isSessionDoubted,
  isSessionStale,
  isUnsettled,
  oldestVerified,
} from './freshness.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { StoreFreshness } from './store-freshness.ts';

/** Tells which live calls RingCentral may know better by now, so that they should be read. */
export class StaleCalls {
  readonly #registry: SessionRegistry;
  readonly #freshness: StoreFreshness;

  constructor(registry: SessionRegistry, freshness: StoreFreshness) {
    this.#registry = registry;
    this.#freshness = freshness;
  }

  /** See `CallStore.staleIds`. */
  ids(): string[] {
    const freshness = this.#freshness.now();
    return this.#registry
      .newestFirst()
      .flatMap((session) => (isSessionStale(session, freshness) ? [session.id] : []));
  }

  /** See `CallStore.doubtedIds`. */
  doubtedIds(): string[] {
    const freshness = this.#freshness.now();
    return [...this.#registry.live()].flatMap((session) =>
      isSessionDoubted(session, freshness) ? [session.id] : [],
    );
  }

  /** See `CallStore.longestUnverified`. */
  longestUnverified(): string[] {
    return [...this.#registry.live()]
      .sort((one, other) => other.verifiedAt - one.verifiedAt)
      .map(({ id }) => id);
  }

  /** See `CallStore.oldestVerifiedAt`. */
  oldestVerifiedAt(): number | undefined {
    return oldestVerified(this.#registry.live());
  }

  /** See `CallStore.unseenSince`. */
  unseenSince(telephonySessionId: string, partyId: string | undefined): number | undefined {
    const session = this.#registry.get(telephonySessionId);
    const canChange = session && canChangeUnseen(session, partyId, this.#freshness.now());
    return canChange ? session.verifiedAt : undefined;
  }

  /** See `CallStore.isUnsettled`. */
  isUnsettled(telephonySessionId: string): boolean {
    const session = this.#registry.get(telephonySessionId);
    return session !== undefined && isUnsettled(session, this.#freshness.now());
  }
}
