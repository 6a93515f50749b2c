import { retry } from './retrying.ts';
import type { FeedSession } from './session-state.ts';
import { go, type Handler, type Step, stay } from './step.ts';

/** A gap that the listeners have still to be told of. */
export const untold = (reason: string): NonNullable<FeedSession['gap']> => ({ reason, told: false });

/**
 * Marks a gap: the connection broke while missed events came, and the recovery token that came first is newer than
 * those that did not come any more.
 */
export const brokenOff = (session: FeedSession): FeedSession => ({
  ...session,
  gap: untold('the connection broke while missed events came'),
});

/** Why events may be missing now that the subscription works; undefined where none are. */
export function whyMissed(
  { phase, gap, lostAt, recovered, keeps }: FeedSession,
  now: number,
): string | undefined {
  if (gap) return gap.reason;
  if (phase === 'recovering' && recovered >= keeps.events)
    return `more than ${keeps.events} events were missed`;
  if (lostAt !== undefined && now - lostAt > keeps.ms) return 'the connection was lost for too long';
  return undefined;
}

/** Tells the listeners of a gap: `resyncing` until they have read the calls again. */
export const announce = (session: FeedSession, reason: string): Step =>
  go(session, 'resyncing', { reason, gap: { reason, told: true } }, { do: 'gap', reason });

const mostUnreadable = 10;

/** Marks a gap: a frame that cannot be read may have been an event. After too many the connection is replaced. */
export const suspectLoss: Handler<'unreadable'> = (session, { what }, circumstances) => {
  const reason = `${what} could not be read`;
  const next = { ...session, unreadable: session.unreadable + 1, gap: untold(reason) };
  if (next.unreadable > mostUnreadable) {
    const trouble = { kind: 'passing', message: 'the gateway sends what cannot be read' } as const;
    return retry(next, { type: 'failed', trouble }, circumstances);
  }
  return session.phase === 'live' || session.phase === 'resyncing' ? announce(next, reason) : stay(next);
};
