import type { Clock } from '../base/clock.ts';
import type { LiveCalls } from './live-calls.ts';

/** So old does a call get that somebody waits for, where no event tells what happens on it. */
const pauseMs = 3_000;
/** Of the Light requests that the platform allows in a minute (platform.md 7), so many are spent on those who wait. */
const share = 0.4;

export interface AttentionOptions {
  calls: LiveCalls;
  clock: Clock;
  signal: AbortSignal;
  /** Light requests a minute that the platform allows. */
  lightPerMinute: () => number;
  /** This call should be read now. */
  onDue: (telephonySessionId: string) => void;
}

interface Watched {
  /** One per who waits: the party that matters, or all of the call. */
  watchers: Set<{ partyId: string | undefined }>;
  cancel: () => void;
}

/**
 * Calls that somebody waits for. At extension scope the platform tells of the user's own parties only
 * (platform.md 4.5): that a colleague answers is found by reading, which is worth its requests only while somebody
 * wants to know.
 */
export class Attention {
  readonly #options: AttentionOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  /** Has the call read again and again where events don't tell of `partyId`, or of all of it. The answer ends it. */
  watch(telephonySessionId: string, partyId?: string): () => void {
    const watched = this.#watched.get(telephonySessionId) ?? { watchers: new Set(), cancel: () => undefined };
    const watcher = { partyId };
    watched.watchers.add(watcher);
    this.#watched.set(telephonySessionId, watched);
    this.#look(telephonySessionId, watched);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size > 0) return;
      watched.cancel();
      this.#watched.delete(telephonySessionId);
    };
  }

  close(): void {
    for (const { cancel } of this.#watched.values()) cancel();
    this.#watched.clear();
  }

  /** Reads the call if it is old enough, and comes back when it will be. */
  #look(telephonySessionId: string, watched: Watched): void {
    const { calls, clock, signal, onDue } = this.#options;
    watched.cancel();
    if (signal.aborted) return;
    const pause = this.#pauseMs();
    const since = [...watched.watchers]
      .map(({ partyId }) => calls.unseenSince(telephonySessionId, partyId))
      .find((at) => at !== undefined);
    // Not longer than a pause, also when the clock was set back.
    const waitMs = since === undefined ? pause : Math.min(pause, since + pause - clock.now());
    if (waitMs <= 0) onDue(telephonySessionId);
    watched.cancel = clock.after(waitMs > 0 ? waitMs : pause, () => this.#look(telephonySessionId, watched));
  }

  /** The more calls are waited for, the longer, so that all of them together keep to their share. */
  #pauseMs(): number {
    return Math.max(pauseMs, (this.#watched.size * 60_000) / (this.#options.lightPerMinute() * share));
  }
}
