import type { Writable } from 'node:stream';
import { maskNumber } from './mask-number.ts';

/** Lines that scripts and operators rely on: written at every level but `silent`, and never dropped. */
const promisedLines = ['sandbox', 'listening', 'approvals', 'audit log closed'] as const;
export type PromisedLine = (typeof promisedLines)[number];
const promised: ReadonlySet<string> = new Set(promisedLines);

/** A number in E.164, also with separators between its digits, or encoded for a URL. */
const number = /(?:\+|%2B)\d(?:[\d ().-]{5,20}\d)/gi;
const masked = (line: string): string => line.replace(number, maskNumber);

export interface LogSinkOptions {
  /** Phone numbers stand as they are. */
  fullNumbers?: boolean;
  /** Bytes that wait for a reader at most; lines beyond are dropped and counted. */
  mostWaiting?: number;
}

/**
 * Where log lines go. Never blocks and never throws, whoever reads or does not: a full pipe costs lines, which are
 * counted and told when there is a reader again; a closed one costs all of them.
 */
export class LogSink {
  /** Set by pino before each line. */
  lastMsg: unknown;
  readonly #stream: Writable;
  readonly #tidy: (line: string) => string;
  readonly #mostWaiting: number;
  #dropped = 0;
  #isBroken = false;

  constructor(stream: Writable, { fullNumbers = false, mostWaiting = 256 * 1024 }: LogSinkOptions = {}) {
    Object.assign(this, { [Symbol.for('pino.metadata')]: true });
    this.#stream = stream;
    this.#tidy = fullNumbers ? (line) => line : masked;
    this.#mostWaiting = mostWaiting;
    stream.on('drain', () => this.#tellDropped());
    // The reader went away (EPIPE): there is nobody left to tell.
    stream.on('error', () => {
      this.#isBroken = true;
    });
  }

  write(line: string): void {
    if (this.#isBroken) return;
    const text = this.#tidy(line);
    const isPromised = typeof this.lastMsg === 'string' && promised.has(this.lastMsg);
    if (!isPromised && this.#stream.writableLength + Buffer.byteLength(text) > this.#mostWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#tellDropped();
    this.#stream.write(text);
  }

  /** Resolves when all lines have gone out, at the latest after `ms`. */
  flushed(ms: number): Promise<void> {
    if (this.#isBroken || this.#stream.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      // Called in order: when this has gone out, so has all before it.
      this.#stream.write('', done);
    });
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const time = new Date().toISOString();
    const line = {
      level: 'warn',
      time,
      dropped: this.#dropped,
      msg: 'log lines were dropped: nobody read them',
    };
    this.#dropped = 0;
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }
}
