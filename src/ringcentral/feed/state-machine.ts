import { connect, connected, settle, subscriptionRefused } from './connecting.ts';
import { brokenOff, suspectLoss } from './gaps.ts';
import { askToken, giveUp, retry } from './retrying.ts';
import type { FeedInput, FeedPhase, FeedSession } from './session-state.ts';
import { type Circumstances, go, type Handler, type Step, stay } from './step.ts';

type Row = { readonly [T in FeedInput['type']]?: Handler<T> };

const lose: Handler<'lost'> = (session, { trouble, aliveAt }, circumstances) =>
  retry({ ...session, lostAt: session.lostAt ?? aliveAt }, { type: 'failed', trouble }, circumstances);

const connection: Row = { lost: lose, unreadable: suspectLoss };
const final: Readonly<Row> = {};

/** What each input does in each phase; an input that is not listed changes nothing. */
const table: Record<FeedPhase, Row> = {
  idle: { start: askToken },
  token: { token: connect, failed: retry },
  connecting: {
    ...connection,
    connected,
    timeout: giveUp('the gateway did not say that it was ready'),
  },
  subscribing: {
    ...connection,
    subscribed: (session, _, { now }) => settle(session, now),
    failed: subscriptionRefused,
    timeout: giveUp('the gateway did not answer the subscription'),
  },
  recovering: {
    ...connection,
    lost: (session, input, circumstances) => lose(brokenOff(session), input, circumstances),
    notified: (session) => stay(session, { recovered: session.recovered + 1 }),
    probeAnswered: (session, _, { now }) => settle(session, now),
    timeout: (session, input, circumstances) =>
      giveUp('the gateway did not answer after the recovery')(brokenOff(session), input, circumstances),
  },
  resyncing: {
    ...connection,
    resynced: (session) => go(session, 'live', { gap: undefined, reason: undefined }),
  },
  live: connection,
  waiting: { timeout: askToken },
  denied: final,
  closed: final,
};

/** The same in every phase that is not final. */
const anywhere: Row = {
  // The gateway may send the newest token on any message; an older one must not replace it (platform.md 5.3).
  recoveryToken: (session, { token, sequence }) =>
    session.recovery && session.phase !== 'connecting' && sequence < session.recovery.sequence
      ? stay(session)
      : stay(session, { recovery: { token, sequence } }),
  // Read again while the connection was down: what came after that reading will be recovered. A gap that nobody
  // has been told of is not covered by it.
  resynced: (session) => stay(session, session.gap?.told ? { gap: undefined } : undefined),
  close: (session) => go(session, 'closed', { reason: undefined }, { do: 'drop' }),
};

/**
 * One step of the event session: the next session and what to do. Pure, so that every order of inputs can be tested.
 */
export function step(session: FeedSession, input: FeedInput, circumstances: Circumstances): Step {
  const { phase } = session;
  if (phase === 'closed' || (phase === 'denied' && input.type !== 'close')) return stay(session);
  const handler = (table[phase][input.type] ?? anywhere[input.type]) as
    | Handler<FeedInput['type']>
    | undefined;
  return handler ? handler(session, input, circumstances) : stay(session);
}
