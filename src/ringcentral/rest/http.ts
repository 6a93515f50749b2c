import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../../shared/clock.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import { HttpHeaders } from './http-headers.ts';
import { proxyFor, proxyRefusal } from './proxy.ts';
import type { Priority, RequestSlot } from './rate-limiter.ts';

/** Rules for one request beside method, URL and body. The SDK passes them through unread. */
export interface RequestRules {
  /** The endpoint with its parameters unfilled, by which a rate group is learned. */
  route?: string;
  group?: RateGroup;
  priority?: Priority;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** A place in the rate limit that was taken before; else one is taken. */
  slot?: RequestSlot;
  /** Called right before the request leaves; what it throws is thrown, and nothing is sent. */
  beforeSend?: () => void;
}

interface RequestInit extends RequestRules {
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The part of a fetch Request that `@ringcentral/sdk` uses. */
export class HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers = new HttpHeaders();
  readonly body: string | undefined;
  readonly rules: RequestRules;

  constructor(url: string, { method, headers = {}, body, ...rules }: RequestInit) {
    this.url = url;
    this.method = method;
    this.body = body;
    this.rules = rules;
    for (const [name, value] of Object.entries(headers)) this.headers.set(name, value);
  }
}

/** The part of a fetch Response that `@ringcentral/sdk` uses. The body has arrived, so it can be read again. */
export class HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: string;

  constructor(status: number, headers: HttpHeaders, body: string) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  clone(): this {
    return this;
  }
  /** @throws SyntaxError when the body is not JSON. */
  async json(): Promise<unknown> {
    return JSON.parse(this.body);
  }
}

/** No answer came. `reached`: the request may have got to the platform, so an action may have been done. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly why: 'broken' | 'timed-out' | 'cancelled';
  readonly reached: boolean;

  constructor(why: NetworkError['why'], message: string, reached: boolean) {
    super(message);
    this.why = why;
    this.reached = reached;
  }
}

/** One HTTP exchange, and the connections that are kept for the next. */
export interface Http {
  /** @throws NetworkError */
  exchange(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

/**
 * Limit, in ms, for connecting. Before that nothing has been sent, and most of an outage is waiting for a connection.
 */
const connectMs = 4_000;
const maxResponseBytes = 32 * 1024 * 1024;
const idleSocketMs = 30_000;

/**
 * HTTP on Node's own client with keep-alive: 0.6 of the time of Node's fetch (bench/fetch.ts), and it can tell a
 * request that never left from one that may have arrived. Redirects are not followed: the API has none.
 */
export function createHttp(clock: Clock, defaultTimeoutMs: number): Http {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: idleSocketMs }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: idleSocketMs }),
  };

  const open = (url: URL, { method, headers, body }: HttpRequest, proxy?: Agent): ClientRequest => {
    const length = method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body ?? '') };
    const options = { method, headers: { ...Object.fromEntries(headers), ...length } };
    return url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: proxy ?? agents['https:'] })
      : requestHttp(url, { ...options, agent: proxy ?? agents['http:'] });
  };

  const exchange = (request: HttpRequest, url: URL, proxy?: Agent): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const { signal, timeoutMs = defaultTimeoutMs } = request.rules;
      const outgoing = open(url, request, proxy);
      let reached = false;

      const fail = (why: NetworkError['why'], message: string): void => {
        settle();
        reject(new NetworkError(why, message, reached));
        outgoing.destroy();
      };
      const cancel = (): void => fail('cancelled', 'cancelled');
      const stopTimer = clock.after(timeoutMs, () =>
        fail('timed-out', `no answer within ${timeoutMs / 1000} s`),
      );
      const stopConnectTimer = clock.after(connectMs, () => {
        if (!reached) fail('timed-out', `no connection within ${connectMs / 1000} s`);
      });
      const settle = (): void => {
        stopTimer();
        stopConnectTimer();
        signal?.removeEventListener('abort', cancel);
      };

      outgoing.on('socket', (socket) => {
        const isReady = !socket.connecting && !('secureConnecting' in socket && socket.secureConnecting);
        if (isReady) reached = true;
        else
          socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
            reached = true;
          });
      });
      outgoing.on('proxyConnect', (answer) => {
        const refusal = proxyRefusal(answer);
        if (refusal) fail('broken', refusal);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => fail('broken', error.code ?? error.message));
      outgoing.on('response', (incoming) => {
        readBody(incoming).then(
          (body) => {
            settle();
            resolve(new HttpResponse(incoming.statusCode ?? 0, readHeaders(incoming), body));
          },
          (reason: string) => fail('broken', reason),
        );
      });
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
      else outgoing.end(request.body);
    });

  return {
    async exchange(request) {
      const url = new URL(request.url);
      const proxy = await proxyFor(url).catch(({ message }: Error) => {
        throw new NetworkError('broken', message, false);
      });
      return exchange(request, url, proxy?.agent);
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

function readHeaders(incoming: IncomingMessage): HttpHeaders {
  const headers = new HttpHeaders();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  return headers;
}

/** Reads the whole body. Rejects with the cause as a string. */
function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxResponseBytes) reject('the answer is too large');
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', (error: NodeJS.ErrnoException) => reject(error.code ?? error.message));
    incoming.on('aborted', () => reject('the connection broke'));
  });
}
