import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { asMessage, isRequest, type RpcBody } from '../json-rpc.ts';
import { Refusal, rpcCode } from '../refusal.ts';
import { tidy } from '../tidy-message.ts';

/** The longest line that is read, in bytes: as long as a body over HTTP. */
const longestLine = 1024 * 1024;
const newline = 0x0a;

/** A batch whose answers are sent as one. */
interface Batch {
  /** Ids of requests that have no answer yet. */
  open: Set<string | number>;
  answers: unknown[];
}

/**
 * JSON-RPC over a pair of streams, one message a line. Unlike the SDK's transport it answers a line that is no
 * message or too long with an error, and reads on.
 *
 * Batches exist in revision 2025-03-26 only; `allowsBatches` says whether that was negotiated. One is answered as
 * one.
 */
export class StdioTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: Transport['onclose'];
  onerror?: Transport['onerror'];
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #allowsBatches: () => boolean;
  readonly #batches = new Set<Batch>();
  #line: Buffer[] = [];
  #length = 0;
  #closed = false;

  constructor(input: Readable, output: Writable, allowsBatches: () => boolean) {
    this.#input = input;
    this.#output = output;
    this.#allowsBatches = allowsBatches;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#read);
    this.#input.on('error', this.#failed);
    this.#input.once('end', this.#ended);
    this.#input.once('close', this.#ended);
    this.#output.on('error', this.#failed);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#ended);
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The connection is closed.'));
    const batch = 'method' in message ? undefined : this.#settle(message.id);
    if (!batch) return this.#write(message);
    batch.answers.push(message);
    return this.#writeIfWhole(batch);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.off('data', this.#read);
    this.#input.pause();
    this.onclose?.();
  }

  readonly #ended = () => void this.close();
  // Listens on the output after the end, too: a late write to a host that has gone must not end the process.
  readonly #failed = (error: Error) => {
    if (this.#closed) return;
    this.onerror?.(error);
    void this.close();
  };

  readonly #read = (chunk: Buffer | string) => {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#keep(rest.subarray(0, end));
      this.#take();
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
  };

  /** Adds bytes to the current line; of one that is too long only the length is kept. */
  #keep(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > longestLine) this.#line = [];
    else if (bytes.length > 0) this.#line.push(bytes);
  }

  /** Handles the current line, which is complete, and begins the next. */
  #take(): void {
    const tooLong = this.#length > longestLine;
    const text = Buffer.concat(this.#line).toString('utf8').trim();
    this.#line = [];
    this.#length = 0;
    if (tooLong) {
      this.#refuse(rpcCode.invalidRequest, `Invalid Request: a line has at most ${longestLine} bytes.`);
    } else if (text !== '') this.#parse(text);
  }

  #parse(text: string): void {
    let body: unknown;
    try {
      body = tidy(JSON.parse(text));
    } catch {
      this.#refuse(rpcCode.parseError, 'Parse error: a line is one JSON-RPC message.');
      return;
    }
    if (!Array.isArray(body)) this.#deliver(body);
    else if (body.length === 0) this.#refuse(rpcCode.invalidRequest, 'Invalid Request: the batch is empty.');
    else if (this.#allowsBatches()) this.#deliverBatch(body);
    else this.#refuseBatch(body);
  }

  /** Refuses each request of a batch under its own id, so that no host waits for an answer. */
  #refuseBatch(bodies: unknown[]): void {
    const why =
      'Invalid Request: batches are part of protocol revision 2025-03-26 only; send one message a line.';
    const ids = bodies.map(idOf).filter((id) => id !== null);
    for (const id of ids.length > 0 ? ids : [null]) this.#refuse(rpcCode.invalidRequest, why, id);
  }

  #deliverBatch(bodies: unknown[]): void {
    const batch: Batch = { open: new Set(), answers: [] };
    const messages: RpcBody[] = [];
    for (const body of bodies) {
      const checked = this.#check(body);
      if ('error' in checked) {
        batch.answers.push(checked.error);
        continue;
      }
      if (isRequest(checked.message)) batch.open.add(checked.message.id);
      messages.push(checked.message);
    }
    this.#batches.add(batch);
    if (batch.open.size === 0) this.#writeIfWhole(batch).catch(this.#failed);
    for (const message of messages) this.#hand(message);
  }

  #deliver(body: unknown): void {
    const checked = this.#check(body);
    if ('error' in checked) void this.#write(checked.error).catch(this.#failed);
    else this.#hand(checked.message);
  }

  /** The message, or the error that answers what is none. */
  #check(body: unknown): { message: RpcBody } | { error: object } {
    try {
      return { message: asMessage(body) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { error: errorAnswer(error.code, error.message, idOf(body)) };
    }
  }

  #hand(message: RpcBody): void {
    if (message.method === 'notifications/cancelled') {
      // A cancelled request gets no answer: the others of its batch must not wait for one.
      const batch = this.#settle((message.params as { requestId?: unknown } | undefined)?.requestId);
      if (batch) this.#writeIfWhole(batch).catch(this.#failed);
    }
    this.onmessage?.(message as JSONRPCMessage);
  }

  /** Removes the request from its batch, and gives the batch; undefined where it is in none. */
  #settle(id: unknown): Batch | undefined {
    for (const batch of this.#batches) if (batch.open.delete(id as string | number)) return batch;
    return undefined;
  }

  /** Sends the answers of a batch when the last is there. */
  async #writeIfWhole(batch: Batch): Promise<void> {
    if (batch.open.size > 0) return;
    this.#batches.delete(batch);
    if (batch.answers.length > 0) await this.#write(batch.answers);
  }

  #refuse(code: number, message: string, id: string | number | null = null): void {
    this.onerror?.(new Error(message));
    this.#write(errorAnswer(code, message, id)).catch(this.#failed);
  }

  #write(message: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }
}

const errorAnswer = (code: number, message: string, id: string | number | null) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** The id of what may be a message; null where it has none. */
function idOf(body: unknown): string | number | null {
  const { id } = (typeof body === 'object' && body !== null ? body : {}) as { id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
