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
/**
 * Frames that wait in a frozen connection, and bytes that a slow client has not read, before the connection is
 * dropped.
 */
const FROZEN_FRAMES_KEPT = 10_000;
const UNREAD_BYTES_KEPT = 16 * 1024 * 1024;

/** Times of a connection in milliseconds (platform.md 5.6). */
export interface ConnectionTimes {
  /** Without a frame in either direction it ends with WSG-902. */
  readonly idleTimeoutMs: number;
  /** At this age it ends with WSG-903. */
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

/**
 * One open WebSocket: its frames, its requests, keep-alive, and its end when it is idle or old (platform.md 5.3,
 * 5.6).
 */
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
  /** Requests under way; those that a fault leaves unanswered count for ever. */
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
    // In real time: how fast the client's machine answers does not depend on the sandbox's clock.
    this.#pinger = setInterval(() => this.#ping(), parts.times.pingIntervalMs).unref();
    socket.on('message', (data) => void this.#receive(String(data)));
    socket.on('ping', () => this.#active());
    socket.on('pong', () => this.#pong());
    socket.on('close', () => this.#stop());
  }

  /** Sends a frame: `[meta]` or `[meta, body]`. */
  send(meta: object, body?: unknown): void {
    this.sendText(JSON.stringify(body === undefined ? [meta] : [meta, body]));
  }

  /** Sends a frame as it is. While the connection is frozen it waits. */
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

  /** Sends an Error frame and closes. */
  fail(errorCode: string, message: string): void {
    this.send({ type: 'Error', messageId: randomUUID() }, { errorCode, message });
    this.#socket.close(1000);
  }

  /** Closes with that code; without one, or with one that no close frame may carry, the TCP connection breaks. */
  close(code?: number): void {
    if (code === undefined || code === 1005 || code === 1006 || code === 1015) this.#socket.terminate();
    else this.#socket.close(code);
  }

  /** Neither sends nor reads until `thaw`, with the TCP connection open. */
  freeze(): void {
    this.#frozen ??= [];
    this.#socket.pause();
  }

  /** Sends what has waited and reads again. */
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

  /** Answers a REST request. One beyond MAX_ACTIVE_REQUESTS gets 429 CMN-301 (assumed). */
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

  /** Answers with a frame that is of type ClientRequest again (platform.md 5.3). */
  #answer(messageId: string, { status, headers, body, html, text }: ApiReply): void {
    const wsc = this.context.nextWsc();
    this.send({ type: 'ClientRequest', messageId, status, headers, wsc }, body ?? text ?? html);
  }

  #active(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** One timer that looks at the last activity when it is due, instead of a new timer for each frame. */
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
