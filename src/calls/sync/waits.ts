import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Calls } from '../store/call-log.ts';
import type { BackgroundReads } from './background-reads.ts';
import { PresencePolling, type PresencePollingOptions } from './presence-polling.ts';
import { presenceReads } from './reconciler.ts';
import { WaitersShare } from './waiters-share.ts';
import { WatchedCalls } from './watched-calls.ts';

/** platform.md 7. */
const heavyPerMinute = 10;

/**
 * Without events presence is read so often for who waits: a quarter of the Light requests, or under half of the
 * Heavy.
 */
const pollMs: Record<Scope, number> = { extension: 5_000, account: 15_000 };

export interface WaitsOptions {
  calls: Calls;
  clock: Clock;
  scope: Scope;
  signal: AbortSignal;
  reads: BackgroundReads;
  /** Of the Light requests. */
  share: WaitersShare;
  /** False while events come in, or before the first sync. */
  isPollNeeded: PresencePollingOptions['isNeeded'];
  poll: PresencePollingOptions['poll'];
}

/** Has read, for those who wait for one call or for any, what no event tells. */
export class Waits {
  readonly #watchedCalls: WatchedCalls;
  readonly #polling: PresencePolling;

  constructor(options: WaitsOptions) {
    const { calls, clock, scope, signal, reads, share, isPollNeeded, poll } = options;
    this.#watchedCalls = new WatchedCalls({ calls, clock, signal, share, reads });
    this.#polling = new PresencePolling({
      clock,
      signal,
      pollMs: pollMs[scope],
      share: presenceReads[scope].group === 'light' ? share : new WaitersShare(clock, () => heavyPerMinute),
      isNeeded: isPollNeeded,
      poll,
    });
  }

  /** See `CallSync.watch`. */
  watch(telephonySessionId: string, partyId: string | undefined, waitMs: number | undefined): () => void {
    return this.#watchedCalls.watch(telephonySessionId, partyId, waitMs);
  }

  /** See `CallSync.watchAll`. */
  watchAll(waitMs: number | undefined): () => void {
    return this.#polling.watch(waitMs);
  }

  /** See `CallSync.lookLast`. */
  lookLast(telephonySessionId: string, partyId: string | undefined): Promise<boolean> {
    return this.#watchedCalls.last(telephonySessionId, partyId);
  }

  /** See `CallSync.lookLastAtAll`. */
  lookLastAtAll(): Promise<boolean> {
    return this.#polling.last();
  }

  /** For who looks at all calls: reads them now, where no event tells of them. */
  pollNow(): Promise<void> {
    return this.#polling.pollNow();
  }

  close(): void {
    this.#watchedCalls.close();
  }
}
