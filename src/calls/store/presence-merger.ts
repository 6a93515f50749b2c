import type { LinkTracker } from './link-tracker.ts';
import { compareWithPresence, type PresenceSnapshot } from './presence-comparison.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { StoreFreshness } from './store-freshness.ts';

export interface PresenceMergerOptions {
  registry: SessionRegistry;
  freshness: StoreFreshness;
  linkTracker: LinkTracker;
}

/** Takes from presence what it knows: legacy ids, and which calls are as the store has them. */
export class PresenceMerger {
  readonly #options: PresenceMergerOptions;

  constructor(options: PresenceMergerOptions) {
    this.#options = options;
  }

  /** See `CallStore.compare`. */
  compare(presenceSnapshot: PresenceSnapshot): string[] {
    const { registry, freshness, linkTracker } = this.#options;
    for (const { activeCalls = [] } of presenceSnapshot.presences) {
      for (const { telephonySessionId, sessionId } of activeCalls) {
        const session = registry.get(telephonySessionId);
        // REST never tells the legacy id (platform.md 2.3.3), presence does.
        if (session) linkTracker.noteLegacyId(session, sessionId);
      }
    }
    const { differing, agreeing } = compareWithPresence(registry, presenceSnapshot);
    for (const session of agreeing) {
      session.presenceAgreedAt = presenceSnapshot.at;
      // Presence does not see all parties, so it cannot make good for what was missed.
      if (session.verifiedAt < Math.max(session.doubtedAt, freshness.doubtedAt)) differing.push(session.id);
    }
    return differing;
  }
}
