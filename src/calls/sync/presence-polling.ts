import type { Clock } from '../../shared/clock.ts';
import { justNowMs, type WaitersShare } from './waiters-share.ts';
import { fittingPause, Watchers } from './watchers.ts';

export interface PresencePollingOptions {
  clock: Clock;
  signal: AbortSignal;
  /** How often it is looked again for who waits. */
  pollMs: number;
  share: WaitersShare;
  /** False while events come in, or there is nothing yet that could be looked at again. */
  isNeeded: () => boolean;
  /**
   * Reads presence, what it sees differently, and what is about to change; with `readsAll` also all that is stale.
   * Resolves to whether presence was read in time. Never throws.
   */
  poll: (readsAll: boolean) => Promise<boolean>;
}

/** Without events nothing is known but what is read: looks at all calls, shared by all who want to see them. */
export class PresencePolling {
  readonly #options: PresencePollingOptions;
  #whole: Promise<boolean> | undefined;
  #latest: { at: number; isRead: Promise<boolean> } | undefined;
  readonly #watchers = new Watchers();
  #cancel = (): void => undefined;

  constructor(options: PresencePollingOptions) {
    this.#options = options;
  }

  /** Looks; who comes while somebody looks shares that. */
  async pollNow(): Promise<void> {
    if (!this.#options.isNeeded()) return;
    this.#whole ??= this.#look(true).finally(() => {
      this.#whole = undefined;
    });
    await this.#whole;
  }

  /**
   * Looks again and again while somebody waits: about every `pollMs`, and so that the last look is at the end of
   * `waitMs`, where it is known how long the wait lasts. Returns a function that ends it.
   */
  watch(waitMs?: number): () => void {
    const remove = this.#watchers.add(waitMs);
    if (fittingPause(waitMs, this.#options.pollMs) <= this.#pauseMs) this.#scheduleNext();
    return () => {
      remove();
      if (this.#watchers.size === 0) this.#cancel();
    };
  }

  /** Looks for who has waited; false where that could not be read, or no request is left for it. */
  async last(): Promise<boolean> {
    const { clock, isNeeded, share } = this.#options;
    if (!isNeeded()) return true;
    const isRecent = this.#latest !== undefined && clock.now() - this.#latest.at < justNowMs;
    if (isRecent) return (await this.#latest?.isRead) === true;
    return share.take() && (await this.#look(false));
  }

  get #pauseMs(): number {
    return this.#watchers.pauseMs(this.#options.pollMs);
  }

  #look(readsAll: boolean): Promise<boolean> {
    const isRead = this.#options.poll(readsAll);
    this.#latest = { at: this.#options.clock.now(), isRead };
    this.#scheduleNext();
    return isRead;
  }

  /** The next look is a whole pause from now. */
  #scheduleNext(): void {
    const { clock, signal, isNeeded, share } = this.#options;
    this.#cancel();
    if (this.#watchers.size === 0) return;
    this.#cancel = clock.after(this.#pauseMs, () => {
      if (signal.aborted) return;
      if (isNeeded() && share.take()) void this.#look(false);
      else this.#scheduleNext();
    });
  }
}
