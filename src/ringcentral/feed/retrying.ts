import type { FeedSession } from './session-state.ts';
import { go, type Handler, type Step } from './step.ts';
import type { Timing } from './timing.ts';

/** Jitter on the wait for a limit that nobody has stated, as a share of it; a stated one has the rate limiter's. */
const limitJitter = 0.3;

/** Enough to outlive a hiccup of a gateway or a proxy. */
const refusalsUntilDenied = 5;

/** Begins a try: every connection takes a token of its own. */
export const askToken = (session: FeedSession): Step =>
  go(session, 'token', { retryAt: undefined }, { do: 'fetchToken' });

/** Ends a try, and waits for the next: the longer, the more tries failed. Denies where no try can help. */
export const retry: Handler<'failed'> = (session, { trouble }, { now, random, timing }) => {
  const { kind, retryAfterSeconds = 0, free = false, waiting = false } = trouble;
  const message = waiting ? (session.reason ?? trouble.message) : trouble.message;
  const refusals = kind === 'refused' ? session.refusals + 1 : session.refusals;
  if (kind === 'denied' || refusals >= refusalsUntilDenied) {
    return go(session, 'denied', { reason: message, refusals }, { do: 'drop' });
  }
  const steady = session.steadySince !== undefined && now - session.steadySince >= timing.steadyMs;
  const attempts = steady ? 0 : session.attempts;
  const freeAttempts = steady ? 0 : session.freeAttempts;
  const pause = free
    ? backoff(timing.freeBackoffMs, freeAttempts, random)
    : backoff(timing.backoffMs, attempts, random);
  // Other servers of this login wait for the same limit.
  const stated = retryAfterSeconds * 1000 * (waiting ? 1 + random * limitJitter : 1);
  const ms = Math.max(pause, stated);
  const counts = free
    ? { attempts, freeAttempts: freeAttempts + 1 }
    : { attempts: attempts + 1, freeAttempts };
  return go(
    session,
    'waiting',
    { refusals, ...counts, steadySince: undefined, reason: message, retryAt: now + ms },
    { do: 'drop' },
    { do: 'timeout', ms },
  );
};

/** The same where this phase took too long. */
export const giveUp =
  (message: string): Handler<'timeout'> =>
  (session, _, circumstances) =>
    retry(session, { type: 'failed', trouble: { kind: 'passing', message } }, circumstances);

function backoff(pauses: Timing['backoffMs'], attempts: number, random: number): number {
  const [least, most] = pauses[Math.min(attempts, pauses.length - 1)] ?? [0, 0];
  return least + random * (most - least);
}
