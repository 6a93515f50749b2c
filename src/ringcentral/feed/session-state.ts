import type { RecoveryToken } from '../wire/feed.ts';
import type { FeedFault } from './feed-fault.ts';

/** Phases of the event session. `waiting` is for the next try; `denied` and `closed` are final. */
export type FeedPhase =
  | 'idle'
  | 'token'
  | 'connecting'
  | 'subscribing'
  | 'recovering'
  | 'resyncing'
  | 'live'
  | 'waiting'
  | 'denied'
  | 'closed';

/** The whole state of the event session. Immutable: each step makes a new one. */
export interface FeedSession {
  readonly phase: FeedPhase;
  /** Tries since the connection was last steady: they decide how long the next wait is. */
  readonly attempts: number;
  /** The same for tries that cost nothing of the rate limits. */
  readonly freeAttempts: number;
  /** Logins or tokens refused in a row. */
  readonly refusals: number;
  /** The newest `wsc` (platform.md 5.3): a new connection continues with it where the lost one stopped. */
  readonly recovery?: Readonly<RecoveryToken>;
  /** How many events and how many ms the gateway keeps for a recovery, as it announced (platform.md 5.3). */
  readonly keeps: { readonly events: number; readonly ms: number };
  /** Epoch ms at which the lost connection was last known to work. */
  readonly lostAt?: number;
  /** Notifications since the recovery began. */
  readonly recovered: number;
  /** Whether the context of `recovery` has our subscription: only then a recovery brings events. */
  readonly subscribed: boolean;
  /** Why the calls have to be read again, and whether the listeners know; absent when nothing was missed. */
  readonly gap?: { readonly reason: string; readonly told: boolean };
  /** Own presence is subscribed to as a second source; false once the platform has refused it. */
  readonly presence: boolean;
  /** Frames on this connection that could not be read. */
  readonly unreadable: number;
  /** Epoch ms since when the subscription has worked. */
  readonly steadySince?: number;
  /** Why it is not live, in words for a person. */
  readonly reason?: string;
  /** Epoch ms of the next try, while waiting. */
  readonly retryAt?: number;
}

export type FeedInput =
  | { type: 'start' }
  /** `presence`: the login may read presence. */
  | { type: 'token'; uri: string; presence: boolean }
  /** The token could not be had, or the subscription was refused. */
  | { type: 'failed'; trouble: FeedFault }
  /** ConnectionDetails. */
  | { type: 'connected'; recovery?: 'Successful' | 'Failed'; keeps?: Partial<FeedSession['keeps']> }
  | { type: 'subscribed' }
  /** A notification was delivered; only reported while recovering. */
  | { type: 'notified' }
  | { type: 'recoveryToken'; token: string; sequence: number }
  /** The gateway answered the heartbeat that was sent when it recovered: all that it had kept has come. */
  | { type: 'probeAnswered' }
  | { type: 'unreadable'; what: string }
  /** The connection has ended, or is useless. */
  | { type: 'lost'; trouble: FeedFault; aliveAt: number }
  /** The timer of this phase has run out. */
  | { type: 'timeout' }
  | { type: 'resynced' }
  | { type: 'close' };

export type FeedEffect =
  | { do: 'fetchToken' }
  | { do: 'connect'; uri: string; recoveryToken?: string }
  | { do: 'subscribe'; presence: boolean }
  /** Send a heartbeat whose answer is reported as `probeAnswered`. */
  | { do: 'probe' }
  | { do: 'drop' }
  /** Report `timeout` after `ms`, unless the phase changes before. */
  | { do: 'timeout'; ms: number }
  | { do: 'gap'; reason: string };

export const initial: FeedSession = {
  phase: 'idle',
  attempts: 0,
  freeAttempts: 0,
  refusals: 0,
  keeps: { events: 100, ms: 180_000 },
  recovered: 0,
  subscribed: false,
  gap: { reason: 'the feed has just been opened', told: false },
  presence: true,
  unreadable: 0,
};

/** The session of a feed that goes on with what another process has kept: nothing is missed, if that can be recovered. */
export const continued = ({ token, sequence, at }: RecoveryToken & { at: number }): FeedSession => ({
  ...initial,
  gap: undefined,
  recovery: { token, sequence },
  subscribed: true,
  lostAt: at,
});
