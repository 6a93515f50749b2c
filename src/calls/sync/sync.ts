import type { Failure } from '../../shared/failure.ts';
import type { Merged } from '../store/call-log.ts';
import type { FeedView, SessionView } from '../store/views.ts';
import type { RecentCall } from './call-reader.ts';
import type { ReadOptions } from './platform-reader.ts';

/** Keeps the picture of calls true, for those who look at it, act on it and wait. */
export interface Sync {
  /**
   * Starts the feed and the reading; called at the first real need of the calls. Harmless when open; never throws:
   * trouble is in `status()`.
   */
  open(): void;
  /**
   * For whoever looks: resolves when all that was in the log by now is in the picture, a moment later at most. Nothing
   * to wait for where this process keeps the log.
   */
  caughtUp(): Merged;
  /** Opens, and waits at most `ms` for the first sync, or until it is known to fail; false when there is none yet. */
  ready(ms: number): Promise<boolean>;
  /**
   * For who looks at all calls: waits a moment for the first sync, and without events asks the platform now, unless
   * it was asked just before. Never throws: what could not be read is in `status()` and `unavailableReason`.
   */
  ensureFresh(): Promise<void>;
  /** What has kept the calls from being read since the start; undefined where nothing has, or events tell a part. */
  readonly failure: Failure | undefined;
  /** Why nothing can be said of the calls; undefined after the first sync, or where events tell a part. */
  readonly unavailableReason: Failure | undefined;
  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView>;
  /**
   * The same, with the clock's time `at` at which the request left: everything that changed before it is in `call`.
   * Finds out first which extension is logged in, so that `yourPartyId` is known.
   */
  refreshTimed(telephonySessionId: string, options?: ReadOptions): Promise<{ call: SessionView; at: number }>;
  /** The call as it is now: see `CallReader.recent`. Throws the reader's `Failure` for a call that was never seen. */
  recent(telephonySessionId: string, partyId?: string): Promise<RecentCall>;
  /**
   * Reads presence now, then the calls that it sees differently and those that are stale, within the budget for
   * background reads; waits a few seconds at most. Throws the reader's `Failure` when presence cannot be read.
   */
  refreshAll(): Promise<void>;
  /**
   * Somebody waits for what happens on this call, or to this party of it: where no event tells, it is read again
   * about every three seconds, within the budget for background reads. `waitMs`: how long the wait lasts at most,
   * where that is known; the last reading is then at its end. Returns a function that ends it.
   */
  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void;
  /**
   * Somebody waits for whatever happens: without events presence is read every few seconds. `waitMs` as in `watch`.
   * Returns a function that ends it.
   */
  watchAll(waitMs?: number): () => void;
  /**
   * For who has waited for this call, or this party of it, and is about to say that nothing happened: what no event
   * tells is read once more, within the share of those who wait. False where it could not be.
   */
  lookLast(telephonySessionId: string, partyId?: string): Promise<boolean>;
  /** The same for who has waited for whatever happens. */
  lookLastAtAll(): Promise<boolean>;
  /** How true the picture is now. */
  status(): FeedView;
  /** Calls `listener` when `status()` changed in state, staleness or progress. Returns a function that stops it. */
  onStatus(listener: () => void): () => void;
  /** Stops reading and reconciling; the feed is its owner's to close. */
  close(): void;
}
