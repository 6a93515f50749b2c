import { randomUUID } from 'node:crypto';
import { createServer as createListener, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerEventBus } from '@modelcontextprotocol/server';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { ConfigError, type HttpConfig } from '../config.ts';
import type { McpServerFactory } from './connection.ts';
import { createDoor } from './door.ts';
import type { Exchange, Route } from './exchange.ts';
import { defaultLimits, type Limits, Quota } from './limits.ts';
import { createMcpEndpoint } from './mcp.ts';
import { local } from './principal.ts';
import { Refusal, refuse } from './refusal.ts';

export interface HttpOptions {
  config: HttpConfig;
  createServer: McpServerFactory;
  /** Changes of resources, published once per process. Its first subscriber is the first modern listener. */
  bus: ServerEventBus;
  log: Logger;
  clock?: Clock;
  limits?: Partial<Limits>;
}

type SseEndpoint = ReturnType<typeof import('./sse.ts').createSseEndpoint>;

export interface HttpServer {
  /** `http://127.0.0.1:NNNN/mcp` */
  url: string;
  /** Stops accepting, lets requests under way finish, ends streams properly. */
  close(): Promise<void>;
}

/** Listens, and answers when it does. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { config, createServer, bus, log, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const door = createDoor(config.host, config.publicUrl);
  const shared = {
    createServer,
    limits,
    clock,
    log,
    places: new Quota('sessions', limits.sessions, limits.sessions),
    streams: new Quota('event streams', limits.streams, limits.streams),
  };
  const mcp = createMcpEndpoint({ ...shared, bus });
  let sse: Promise<SseEndpoint> | undefined;
  const loadSse = () => {
    sse ??= import('./sse.ts').then(({ createSseEndpoint }) =>
      createSseEndpoint({ ...shared, messagesPath: `${prefix(config.publicUrl)}/messages` }),
    );
    return sse;
  };
  const routes: Record<string, Route> = {
    '/mcp': { methods: ['GET', 'POST', 'DELETE'], handle: mcp.handle },
    '/sse': { methods: ['GET'], handle: async (exchange) => (await loadSse()).open(exchange) },
    '/messages': { methods: ['POST'], handle: async (exchange) => (await loadSse()).post(exchange) },
  };
  const underWay = new Set<Exchange>();
  let closing = false;

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const exchange: Exchange = { request, response, principal: local, lasting: false };
    underWay.add(exchange);
    response.once('close', () => underWay.delete(exchange));
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('x-request-id', randomUUID());
    dropSlowReader(response, limits.unsentBytes);
    try {
      // Exactly as written: no decoding, no dots, no doubled slashes, nothing to be clever with.
      const path = request.url?.split('?', 1)[0] ?? '';
      const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
      if (!route?.anyHost) door.check(request);
      if (!route) throw new Refusal(404, 'There is nothing here; MCP is at /mcp.');
      if (!route.methods.includes(request.method ?? '')) {
        throw new Refusal(405, `${request.method} is not offered here.`, {
          headers: { allow: route.methods.join(', ') },
        });
      }
      if (closing) {
        throw new Refusal(503, 'This server is shutting down.', { headers: { connection: 'close' } });
      }
      await route.handle(exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'request failed');
      refuse(response, error instanceof Refusal ? error : new Refusal(500, 'Internal error.'));
    }
  }

  const listener = createListener(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 75_000,
    },
    (request, response) => void answer(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, config)));
    listener.listen(config.port, config.host, resolve);
  });

  return {
    url: `${origin(listener.address() as AddressInfo)}/mcp`,
    async close() {
      closing = true;
      const closed = new Promise((resolve) => listener.close(resolve));
      await answered(
        [...underWay].filter(({ lasting }) => !lasting),
        limits.drainMs,
        clock,
      );
      await Promise.all([mcp.close(), sse?.then((endpoint) => endpoint.close())]);
      // The streams have been ended; their last bytes may be on the way.
      await answered([...underWay], 1_000, clock);
      listener.closeAllConnections();
      await closed;
    },
  };
}

/** The path under which a proxy offers this server. */
const prefix = (publicUrl = 'http://localhost') => new URL(publicUrl).pathname.replace(/\/$/, '');

const origin = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

function explain(error: NodeJS.ErrnoException, { host, port }: HttpConfig): Error {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(`${host}:${port} is in use by another program; choose another port (0 = any).`);
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
    return new ConfigError(`--http cannot listen on ${host}:${port} (${error.code}).`);
  }
  return error;
}

/**
 * A client that reads slower than we write would fill our memory: past the limit its connection ends. It comes back
 * with `Last-Event-ID`, or reads what it missed.
 */
function dropSlowReader(response: ServerResponse, limit: number) {
  const write = response.write.bind(response);
  response.write = ((chunk: string | Uint8Array) => {
    if (response.writableLength > limit) {
      response.destroy();
      return false;
    }
    write(chunk);
    // Backpressure would only move the heap into the stream before this one, where nobody can count it.
    return true;
  }) as ServerResponse['write'];
}

/** Resolves when all of them have been answered to the last byte, or after `ms`. */
async function answered(exchanges: Exchange[], ms: number, clock: Clock): Promise<void> {
  const closed = exchanges.map(({ response }) => new Promise((resolve) => response.once('close', resolve)));
  let stop = () => {};
  const late = new Promise<void>((resolve) => {
    stop = clock.after(ms, resolve);
  });
  await Promise.race([Promise.all(closed), late]);
  stop();
}
