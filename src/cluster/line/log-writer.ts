import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import { Fenced, type LineLog } from './line-log.ts';
import type { LogEntry } from './log-entry.ts';

export interface LogWriterOptions {
  log: LineLog;
  clock: Clock;
  /** Of the leader: what it writes is refused once another leads, and tried again until then. */
  token?: string;
  /** The feed's newest recovery token, sealed, where it has changed; it is written with what came before it. */
  takeRecovery?: () => string;
  /** A write was carried out that was sent at this time of `performance.now()`. */
  written?: (sentAt: number) => void;
  /** Another leads, or more waits than is kept. */
  fenced?: (reason: string) => void;
}

interface Waiting {
  entry: LogEntry;
  size: number;
  written: () => void;
  failed: (error: unknown) => void;
}

/** Entries and characters that are written at a time. */
const mostAtATime = 200;
const mostCharacters = 256 * 1024;
/** Characters that wait for Redis at most: the leader then gives up, and the next recovers what it could not write. */
const mostWaiting = 8 * 1024 * 1024;
const retryMs = 100;

/** Writes entries of one replica into the log, in their order; those that come while one write is under way share the next. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #waiting: Waiting[] = [];
  #size = 0;
  #isWriting = false;
  #isClosed = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Resolves when it is in the log. @throws Fenced; Failure `unavailable` */
  write(entry: LogEntry): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Fenced('it does not lead any more'));
    return new Promise((written, failed) => {
      const size = sizeOf(entry);
      if (this.#size + size > mostWaiting) {
        failed(tooMuch());
        this.#options.fenced?.('Redis takes less than comes in');
        return;
      }
      this.#size += size;
      this.#waiting.push({ entry, size, written, failed });
      this.#flushSoon();
    });
  }

  /** Writes the recovery token with the next entries, or alone. */
  flush(): void {
    this.#flushSoon();
  }

  /** Nothing more is written. */
  close(): void {
    this.#isClosed = true;
    for (const { failed } of this.#waiting) failed(new Fenced('it does not lead any more'));
    this.#waiting = [];
    this.#size = 0;
  }

  #flushSoon(): void {
    if (this.#isWriting || this.#isClosed) return;
    this.#isWriting = true;
    // Together with all that comes in the same turn.
    queueMicrotask(() => void this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const batch = this.#nextBatch();
      if (!(await this.#writeBatch(batch))) break;
    }
    this.#isWriting = false;
  }

  #nextBatch(): Waiting[] {
    let characters = 0;
    const count = this.#waiting.findIndex(({ size }, index) => {
      characters += size;
      return index > 0 && (index >= mostAtATime || characters > mostCharacters);
    });
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
  }

  /** @returns false where nothing more can be written */
  async #writeBatch(batch: Waiting[]): Promise<boolean> {
    const { log, clock, token, takeRecovery, written, fenced } = this.#options;
    const sentAt = performance.now();
    // It covers all that has come in, so it must not be kept before the last of that.
    const recovery = this.#waiting.length === 0 ? (takeRecovery?.() ?? '') : '';
    for (;;) {
      try {
        await log.append(
          batch.map(({ entry }) => entry),
          token,
          recovery,
        );
        break;
      } catch (error) {
        // What the leader could not write may be in the log or not: twice it does no harm.
        if (token !== undefined && error instanceof Failure && !this.#isClosed) {
          await delay(clock, retryMs);
          continue;
        }
        for (const { failed } of batch) failed(error);
        this.#drop(batch);
        if (token === undefined) return true;
        fenced?.((error as Error).message);
        return false;
      }
    }
    written?.(sentAt);
    this.#drop(batch);
    for (const one of batch) one.written();
    return true;
  }

  #drop(batch: readonly Waiting[]): void {
    for (const { size } of batch) this.#size -= size;
  }
}

/** About as many characters as it has as JSON, without making it twice. */
function sizeOf(entry: LogEntry): number {
  return entry.kind === 'event' ? 1_000 * (1 + entry.event.parties.length) : 2_000;
}

const tooMuch = () =>
  new Failure(
    'unavailable',
    'Redis, which the replicas share, takes less than comes in. Try again in a few seconds.',
    {
      retryAfterSeconds: 5,
    },
  );
