import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { apiErrors, errorReply } from '../rest/errors.ts';
import type { ApiReply } from '../rest/exchange.ts';
import type { Platform } from '../rest/platform.ts';
import type { ConnectionContext, FrameSink } from './context.ts';

/** Requests that a client may have under way on one connection (platform.md 5.3). */
export const MAX_ACTIVE_REQUESTS = 10;
/** Frames that wait in a frozen connection, and bytes that a slow client leaves unread, before it is dropped. */
const FROZEN_FRAMES_KEPT = 10_000;
const UNREAD_BYTES_KEPT = 16 * 1024 * 1024;

export interface ConnectionTimes {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
}

/** What a client may send: `[meta]` or `[meta, body]`. */
const heartbeatSchema = z.object({ type: z.literal('Heartbeat'), messageId: z.string() });
const requestSchema = z.object({
  type: z.literal('ClientRequest'),
  messageId: z.string(),
  method: z.string().toUpperCase(),
  path: z.string().startsWith('/'),
  headers: z.record(z.string(), z.unknown()).default({}),
  query: z.record(z.string(), z.unknown()).default({}),
});
const frameSchema = z.union([
  z.tuple([z.discriminatedUnion('type', [heartbeatSchema, requestSchema])]),
  z.tuple([z.discriminatedUnion('type', [heartbeatSchema, requestSchema]), z.unknown()]),
]);

/** One open WebSocket: frames in and out, keep-alive, the end by silence or age (platform.md 5.3, 5.6). */
export class Connection implements FrameSink {
  readonly context: ConnectionContext;
  readonly #socket: WebSocket;
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #times: ConnectionTimes;
  readonly #cancelAbsolute: () => void;
  readonly #pinger: NodeJS.Timeout;
  #pongDeadline: NodeJS.Timeout | undefined;
  #cancelIdle: () => void = () => undefined;
  #lastActivity: number;
  /** Those that are never answered stay. */
  #activeRequests = 0;
  /** Frames that wait while the connection is frozen. */
  #frozen: string[] | undefined;

  constructor(
    socket: WebSocket,
    context: ConnectionContext,
    parts: { platform: Platform; clock: Clock; times: ConnectionTimes },
  ) {
    this.#socket = socket;
    this.context = context;
    this.#platform = parts.platform;
    this.#clock = parts.clock;
    this.#times = parts.times;
    this.#lastActivity = parts.clock.now();
    this.#watchIdle(parts.times.idleTimeoutMs);
    this.#cancelAbsolute = parts.clock.setTimeout(
      () => this.fail('WSG-903', 'Connection absolute timeout'),
      parts.times.absoluteTimeoutMs,
    );
    // Whether the peer's machine answers is a matter of real time, whatever the sandbox's clock says.
    this.#pinger = setInterval(() => this.#ping(), parts.times.pingIntervalMs).unref();
    socket.on('message', (data) => void this.#receive(String(data)));
    socket.on('ping', () => this.#active());
    socket.on('pong', () => this.#pong());
    socket.on('close', () => this.#stop());
  }

  send(meta: object, body?: unknown): void {
    this.sendText(JSON.stringify(body === undefined ? [meta] : [meta, body]));
  }

  sendText(text: string): void {
    this.#active();
    if (this.#frozen) {
      if (this.#frozen.length >= FROZEN_FRAMES_KEPT) this.#socket.terminate();
      else this.#frozen.push(text);
      return;
    }
    if (this.#socket.bufferedAmount > UNREAD_BYTES_KEPT) this.#socket.terminate();
    else this.#socket.send(text);
  }

  /** An Error frame, then the close that it announces. */
  fail(errorCode: string, message: string): void {
    this.send({ type: 'Error', messageId: randomUUID() }, { errorCode, message });
    this.#socket.close(1000);
  }

  /** Without a code the network breaks; with one the gateway hangs up properly. */
  close(code?: number): void {
    if (code === undefined || code === 1005 || code === 1006 || code === 1015) this.#socket.terminate();
    else this.#socket.close(code);
  }

  /** Half-open: nothing goes out and nothing is read until `thaw`. */
  freeze(): void {
    this.#frozen ??= [];
    this.#socket.pause();
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = undefined;
    this.#socket.resume();
    for (const text of waiting) this.sendText(text);
  }

  async #receive(text: string): Promise<void> {
    this.#active();
    const frame = parseFrame(text);
    if (!frame) {
      const error = { errorCode: 'CMN-103', message: 'Invalid frame' };
      this.send({ type: 'Error', messageId: randomUUID() }, error);
      return;
    }
    const [meta, body] = frame;
    if (meta.type === 'Heartbeat') this.send({ type: 'Heartbeat', messageId: meta.messageId });
    else await this.#tunnel(meta, body);
  }

  /** A REST call through the socket. One too many is answered like any request beyond a limit (assumed). */
  async #tunnel(meta: z.infer<typeof requestSchema>, body: unknown): Promise<void> {
    if (this.#activeRequests >= MAX_ACTIVE_REQUESTS) {
      this.#answer(meta.messageId, errorReply(apiErrors.rateExceeded(), { RCRequestId: randomUUID() }));
      return;
    }
    this.#activeRequests += 1;
    const [path = '', pathQuery] = meta.path.split('?', 2);
    const query = new URLSearchParams(pathQuery);
    for (const [name, value] of Object.entries(meta.query)) {
      for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
    }
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    for (const [name, value] of Object.entries(meta.headers)) headers[name.toLowerCase()] = String(value);
    const answer = await this.#platform.answer({
      method: meta.method,
      path,
      query,
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
      tunnel: { session: this.context.session, connectionId: this.context.id },
    });
    if (answer.kind === 'silence') return;
    this.#activeRequests -= 1;
    if (answer.kind === 'cut-off') this.#socket.terminate();
    else this.#answer(meta.messageId, answer.reply);
  }

  /** The answer is a ClientRequest again (platform.md 5.3). */
  #answer(messageId: string, { status, headers, body, html }: ApiReply): void {
    const wsc = this.context.nextWsc();
    this.send({ type: 'ClientRequest', messageId, status, headers, wsc }, body ?? html);
  }

  #active(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** Looks again when the silence could be long enough, instead of a new timer for every frame. */
  #watchIdle(ms: number): void {
    this.#cancelIdle = this.#clock.setTimeout(() => {
      const left = this.#lastActivity + this.#times.idleTimeoutMs - this.#clock.now();
      if (left > 0) this.#watchIdle(left);
      else this.fail('WSG-902', 'Connection idle timeout');
    }, ms);
  }

  #ping(): void {
    if (this.#frozen || this.#pongDeadline) return;
    this.#socket.ping();
    this.#pongDeadline = setTimeout(() => {
      this.#pongDeadline = undefined;
      if (!this.#frozen) this.#socket.terminate();
    }, this.#times.pongTimeoutMs).unref();
  }

  #pong(): void {
    clearTimeout(this.#pongDeadline);
    this.#pongDeadline = undefined;
  }

  #stop(): void {
    clearInterval(this.#pinger);
    clearTimeout(this.#pongDeadline);
    this.#cancelIdle();
    this.#cancelAbsolute();
  }
}

function parseFrame(text: string): z.infer<typeof frameSchema> | undefined {
  try {
    return frameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
