import type { CallParty } from '../../ringcentral/wire/session.ts';
import type { SessionState } from './session-state.ts';

/** RingOut's second session carries a legacy id that is this much higher (platform.md 4.7). */
const gaps = [1000, 2000, 3000, 4000] as const;

/** A RingOut call is two sessions on the platform: what the person sees, and an inbound-looking leg. */
export interface RingOutPair {
  shown: SessionState;
  hidden: SessionState;
}

/**
 * Finds the session that is the same RingOut call as `session`: numbers swapped, legacy ids a gap apart.
 * Both ways, because either may be seen first.
 */
export function findRingOutPair(
  session: SessionState,
  byLegacyId: (legacyId: string) => SessionState | undefined,
): RingOutPair | undefined {
  const legacyId = Number(session.legacyId);
  if (!Number.isSafeInteger(legacyId) || legacyId <= 0) return undefined;
  for (const gap of gaps) {
    const lower = byLegacyId(String(legacyId - gap));
    if (lower && areTwins(lower, session)) return { shown: lower, hidden: session };
    const higher = byLegacyId(String(legacyId + gap));
    if (higher && areTwins(session, higher)) return { shown: session, hidden: higher };
  }
  return undefined;
}

function areTwins(shown: SessionState, hidden: SessionState): boolean {
  // Only a call that says it is a RingOut: hiding a call that rings would be worse than showing one twice.
  if (shown.origin?.type !== 'RingOut' && hidden.origin?.type !== 'RingOut') return false;
  return hidden.parties.some(
    ({ party }) =>
      party.direction === 'Inbound' && shown.parties.some((other) => areSwapped(party, other.party)),
  );
}

function areSwapped(inbound: CallParty, other: CallParty): boolean {
  const from = inbound.from?.phoneNumber;
  const to = inbound.to?.phoneNumber;
  if (from === undefined || to === undefined) return false;
  return other.to?.phoneNumber === from && other.from?.phoneNumber === to;
}
