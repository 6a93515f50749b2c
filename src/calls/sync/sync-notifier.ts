import type { Clock } from '../../shared/clock.ts';
import { Listeners, type OnDefect } from '../../shared/listeners.ts';

/** How long, in ms, readings are waited for; what is not there by then comes later, and is told with its age. */
export const patienceMs = 5_000;

export interface SyncNotifierOptions {
  clock: Clock;
  /** Ends all waits. */
  signal: AbortSignal;
  onDefect: OnDefect;
}

/** Tells listeners that the status of the sync changed, and those who wait for readings that some have come. */
export class SyncNotifier {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #statusListeners: Listeners<[]>;
  readonly #progressListeners: Listeners<[]>;

  constructor({ clock, signal, onDefect }: SyncNotifierOptions) {
    this.#clock = clock;
    this.#signal = signal;
    this.#statusListeners = new Listeners(onDefect);
    this.#progressListeners = new Listeners(onDefect);
  }

  /** See `CallSync.onStatus`. */
  onStatus(listener: () => void): () => void {
    return this.#statusListeners.add(listener);
  }

  /** `CallSync.status()` has changed. */
  statusChanged(): void {
    this.#statusListeners.emit();
  }

  /** Something was read or has failed, the feed has another state, or the sync is closed: waits may be over. */
  progressed(): void {
    this.#progressListeners.emit();
  }

  /** Both: `statusChanged`, then `progressed`. */
  changed(): void {
    this.statusChanged();
    this.progressed();
  }

  /** Waits until `isDone`, asked now and after each progress; for `ms` at most, and not once the sync is closed. */
  waitUntil(isDone: () => boolean, ms: number): Promise<void> {
    if (isDone() || this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(ms, finish);
      const stop = this.#progressListeners.add(() => {
        if (isDone() || this.#signal.aborted) finish();
      });
    });
  }
}
