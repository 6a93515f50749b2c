import { type SessionState, verified } from './session-state.ts';

/** The platform's first event has sequence 2; 1 was never seen (platform.md 4.4). */
const firstSequence = 2;
/** More skipped sequences than this are not waited for: the call has to be read. */
const maxMissing = 64;

/**
 * Notes the sequence of an event at account scope, where all parties' events come, so that a gap is a loss until it
 * fills.
 * @returns whether a gap opened: the session should be read again
 */
export function noteSequence(session: SessionState, sequence: number, at: number): boolean {
  const { lastSequence, missing } = session;
  if (sequence <= lastSequence) {
    if (missing) fill(session, missing, sequence, at);
    return false;
  }
  // A call that was read first was under way: what came before this event was in the reading.
  const expected = lastSequence >= 0 ? lastSequence + 1 : session.verifiedAt > 0 ? sequence : firstSequence;
  session.lastSequence = sequence;
  if (sequence <= expected) {
    if (lastSequence < 0 && session.verifiedAt === 0) session.verifiedAt = at;
    return false;
  }
  const isCounted = session.doubtedAt === 0 || missing !== undefined;
  session.missing = isCounted ? skipped(missing ?? [], expected, sequence) : undefined;
  session.doubtedAt = at;
  return true;
}

/** The sequences missing so far and those between `from` and `to`; undefined when they are too many to wait for. */
function skipped(missing: number[], from: number, to: number): number[] | undefined {
  if (missing.length + to - from > maxMissing) return undefined;
  return [...missing, ...Array.from({ length: to - from }, (_, index) => from + index)];
}

function fill(session: SessionState, missing: number[], sequence: number, at: number): void {
  const rest = missing.filter((other) => other !== sequence);
  session.missing = rest;
  if (rest.length === 0) verified(session, at);
}
