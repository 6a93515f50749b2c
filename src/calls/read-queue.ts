import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { mayPass, retryPauseMs } from './insist.ts';
import type { OnDefect } from './listeners.ts';
import type { LiveCalls } from './live-calls.ts';
import type { Reader, Room } from './reader.ts';

/** Reads at a time: enough to hide the platform's latency, few enough not to crowd out the agent's calls. */
const maxInFlight = 4;
/** Events of one call come in bursts; they share one reading. */
const settleMs = 250;
/** Pauses before a failed read is tried again; after the last it is left to the next reconciling. */
const retryMs = [2_000, 4_000, 8_000, 16_000, 32_000];
/** More than there are live calls. */
const defaultMaxJobs = 25_000;

interface Job {
  id: string;
  dueAt: number;
  /** The platform has asked for no earlier try, epoch ms. */
  notBefore: number;
  attempts: number;
  reading: boolean;
  /** Asked for while it was being read, with this delay: that reading may be too old already. */
  again: number | undefined;
}

export interface ReadQueueOptions {
  calls: LiveCalls;
  reader: Reader;
  clock: Clock;
  room: Room;
  signal: AbortSignal;
  /** A session has been read, or its reading was given up. `isAnswered`: nothing is left to try. */
  onDone: (telephonySessionId: string, isAnswered: boolean) => void;
  onDefect: OnDefect;
  /** Sessions that wait or are being read; one above that is given up at once, and the next reconciling wants it again. */
  maxJobs?: number;
}

/** Background reads of sessions: one per session at a time, in order, within the room that is left for them. */
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

  /** Wants a session read; once is enough, however often it is wanted meanwhile, and the earliest moment counts. */
  want(telephonySessionId: string, delayMs: number = settleMs): void {
    const { clock, maxJobs = defaultMaxJobs, onDone } = this.#options;
    const job = this.#jobs.get(telephonySessionId);
    if (job) {
      if (job.reading) job.again = Math.min(job.again ?? delayMs, delayMs);
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
      reading: false,
      again: undefined,
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

  /** Starts what is due and has room, and comes back when the next is. */
  #pump(): void {
    const { clock, room, signal } = this.#options;
    this.#cancelTimer();
    if (signal.aborted) return;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.values()) {
      if (this.#inFlight >= maxInFlight) return;
      if (job.reading) continue;
      if (job.dueAt > clock.now()) {
        nextAt = Math.min(nextAt, job.dueAt);
        continue;
      }
      const waitMs = room('light');
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
    const { calls, reader, signal } = this.#options;
    job.reading = true;
    this.#inFlight += 1;
    const requestedAt = calls.stamp();
    let failure: unknown;
    try {
      calls.snapshot(await reader.readSession(job.id, { signal, priority: 'background' }), requestedAt);
    } catch (error) {
      failure = error;
    }
    this.#inFlight -= 1;
    job.reading = false;
    if (signal.aborted) return;
    if (mayPass(failure) && this.#retry(job, failure)) return;
    this.#jobs.delete(job.id);
    const isDefect = failure !== undefined && !(failure instanceof Failure);
    if (isDefect) this.#options.onDefect(failure);
    if (failure instanceof Failure && failure.kind === 'not_found') calls.notFound(job.id, requestedAt);
    if (job.again !== undefined) this.want(job.id, job.again);
    else this.#options.onDone(job.id, !isDefect && !mayPass(failure));
    this.#pump();
  }

  #retry(job: Job, failure: Failure): boolean {
    const pauseMs = retryMs[job.attempts];
    if (pauseMs === undefined) return false;
    const now = this.#options.clock.now();
    job.attempts += 1;
    job.again = undefined;
    job.notBefore = now + (failure.details.retryAfterSeconds ?? 0) * 1000;
    job.dueAt = now + retryPauseMs(pauseMs, failure);
    this.#pump();
    return true;
  }
}
