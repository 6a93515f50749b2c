import type { Presence, TelephonyEvent } from './event.ts';

/** States of the event feed, as `ringcentral://telephony/feed` shows them. `denied` is final. */
export type FeedState = 'idle' | 'connecting' | 'live' | 'recovering' | 'resyncing' | 'waiting' | 'denied';

export interface FeedStatus {
  state: FeedState;
  /** When this state began, epoch ms. */
  since: number;
  /** Why it is not live, in words for a person. */
  reason?: string;
}

export interface FeedListener {
  /** A telephony event, which may come twice: delivery is at least once. `receivedAt` in epoch ms. */
  event(event: TelephonyEvent, receivedAt: number): void;
  presence(presence: Presence, receivedAt: number): void;
  status(status: FeedStatus): void;
  /** Events may have been lost: the calls must be read again before they count as fresh. */
  gap(reason: string): void;
}

/** With it a new connection continues where a lost one stopped (platform.md 5.3). A secret. */
export interface RecoveryToken {
  token: string;
  sequence: number;
}

/** For a feed that goes on where that of another process stopped, and whose own place another can take. */
export interface FeedContinuation {
  /** What the other kept last, and when, epoch ms. */
  from?: RecoveryToken & { at: number };
  /**
   * Called with the newest token, right after the listeners have been told of what came before it; not while missed events
   * come, because a newer token would hide from the next that some of them are gone.
   */
  keep(token: RecoveryToken): void;
}

/** The live event feed. Nothing is opened before `start`. */
export interface Feed {
  readonly status: FeedStatus;
  /** Opens the feed; harmless when it is open. */
  start(): void;
  /**
   * Tells the feed that the calls have been read again after a gap: `resyncing` becomes `live`. Only for a reading
   * that began after the newest gap.
   */
  resynced(): void;
  listen(listener: FeedListener): () => void;
  /** Takes a delivery whose origin has been checked, where RingCentral delivers events to an address. */
  receive?(notification: unknown): void;
  close(): Promise<void>;
}
