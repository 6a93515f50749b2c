import type { Clock } from '../../shared/clock.ts';
import { Failure, isTransient } from '../../shared/failure.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { retryDelayMs } from './retry.ts';

/** Readings at a time: enough to hide the platform's latency, few enough not to delay the agent's calls. */
const maxInFlight = 4;
/** Delay, in ms, before a reading: events of one call come in bursts and share one reading. */
const settleMs = 250;
/**
 * Pauses, in ms, before a failed reading is tried again; after the last one it is left to the next comparison with
 * presence.
 */
const retryMs = [2_000, 4_000, 8_000, 16_000, 32_000];
/** More than there are live calls. */
const defaultMaxJobs = 25_000;

interface Job {
  id: string;
  dueAt: number;
  /** The platform wants no try before this, epoch ms. */
  notBefore: number;
  attempts: number;
  isBeingRead: boolean;
  /** Set where it was wanted again while it was being read, which may be too old: ms until the next reading. */
  rereadDelayMs: number | undefined;
}

export interface ReadQueueOptions {
  calls: Calls;
  callLog: CallLog;
  reader: PlatformReader;
  clock: Clock;
  budgetWaitMs: BudgetWait;
  signal: AbortSignal;
  /**
   * A session was read, or its reading given up. `isAnswered`: the platform gave the call, or said finally that it
   * will not.
   */
  onDone: (telephonySessionId: string, isAnswered: boolean) => void;
  onDefect: OnDefect;
  /**
   * Sessions that wait or are being read; one above that is given up at once, and the next reconciling wants it
   * again.
   */
  maxJobs?: number;
}

/**
 * Reads sessions in the background: in order, one reading per session at a time, within what `budgetWaitMs` leaves.
 */
export class ReadQueue {
  readonly #options: ReadQueueOptions;
  readonly #jobs = new Map<string, Job>();
  #inFlight = 0;
  #cancelTimer = (): void => undefined;

  constructor(options: ReadQueueOptions) {
    this.#options = options;
  }

  has(telephonySessionId: string): boolean {
    return this.#jobs.has(telephonySessionId);
  }

  /** Whether the session's reading comes within `ms`, or is under way: false where the rate limit holds it up longer. */
  isImminent(telephonySessionId: string, ms: number): boolean {
    const job = this.#jobs.get(telephonySessionId);
    return job !== undefined && (job.isBeingRead || this.#options.budgetWaitMs('light') <= ms);
  }

  /**
   * Asks for a reading of a session in `delayMs`. Several requests for one session share a reading; the earliest time
   * counts.
   */
  want(telephonySessionId: string, delayMs: number = settleMs): void {
    const { clock, maxJobs = defaultMaxJobs, onDone } = this.#options;
    const job = this.#jobs.get(telephonySessionId);
    if (job) {
      if (job.isBeingRead) job.rereadDelayMs = Math.min(job.rereadDelayMs ?? delayMs, delayMs);
      else this.#moveForward(job, clock.now() + delayMs);
      return;
    }
    if (this.#jobs.size >= maxJobs) {
      onDone(telephonySessionId, false);
      return;
    }
    const dueAt = clock.now() + delayMs;
    this.#jobs.set(telephonySessionId, {
      id: telephonySessionId,
      dueAt,
      notBefore: 0,
      attempts: 0,
      isBeingRead: false,
      rereadDelayMs: undefined,
    });
    this.#pump();
  }

  #moveForward(job: Job, dueAt: number): void {
    if (dueAt >= job.dueAt) return;
    job.dueAt = Math.max(dueAt, job.notBefore);
    this.#pump();
  }

  close(): void {
    this.#cancelTimer();
    this.#jobs.clear();
  }

  /** Starts the readings that are due and within the rate limit, and sets the timer for the next. */
  #pump(): void {
    const { clock, budgetWaitMs, signal } = this.#options;
    this.#cancelTimer();
    if (signal.aborted) return;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.values()) {
      if (this.#inFlight >= maxInFlight) return;
      if (job.isBeingRead) continue;
      if (job.dueAt > clock.now()) {
        nextAt = Math.min(nextAt, job.dueAt);
        continue;
      }
      const waitMs = budgetWaitMs('light');
      if (waitMs > 0) {
        nextAt = clock.now() + waitMs;
        break;
      }
      void this.#read(job);
    }
    if (nextAt < Number.POSITIVE_INFINITY) {
      this.#cancelTimer = clock.after(Math.max(1, nextAt - clock.now()), () => this.#pump());
    }
  }

  async #read(job: Job): Promise<void> {
    const { calls, callLog, reader, signal } = this.#options;
    job.isBeingRead = true;
    this.#inFlight += 1;
    const requestedAt = calls.stamp();
    let failure: unknown;
    try {
      const session = await reader.readSession(job.id, { signal, priority: 'background' });
      await callLog.snapshot(session, requestedAt);
    } catch (error) {
      failure = error;
    }
    if (failure instanceof Failure && failure.kind === 'not_found') {
      await Promise.resolve(callLog.notFound(job.id, requestedAt)).catch((error: unknown) => {
        failure = error;
      });
    }
    this.#inFlight -= 1;
    job.isBeingRead = false;
    if (signal.aborted) return;
    if (isTransient(failure) && this.#retry(job, failure)) return;
    this.#jobs.delete(job.id);
    const isDefect = failure !== undefined && !(failure instanceof Failure);
    if (isDefect) this.#options.onDefect(failure);
    if (job.rereadDelayMs !== undefined) this.want(job.id, job.rereadDelayMs);
    else this.#options.onDone(job.id, !isDefect && !isTransient(failure));
    this.#pump();
  }

  #retry(job: Job, failure: Failure): boolean {
    const pauseMs = retryMs[job.attempts];
    if (pauseMs === undefined) return false;
    const now = this.#options.clock.now();
    job.attempts += 1;
    job.rereadDelayMs = undefined;
    job.notBefore = now + (failure.details.retryAfterSeconds ?? 0) * 1000;
    job.dueAt = now + retryDelayMs(pauseMs, failure);
    this.#pump();
    return true;
  }
}
