import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { consoleFiles, consoleHeaders } from './console/files.ts';
import { apiErrors, errorReply } from './rest/errors.ts';
import type { Answer, ApiReply, ApiRequest } from './rest/exchange.ts';

const LOOPBACK = '127.0.0.1';
/** Longest bodies. One of the control interface may inject thousands of events. */
const API_BODY_BYTES = 256 * 1024;
const CONTROL_BODY_BYTES = 32 * 1024 * 1024;

/** What answers each kind of request. */
export interface Handlers {
  /** REST and OAuth. */
  platform(request: ApiRequest): Promise<Answer>;
  /** The control interface; `path` is relative to its own. */
  control(request: ApiRequest): ApiReply;
  /** The WebSocket gateway. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Where each of them is. */
export interface HandlerPaths {
  readonly platform: string;
  readonly control: string;
  readonly gateway: string;
}

/**
 * The sandbox's HTTP server. It listens on 127.0.0.1 only, and answers 403 to requests whose Host or Origin is
 * another one: a web page elsewhere could make a browser send requests here, also under a host name that resolves to
 * loopback.
 */
export class LoopbackServer {
  readonly #server: Server = createServer();
  readonly #paths: HandlerPaths;

  constructor(paths: HandlerPaths) {
    this.#paths = paths;
    // Longer than clients keep idle connections: a server that closes first loses requests that are on their way.
    this.#server.keepAliveTimeout = 65_000;
  }

  /**
   * Port 0 takes a free one. Returns `http://127.0.0.1:PORT`; rejects with the error of node:net if it cannot listen.
   */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, LOOPBACK, resolve);
    });
    return `http://${LOOPBACK}:${this.#port()}`;
  }

  /** Answers requests from now on. */
  serve(handlers: Handlers): void {
    this.#server.on('request', (request, response) => void this.#answer(request, response, handlers));
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const path = (request.url ?? '').split('?', 1)[0];
      if (path === this.#paths.gateway && this.#isFromHere(request)) handlers.upgrade(request, socket, head);
      else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  }

  /** Closes every connection and frees the port. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, handlers: Handlers): Promise<void> {
    const file = request.method === 'GET' && this.#isFromHere(request) && consoleFiles[request.url ?? ''];
    if (file) {
      response.writeHead(200, { ...consoleHeaders, 'content-type': file[0] }).end(file[1]);
      return;
    }
    try {
      const answer = await this.#dispatch(request, handlers);
      if (answer.kind === 'reply') write(response, answer.reply);
      else if (answer.kind === 'cut-off') response.destroy();
    } catch (error) {
      // The client went away in the middle of its request.
      if (!request.complete) return;
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
      if (!response.headersSent) write(response, errorReply(apiErrors.internal()));
    }
  }

  async #dispatch(request: IncomingMessage, handlers: Handlers): Promise<Answer> {
    const refuse = (status: number, error: string): Answer => ({
      kind: 'reply',
      reply: { status, body: { error } },
    });
    if (!this.#isFromHere(request)) return refuse(403, 'Host or Origin is not this sandbox');
    const target = request.url ?? '/';
    if (!URL.canParse(target, 'http://sandbox')) return refuse(400, 'The path cannot be parsed');
    const { pathname, searchParams } = new URL(target, 'http://sandbox');
    const isControl = pathname.startsWith(`${this.#paths.control}/`);
    const isPlatform = `${pathname}/`.startsWith(this.#paths.platform);
    if (!isControl && !isPlatform) return refuse(404, 'There is nothing here');
    const body = await readBody(request, isControl ? CONTROL_BODY_BYTES : API_BODY_BYTES);
    if (body === undefined) return { kind: 'reply', reply: errorReply(apiErrors.bodyTooLarge()) };
    const exchange: ApiRequest = {
      method: request.method ?? 'GET',
      path: isControl ? pathname.slice(this.#paths.control.length) : pathname,
      query: searchParams,
      headers: singleHeaders(request),
      body,
    };
    if (!isControl) return handlers.platform(exchange);
    if (body !== '' && !exchange.headers['content-type']?.startsWith('application/json')) {
      return refuse(415, 'Content-Type must be application/json');
    }
    return { kind: 'reply', reply: handlers.control(exchange) };
  }

  #isFromHere(request: IncomingMessage): boolean {
    const hosts = [LOOPBACK, 'localhost', '[::1]'].map((host) => `${host}:${this.#port()}`);
    const { host, origin } = request.headers;
    if (host === undefined || !hosts.includes(host)) return false;
    return origin === undefined || hosts.some((allowed) => origin === `http://${allowed}`);
  }

  #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
}

/** Undefined when it is larger than `limit` bytes. */
async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString();
}

function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

function write(response: ServerResponse, reply: ApiReply): void {
  const { type, content } = contentOf(reply);
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(content === '' ? {} : { 'Content-Type': type }),
    ...(reply.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(content) }),
  });
  response.end(content);
}

function contentOf({ body, html, text, audio }: ApiReply): { type: string; content: string | Uint8Array } {
  if (audio !== undefined) return { type: audio.type, content: audio.bytes };
  if (html !== undefined) return { type: 'text/html;charset=UTF-8', content: html };
  const content = text ?? (body === undefined ? '' : JSON.stringify(body));
  return { type: 'application/json;charset=UTF-8', content };
}
