import { createServer as createListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerEventBus } from '@modelcontextprotocol/server';
import { ConfigError, type HttpConfig } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { createIdentity, type Identity } from '../identity/identity.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { answerJson } from '../refusal.ts';
import type { Route } from './exchange.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { defaultLimits, type Limits, Quota, RateLimit } from './limits.ts';
import { createMcpEndpoint } from './mcp-endpoint.ts';
import type { Metrics } from './metrics.ts';
import { nothingAt } from './not-found.ts';
import { createOriginCheck, type OriginCheck } from './origin-check.ts';
import { createPipeline } from './pipeline.ts';

export interface HttpOptions {
  config: HttpConfig;
  createServer: McpServerFactory;
  /** Changes of resources, published once per process. Its first subscriber is the first modern listener. */
  bus: ServerEventBus;
  /** What of the parameters of a `subscriptions/listen` there is something behind; all of them unless told. */
  watchable?: (params: unknown) => Promise<unknown>;
  log: Logger;
  /** For `/readyz`. */
  readiness: () => Readiness;
  metrics?: Metrics;
  /** What others serve here: the webhook receiver. */
  routes?: Record<string, Route>;
  clock?: Clock;
  limits?: Partial<Limits>;
}

export interface HttpServer {
  /** `http://127.0.0.1:NNNN/mcp` */
  url: string;
  /** Stops accepting, lets requests under way finish, ends streams properly; within ten seconds. */
  close(): Promise<void>;
}

/** Listens, and answers when it does. Throws `ConfigError` for what the operator can mend. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { config, createServer, bus, log, metrics, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  let base = config.publicUrl ?? '';
  const identity = createIdentity(config, () => base, clock);
  refuseOpenDoor(config, identity, log);

  // Where everybody is the same principal, one may take all there is.
  const places = new Quota('sessions', limits.sessions, each(limits.sessionsPerPrincipal, limits.sessions));
  const streams = new Quota(
    'event streams',
    limits.streams,
    each(limits.streamsPerPrincipal, limits.streams),
  );
  function each(perPrincipal: number, total: number) {
    return identity.required ? perPrincipal : total;
  }

  const shared = { createServer, limits, clock, log, places, streams };
  const mcp = createMcpEndpoint({
    ...shared,
    bus,
    ...(options.watchable && { watchable: options.watchable }),
  });
  let sse: Promise<SseEndpoint> | undefined;
  const loadSse = () => {
    sse ??= import('../sse/sse-endpoint.ts').then(({ createSseEndpoint }) =>
      createSseEndpoint({ ...shared, messagesPath: `${prefix(config.publicUrl)}/messages` }),
    );
    return sse;
  };

  const originCheck = createOriginCheck(config.host, config.publicUrl);
  const pipeline = createPipeline({
    routes: {
      '/mcp': { methods: ['GET', 'POST', 'DELETE'], handle: mcp.handle },
      '/sse': {
        methods: ['GET'],
        instead: 'GET opens a stream of the old HTTP+SSE; Streamable HTTP is at /mcp.',
        handle: async (exchange) => (await loadSse()).open(exchange),
      },
      '/messages': {
        methods: ['POST'],
        instead: 'HTTP+SSE begins with GET /sse; Streamable HTTP is at /mcp.',
        handle: async (exchange) => (await loadSse()).post(exchange),
      },
      ...healthRoutes(() =>
        pipeline.closing ? { ready: false, reason: 'shutting down' } : options.readiness(),
      ),
      ...metadataRoutes(identity),
      ...metricsRoute(metrics, identity),
      ...options.routes,
    },
    originCheck,
    nothingAt: (path) => nothingAt(path, config),
    identity,
    ...(identity.required && { rate: new RateLimit(limits.requestsPerSecond, limits.requestBurst, clock) }),
    limits,
    clock,
    log,
  });
  metrics?.gauge('rc_mcp_sessions', 'Sessions of 2025-era clients and HTTP+SSE', () => places.size);
  metrics?.gauge('rc_mcp_streams', 'Open event streams', () => streams.size);

  const listener = createListener(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 75_000,
    },
    (request, response) => void pipeline.handle(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, config)));
    listener.listen(config.port, config.host, resolve);
  });
  const here = origin(listener.address() as AddressInfo);
  base ||= here;
  tellNames(originCheck, config, log);

  return {
    url: `${here}/mcp`,
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve));
      await pipeline.drain(sse?.then((endpoint) => endpoint.settled()));
      await Promise.all([mcp.close(), sse?.then((endpoint) => endpoint.close())]);
      await pipeline.flushed();
      listener.closeAllConnections();
      await closed;
    },
  };
}

type SseEndpoint = ReturnType<typeof import('../sse/sse-endpoint.ts').createSseEndpoint>;

const metadataRoutes = ({ metadata }: Identity): Record<string, Route> =>
  Object.fromEntries(
    Object.entries(metadata ?? {}).map(([path, document]) => [
      path,
      {
        methods: ['GET', 'HEAD'],
        open: true,
        // Clients in a browser read it before they have anything to show.
        handle: ({ response }) =>
          answerJson(response, 200, document(), { 'access-control-allow-origin': '*' }),
      } satisfies Route,
    ]),
  );

/** Prometheus scrapes by address. Without a key the Host is what keeps web pages out. */
const metricsRoute = (metrics: Metrics | undefined, { required }: Identity): Record<string, Route> =>
  metrics
    ? {
        '/metrics': {
          methods: ['GET', 'HEAD'],
          anyHost: required,
          handle: async ({ response }) => {
            const text = await metrics.text();
            response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
          },
        },
      }
    : {};

/** config.ts says it first and better; this holds for whoever starts the server in another way. */
function refuseOpenDoor({ host, publicUrl }: HttpConfig, { required }: Identity, log: Logger) {
  if (required) return;
  if (!isLoopback(host))
    throw new ConfigError(`--http ${host} needs keys or OAuth: it is reachable from outside.`);
  if (publicUrl && !isLoopback(new URL(publicUrl).hostname)) {
    log.warn('--public-url without keys or OAuth: whoever reaches it controls the calls of this login');
  }
}

/** Whoever reaches this server under another name is refused: that must not be a riddle to who has just started it. */
function tellNames({ names }: OriginCheck, { host, publicUrl }: HttpConfig, log: Logger) {
  if (isLoopback(host) || publicUrl) return log.info({ names }, 'answers to these Host names');
  log.warn(
    { names },
    `answers to these Host names alone (${names.join(', ')}); add what clients call it with --public-url https://NAME`,
  );
}

/** The path under which a proxy offers this server. */
const prefix = (publicUrl = 'http://localhost') => new URL(publicUrl).pathname.replace(/\/$/, '');

const origin = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

function explain(error: NodeJS.ErrnoException, { host, port }: HttpConfig): Error {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(`${host}:${port} is in use by another program; choose another port (0 = any).`);
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new ConfigError(`--http cannot listen on ${host}:${port} (${error.code}).`);
  }
  return error;
}
