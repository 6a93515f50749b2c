import { formatTrouble } from '../../shared/failure.ts';
import type { FeedState, FeedStatus } from '../wire/feed.ts';
import type { FeedEffect, FeedInput, FeedPhase, FeedSession } from './session-state.ts';
import type { Timing } from './timing.ts';

export interface Circumstances {
  now: number;
  /** 0 … 1, for jitter. */
  random: number;
  timing: Timing;
}

export interface Step {
  session: FeedSession;
  effects: readonly FeedEffect[];
}

type Handler<T extends FeedInput['type']> = (
  session: FeedSession,
  input: Extract<FeedInput, { type: T }>,
  circumstances: Circumstances,
) => Step;
type Row = { readonly [T in FeedInput['type']]?: Handler<T> };

const stay = (session: FeedSession, change?: Partial<FeedSession>): Step => ({
  session: change ? { ...session, ...change } : session,
  effects: [],
});

const go = (
  session: FeedSession,
  phase: FeedPhase,
  change: Partial<FeedSession>,
  ...effects: FeedEffect[]
): Step => ({
  session: { ...session, ...change, phase },
  effects,
});

const askToken = (session: FeedSession): Step =>
  go(session, 'token', { retryAt: undefined }, { do: 'fetchToken' });

const connect: Handler<'token'> = (session, { uri, presence }, { timing }) =>
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

const connected: Handler<'connected'> = (session, { recovery, keeps }, { timing }) => {
  const known = { ...session, keeps: { ...session.keeps, ...keeps } };
  if (recovery === 'Successful' && session.subscribed) {
    // What was missed comes now; the answer to a heartbeat sent after it tells when that was all.
    return go(known, 'recovering', { recovered: 0 }, { do: 'probe' }, { do: 'timeout', ms: timing.answerMs });
  }
  const gap = session.subscribed ? untold('the gateway could not recover what was missed') : session.gap;
  return subscribe({ ...known, subscribed: false, gap }, timing);
};

const untold = (reason: string): NonNullable<FeedSession['gap']> => ({ reason, told: false });

const subscribe = (session: FeedSession, timing: Timing): Step =>
  go(
    session,
    'subscribing',
    {},
    { do: 'subscribe', presence: session.presence },
    { do: 'timeout', ms: timing.subscribeMs },
  );

/** The session once events flow: `live`, or `resyncing` when something was missed. */
const settle = (session: FeedSession, now: number): Step => {
  const { lostAt, recovered, keeps } = session;
  const tooMany = session.phase === 'recovering' && recovered >= keeps.events;
  const tooLong = lostAt !== undefined && now - lostAt > keeps.ms;
  const reason =
    session.gap?.reason ??
    (tooMany
      ? `more than ${keeps.events} events were missed`
      : tooLong
        ? 'the connection was lost for too long'
        : '');
  const settled = { subscribed: true, refusals: 0, steadySince: now, lostAt: undefined };
  return reason
    ? announce({ ...session, ...settled }, reason)
    : go(session, 'live', { ...settled, reason: undefined });
};

const announce = (session: FeedSession, reason: string): Step =>
  go(session, 'resyncing', { reason, gap: { reason, told: true } }, { do: 'gap', reason });

/** Jitter on the wait for a limit that nobody has stated, as a share of it; a stated one has the rate limiter's. */
const limitJitter = 0.3;

/** Enough to outlive a hiccup of a gateway or a proxy. */
const refusalsUntilDenied = 5;

function backoff(pauses: Timing['backoffMs'], attempts: number, random: number): number {
  const [least, most] = pauses[Math.min(attempts, pauses.length - 1)] ?? [0, 0];
  return least + random * (most - least);
}

const retry: Handler<'failed'> = (session, { trouble }, { now, random, timing }) => {
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

const lose: Handler<'lost'> = (session, { trouble, aliveAt }, circumstances) =>
  retry({ ...session, lostAt: session.lostAt ?? aliveAt }, { type: 'failed', trouble }, circumstances);

/**
 * Marks a gap: the connection broke while missed events came, and the recovery token that came first is newer than
 * those that did not come any more.
 */
const brokenOff = (session: FeedSession): FeedSession => ({
  ...session,
  gap: untold('the connection broke while missed events came'),
});

const giveUp =
  (message: string): Handler<'timeout'> =>
  (session, _, circumstances) =>
    retry(session, { type: 'failed', trouble: { kind: 'passing', message } }, circumstances);

/**
 * A refused subscription is tried again without presence, where that may be the reason: presence is only a second
 * source.
 */
const subscriptionRefused: Handler<'failed'> = (session, input, circumstances) =>
  session.presence && input.trouble.kind === 'denied'
    ? subscribe({ ...session, presence: false }, circumstances.timing)
    : retry(session, input, circumstances);

const mostUnreadable = 10;

/** Marks a gap: a frame that cannot be read may have been an event. After too many the connection is replaced. */
const suspectLoss: Handler<'unreadable'> = (session, { what }, circumstances) => {
  const reason = `${what} could not be read`;
  const next = { ...session, unreadable: session.unreadable + 1, gap: untold(reason) };
  if (next.unreadable > mostUnreadable) {
    const trouble = { kind: 'passing', message: 'the gateway sends what cannot be read' } as const;
    return retry(next, { type: 'failed', trouble }, circumstances);
  }
  return session.phase === 'live' || session.phase === 'resyncing' ? announce(next, reason) : stay(next);
};

const connection: Row = { lost: lose, unreadable: suspectLoss };
const final: Row = {};

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
    echo: (session, _, { now }) => settle(session, now),
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

const shown: Record<FeedPhase, FeedState> = {
  idle: 'idle',
  token: 'connecting',
  connecting: 'connecting',
  subscribing: 'connecting',
  recovering: 'recovering',
  resyncing: 'resyncing',
  live: 'live',
  waiting: 'waiting',
  denied: 'denied',
  closed: 'idle',
};

/**
 * The status that the feed resource shows. A new connection after a loss is `recovering` until it is live; the reason
 * says how much of a wait is left.
 */
export function statusOf(
  { phase, subscribed, reason, retryAt }: FeedSession,
  now: number,
): Omit<FeedStatus, 'since'> {
  const state = shown[phase] === 'connecting' && subscribed ? 'recovering' : shown[phase];
  return { state, ...(reason ? { reason: formatTrouble({ reason, retryAt }, now) } : {}) };
}
