import type { Trouble } from './trouble.ts';

/** Where the event session stands. `waiting` is for the next try, `denied` and `closed` are final. */
export type Phase =
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

/** All that the session remembers. Plain data: a step gives a new one. */
export interface Session {
  readonly phase: Phase;
  /** Tries since it was last steady, for the back-off. */
  readonly attempts: number;
  /** The same of tries that cost nothing of the platform's limits. */
  readonly freeAttempts: number;
  /** Logins or tokens refused in a row. */
  readonly refusals: number;
  /** The newest `wsc` (platform.md 5.3): with it a new connection takes up where the lost one stopped. */
  readonly recovery?: { readonly token: string; readonly sequence: number };
  /** What the gateway keeps for a recovery, as it announced (platform.md 5.3). */
  readonly keeps: { readonly events: number; readonly ms: number };
  /** The last moment at which the lost connection is known to have worked. */
  readonly lostAt?: number;
  /** Notifications since the recovery began. */
  readonly recovered: number;
  /** The context that `recovery` names has our subscription: only then does recovering it bring events. */
  readonly subscribed: boolean;
  /** Why the picture has to be read again, and whether its readers have been told; absent when nothing was missed. */
  readonly gap?: { readonly reason: string; readonly told: boolean };
  /** Own presence is asked for as a second witness, until the platform refuses that. */
  readonly presence: boolean;
  /** Frames on this connection that could not be read. */
  readonly unreadable: number;
  /** Since when the subscription has worked. */
  readonly steadySince?: number;
  /** For a person: why it is not live. */
  readonly reason?: string;
  /** While waiting: when the next try is made, epoch ms. */
  readonly retryAt?: number;
}

export type Input =
  | { type: 'start' }
  /** `presence`: the login may read presence. */
  | { type: 'token'; uri: string; presence: boolean }
  /** The token could not be had, or the subscription was refused. */
  | { type: 'failed'; trouble: Trouble }
  /** ConnectionDetails. */
  | { type: 'connected'; recovery?: 'Successful' | 'Failed'; keeps?: Partial<Session['keeps']> }
  | { type: 'subscribed' }
  /** A notification has been delivered; told while recovering only. */
  | { type: 'notified' }
  | { type: 'recoveryToken'; token: string; sequence: number }
  /** The gateway answered the heartbeat sent at the recovery: what it had kept has come. */
  | { type: 'echo' }
  | { type: 'unreadable'; what: string }
  /** The connection is gone or good for nothing. */
  | { type: 'lost'; trouble: Trouble; aliveAt: number }
  /** The time of this phase is up. */
  | { type: 'timeout' }
  | { type: 'resynced' }
  | { type: 'close' };

export type Effect =
  | { do: 'fetchToken' }
  | { do: 'connect'; uri: string; recoveryToken?: string }
  | { do: 'subscribe'; presence: boolean }
  /** A heartbeat whose answer is told as `echo`. */
  | { do: 'probe' }
  | { do: 'drop' }
  /** A `timeout` after that time, unless the phase changes before. */
  | { do: 'timeout'; ms: number }
  | { do: 'gap'; reason: string };

export const initial: Session = {
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
