import type { Clock } from '../../shared/clock.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { Coverage } from './coverage.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { ReadQueue } from './read-queue.ts';
import { patienceMs, type SyncNotifier } from './sync-notifier.ts';

export interface BackgroundReadsOptions {
  calls: Calls;
  callLog: CallLog;
  reader: PlatformReader;
  coverage: Coverage;
  notifier: SyncNotifier;
  clock: Clock;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  /** A session was read, or its reading given up. */
  onDone: (telephonySessionId: string) => void;
  onDefect: OnDefect;
}

/**
 * Reads single sessions in the background, within the rate limit, and notes in `coverage` which could not be read.
 */
export class BackgroundReads {
  readonly #options: BackgroundReadsOptions;
  readonly #queue: ReadQueue;

  constructor(options: BackgroundReadsOptions) {
    this.#options = options;
    const { calls, callLog, reader, coverage, clock, budgetWaitMs, signal, onDefect } = options;
    const readSession: PlatformReader['readSession'] = (id, how) =>
      reader.readSession(id, how).catch((error: unknown) => {
        coverage.refused(id, error);
        throw error;
      });
    this.#queue = new ReadQueue({
      calls,
      callLog,
      reader: { ...reader, readSession },
      clock,
      budgetWaitMs,
      signal,
      onDone: (id, isAnswered) => this.#onDone(id, isAnswered),
      onDefect,
    });
  }

  /** Asks for a reading of a session: see `ReadQueue.want`. */
  want(telephonySessionId: string, delayMs?: number): void {
    this.#queue.want(telephonySessionId, delayMs);
  }

  /** Asks for a reading now, unless one is waiting or under way already. */
  wantUnlessQueued(telephonySessionId: string): void {
    if (!this.#queue.has(telephonySessionId)) this.#queue.want(telephonySessionId, 0);
  }

  /**
   * Waits until none of these calls waits for its reading, `patienceMs` at most, and not for what the rate limit holds
   * up for longer.
   */
  untilRead(ids: Iterable<string>): Promise<void> {
    const all = [...ids];
    const isDone = () => !all.some((id) => this.#queue.isImminent(id, patienceMs));
    return this.#options.notifier.waitUntil(isDone, patienceMs);
  }

  close(): void {
    this.#queue.close();
  }

  /** `isAnswered`: the platform gave the call, or said finally that it will not. */
  #onDone(telephonySessionId: string, isAnswered: boolean): void {
    const { coverage, notifier, onDone } = this.#options;
    if (isAnswered && coverage.answered(telephonySessionId)) notifier.statusChanged();
    onDone(telephonySessionId);
    notifier.progressed();
  }
}
