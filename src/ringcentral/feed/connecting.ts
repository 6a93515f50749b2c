import { announce, untold, whyMissed } from './gaps.ts';
import { retry } from './retrying.ts';
import type { FeedSession } from './session-state.ts';
import { go, type Handler, type Step } from './step.ts';
import type { Timing } from './timing.ts';

/** Opens the socket; where the lost one had our subscription, asks for what it missed. */
export const connect: Handler<'token'> = (session, { uri, presence }, { timing }) =>
  go(
    session,
    'connecting',
    { unreadable: 0, presence: session.presence && presence },
    {
      do: 'connect',
      uri,
      ...(session.recovery && session.subscribed ? { recoveryToken: session.recovery.token } : {}),
    },
    { do: 'timeout', ms: timing.connectMs },
  );

/** Waits for what was missed, where the gateway continues the lost connection; else subscribes. */
export const connected: Handler<'connected'> = (session, { recovery, keeps }, { timing }) => {
  const known = { ...session, keeps: { ...session.keeps, ...keeps } };
  if (recovery === 'Successful' && session.subscribed) {
    // What was missed comes now; the answer to a heartbeat sent after it tells when that was all.
    return go(known, 'recovering', { recovered: 0 }, { do: 'probe' }, { do: 'timeout', ms: timing.answerMs });
  }
  const gap = session.subscribed ? untold('the gateway could not recover what was missed') : session.gap;
  return subscribe({ ...known, subscribed: false, gap }, timing);
};

/**
 * A refused subscription is tried again without presence, where that may be the reason: presence is only a second
 * source.
 */
export const subscriptionRefused: Handler<'failed'> = (session, input, circumstances) =>
  session.presence && input.trouble.kind === 'denied'
    ? subscribe({ ...session, presence: false }, circumstances.timing)
    : retry(session, input, circumstances);

/** The session once events flow: `live`, or `resyncing` when something was missed. */
export function settle(session: FeedSession, now: number): Step {
  const reason = whyMissed(session, now);
  const settled = { subscribed: true, refusals: 0, steadySince: now, lostAt: undefined };
  return reason
    ? announce({ ...session, ...settled }, reason)
    : go(session, 'live', { ...settled, reason: undefined });
}

const subscribe = (session: FeedSession, timing: Timing): Step =>
  go(
    session,
    'subscribing',
    {},
    { do: 'subscribe', presence: session.presence },
    { do: 'timeout', ms: timing.subscribeMs },
  );
