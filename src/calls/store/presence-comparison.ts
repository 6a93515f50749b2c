import type { ActiveCall, Presence } from '../../ringcentral/wire/event.ts';
import { type CallParty, hasLeft } from '../../ringcentral/wire/session.ts';
import { isOver, type SessionState } from './session-state.ts';

/** How presence calls the state of a party (platform.md 4.8). Codes that are not here are not compared. */
const telephonyStatus = new Map<string, readonly string[]>([
  ['Setup', ['Ringing']],
  ['Proceeding', ['Ringing']],
  ['Answered', ['CallConnected']],
  ['Hold', ['OnHold']],
  ['Parked', ['ParkedCall']],
]);

/** Presence at one moment, the second source on which calls there are. */
export interface PresenceSnapshot {
  presences: readonly Presence[];
  /** Stamp before it was requested, or at which it came in. */
  at: number;
  /** It covers all extensions of the scope: a call that it does not list does not exist. */
  complete: boolean;
}

export interface PresenceDiff {
  /** Ids of sessions that presence shows differently, or that only presence has. */
  differing: string[];
  /** Live sessions that presence confirms. */
  agreeing: SessionState[];
}

interface SessionLookup {
  get(telephonySessionId: string): SessionState | undefined;
  live(): Iterable<SessionState>;
}

/**
 * Compares the store with presence. A call that changed after the presence was taken does not count as different.
 */
export function compareWithPresence(
  sessions: SessionLookup,
  presenceSnapshot: PresenceSnapshot,
): PresenceDiff {
  const extensions = new Set(presenceSnapshot.presences.map(({ extensionId }) => extensionId));
  const listed = listedCalls(presenceSnapshot.presences);
  const differing = new Set<string>();
  const agreeing: SessionState[] = [];
  for (const id of listed.keys()) {
    const session = sessions.get(id);
    if (!session || (isOver(session) && !changedSince(session, presenceSnapshot.at))) differing.add(id);
  }
  for (const session of sessions.live()) {
    const calls = listed.get(session.id);
    const isSpokenOf =
      calls !== undefined || presenceSnapshot.complete || hasLivePartyOf(session, extensions);
    if (!isSpokenOf) continue;
    if (calls && agrees(session, calls, extensions, presenceSnapshot.at)) agreeing.push(session);
    else if (calls || !changedSince(session, presenceSnapshot.at)) differing.add(session.id);
  }
  return { differing: [...differing], agreeing };
}

/** Whether a call in presence goes on: an ended one is listed once more, as final (platform.md 4.8). */
export const isInProgress = ({ telephonyStatus, terminationType }: ActiveCall): boolean =>
  telephonyStatus !== 'NoCall' && terminationType !== 'final';

/** Calls in progress by session. */
function listedCalls(presences: readonly Presence[]): Map<string, ActiveCall[]> {
  const listed = new Map<string, ActiveCall[]>();
  for (const { activeCalls = [] } of presences) {
    for (const call of activeCalls) {
      if (!isInProgress(call)) continue;
      const calls = listed.get(call.telephonySessionId);
      if (calls) calls.push(call);
      else listed.set(call.telephonySessionId, [call]);
    }
  }
  return listed;
}

/** Whether presence lists exactly the parties of these extensions that are on the call, in the same state. */
function agrees(
  session: SessionState,
  calls: readonly ActiveCall[],
  extensions: ReadonlySet<string | undefined>,
  at: number,
): boolean {
  const known = new Set(session.parties.map(({ party }) => party.id));
  if (calls.some(({ partyId }) => partyId !== undefined && !known.has(partyId))) return false;
  // An entry without a party id stands for any party of the call.
  const isVague = calls.some(({ partyId }) => partyId === undefined);
  return session.parties.every(({ party, at: changedAt }) => {
    if (changedAt >= at || party.extensionId === undefined || !extensions.has(party.extensionId)) return true;
    const call = calls.find(({ partyId }) => partyId === party.id);
    if (!call) return hasLeft(party) || isVague;
    return !hasLeft(party) && isCompatible(party, call);
  });
}

function isCompatible({ direction, status: { code } }: CallParty, call: ActiveCall): boolean {
  const expected = telephonyStatus.get(code);
  if (call.telephonyStatus === undefined || expected === undefined) return true;
  // Who calls may count as connected while the other side rings; who is called has answered then.
  const isCalling = direction === 'Outbound' && expected.includes('Ringing');
  return expected.includes(call.telephonyStatus) || (isCalling && call.telephonyStatus === 'CallConnected');
}

const hasLivePartyOf = (session: SessionState, extensions: ReadonlySet<string | undefined>): boolean =>
  session.parties.some(
    ({ party }) => party.extensionId !== undefined && extensions.has(party.extensionId) && !hasLeft(party),
  );

const changedSince = (session: SessionState, at: number): boolean =>
  session.parties.some((state) => state.at >= at);
