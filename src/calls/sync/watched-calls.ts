import type { Clock } from '../../shared/clock.ts';
import type { Calls } from '../store/call-log.ts';
import type { BackgroundReads } from './background-reads.ts';
import { justNowMs, type WaitersShare } from './waiters-share.ts';
import { Watchers } from './watchers.ts';

/** So old does a call get that somebody waits for, where no event tells what happens on it. */
const pauseMs = 3_000;

export interface WatchedCallsOptions {
  calls: Calls;
  clock: Clock;
  signal: AbortSignal;
  /** Of the Light requests. */
  share: WaitersShare;
  reads: Pick<BackgroundReads, 'want' | 'untilRead'>;
}

interface Watched {
  /** By the party that matters to them. */
  watchers: Watchers<string>;
  cancel: () => void;
}

/**
 * Calls that somebody waits for. At extension scope the platform tells of the user's own parties only
 * (platform.md 4.5): that a colleague answers is found by reading, which is worth its requests only while somebody
 * wants to know.
 */
export class WatchedCalls {
  readonly #options: WatchedCallsOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: WatchedCallsOptions) {
    this.#options = options;
  }

  /**
   * Has the call read again and again where events don't tell of `partyId`, or of all of it: so that the last reading
   * is at the end of `waitMs`, where it is known how long the wait lasts. Returns a function that ends it.
   */
  watch(telephonySessionId: string, partyId?: string, waitMs?: number): () => void {
    const watched = this.#watched.get(telephonySessionId) ?? {
      watchers: new Watchers(),
      cancel: () => undefined,
    };
    const remove = watched.watchers.add(waitMs, partyId);
    this.#watched.set(telephonySessionId, watched);
    this.#readWhenOld(telephonySessionId, watched);
    return () => {
      remove();
      if (watched.watchers.size > 0) return;
      watched.cancel();
      this.#watched.delete(telephonySessionId);
    };
  }

  /**
   * Has the call read for who has waited for it, unless events tell or it was read just now; waits a few seconds at
   * most. False where it could not be read, or no request is left for it.
   */
  async last(telephonySessionId: string, partyId?: string): Promise<boolean> {
    const { calls, clock, share, reads } = this.#options;
    const unseenSince = () => calls.unseenSince(telephonySessionId, partyId);
    const before = unseenSince();
    if (before === undefined) return true;
    const isJustNow = () => clock.now() - before < justNowMs;
    if (!isJustNow()) {
      if (!share.take()) return false;
      reads.want(telephonySessionId, 0);
    }
    await reads.untilRead([telephonySessionId]);
    return unseenSince() !== before || isJustNow();
  }

  close(): void {
    for (const { cancel } of this.#watched.values()) cancel();
    this.#watched.clear();
  }

  /** Reads the call if it is old enough, and comes back when it will be. */
  #readWhenOld(telephonySessionId: string, watched: Watched): void {
    const { calls, clock, signal, share, reads } = this.#options;
    watched.cancel();
    if (signal.aborted) return;
    const pause = this.#pauseMs(watched);
    const since = watched.watchers
      .parts()
      .map((partyId) => calls.unseenSince(telephonySessionId, partyId))
      .find((at) => at !== undefined);
    // Not longer than a pause, also when the clock was set back.
    const waitMs = since === undefined ? pause : Math.min(pause, since + pause - clock.now());
    if (waitMs <= 0 && share.take()) reads.want(telephonySessionId, 0);
    watched.cancel = clock.after(waitMs > 0 ? waitMs : pause, () =>
      this.#readWhenOld(telephonySessionId, watched),
    );
  }

  /** The more calls are waited for, the longer, so that all of them together keep to their share. */
  #pauseMs({ watchers }: Watched): number {
    const least = Math.max(pauseMs, (this.#watched.size * 60_000) / this.#options.share.perMinute);
    return watchers.pauseMs(least);
  }
}
