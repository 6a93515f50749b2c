import { delay } from '../../shared/delay.ts';
import type { Logger } from '../../shared/log.ts';
import type { RedisClient } from './client.ts';
import type { Redis } from './redis.ts';
import { isWrongType, WrongType } from './wrong-type.ts';

/** An entry of a stream as Redis gives it: its id, then names and values in turn. */
export type StreamEntry = [id: string, fields: string[]];

interface Followed {
  /** Of the last entry that was handed over. */
  id: string;
  onEntries(entries: StreamEntry[]): void;
}

/** Entries that are read of one stream at a time. */
const batch = 500;
/** In ms: how long one read waits for what is to come. */
const blockMs = 1_000;
const retryMs = 100;
/** In ms: for how long a stream is left out whose key has something else. */
const leftOutMs = 1_000;
/**
 * In ms for each stream, between two reads: each read names all of them, so that with hundreds a read for every entry would
 * keep Redis and this process busy with names.
 */
const pauseMs = 0.05;

/** Reads all streams of a process as they grow, over one connection that nothing else waits for. */
export class LogTail {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #followed = new Map<string, Followed>();
  /** A stream that is written to end a read that waits, when another stream is to be read, too. */
  readonly #wake: string;
  #wakeId = '0-0';
  /** Streams that cannot be read for now: a read that names one gives nothing of the others. */
  readonly #leftOut = new Set<string>();
  #reader: RedisClient | undefined;
  #isReading = false;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    this.#wake = redis.key('replica', redis.replica, 'wake');
  }

  /**
   * Calls `onEntries` with what comes after the entry `id`, in order.
   * @returns ends it
   */
  follow(stream: string, id: string, onEntries: (entries: StreamEntry[]) => void): () => void {
    const followed = { id, onEntries };
    this.#followed.set(stream, followed);
    if (this.#isReading) this.#wakeUp();
    else void this.#read().catch((err: unknown) => this.#log.error({ err }, 'the log is not read any more'));
    return () => {
      if (this.#followed.get(stream) === followed) this.#followed.delete(stream);
    };
  }

  close(): void {
    this.#followed.clear();
    this.#reader?.close();
    this.#reader = undefined;
  }

  #wakeUp(): void {
    void this.#redis
      .send('XADD', this.#wake, 'MAXLEN', 1, '*', 'w', 1)
      .then(() => this.#redis.send('PEXPIRE', this.#wake, 60_000))
      .catch(() => {});
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    this.#reader ??= this.#redis.createReader(() => {});
    const reader = this.#reader;
    let isConnected = false;
    while (this.#followed.size > 0 && this.#reader === reader) {
      try {
        if (!isConnected) {
          isConnected = true;
          await reader.connect(10_000);
        }
        const asked = new Map([...this.#followed].filter(([stream]) => !this.#leftOut.has(stream)));
        this.#handOver(await reader.send(this.#command(asked)), asked);
        if (asked.size * pauseMs >= 1) await delay(this.#redis.clock, asked.size * pauseMs);
      } catch (error) {
        if (isWrongType(error)) await this.#leaveOut();
        // It connects again by itself; what was missed meanwhile is read then.
        await delay(this.#redis.clock, retryMs);
      }
    }
    this.#isReading = false;
    // Not kept for lines that nobody uses.
    if (this.#reader === reader) {
      reader.close();
      this.#reader = undefined;
    }
  }

  async #leaveOut(): Promise<void> {
    for (const stream of this.#followed.keys()) {
      await this.#redis.send('XLEN', stream).catch((error) => {
        if (error instanceof WrongType) this.#leftOut.add(stream);
      });
    }
    this.#redis.clock.after(leftOutMs, () => this.#leftOut.clear());
  }

  #command(asked: ReadonlyMap<string, Followed>): string[] {
    const streams = [...asked];
    return [
      ...['XREAD', 'COUNT', String(batch), 'BLOCK', String(blockMs), 'STREAMS', this.#wake],
      ...streams.map(([stream]) => stream),
      this.#wakeId,
      ...streams.map(([, { id }]) => id),
    ];
  }

  #handOver(answer: unknown, asked: ReadonlyMap<string, Followed>): void {
    for (const [stream, entries] of (answer ?? []) as [string, StreamEntry[]][]) {
      const lastId = entries.at(-1)?.[0];
      if (lastId === undefined) continue;
      if (stream === this.#wake) this.#wakeId = lastId;
      const followed = asked.get(stream);
      // Meanwhile nobody may follow it any more, or from another entry on.
      if (!followed || this.#followed.get(stream) !== followed) continue;
      followed.id = lastId;
      followed.onEntries(entries);
    }
  }
}
