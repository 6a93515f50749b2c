import type { AuditAnchors, KeptAnchor } from '../../../src/guard/audit/anchors.ts';
import type { Clock } from '../../../src/shared/clock.ts';

/** Anchors that one process keeps: what a server without Redis has no use for, and tests have. */
export function memoryAnchors(clock: Clock, most = 10_000): AuditAnchors {
  const kept = new Map<string, KeptAnchor>();
  return {
    async anchor(chain, anchor) {
      const before = kept.get(chain);
      if (before && before.sequence > anchor.sequence) return;
      // Deleted first, so that the map is in the order of the last anchor.
      kept.delete(chain);
      kept.set(chain, { chain, ...anchor, at: clock.now() });
      for (const oldest of kept.keys()) if (kept.size > most) kept.delete(oldest);
    },
    all: async () => [...kept.values()],
  };
}
