import { createServer as createListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, type HttpConfig, type KeySource } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { endInOrder } from '../../shared/end-in-order.ts';
import { loadOnce } from '../../shared/load-once.ts';
import type { Logger } from '../../shared/log.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { createIdentity, type Identity, type SignedInIdentity } from '../identity/identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { answerJson } from '../refusal.ts';
import type { Route } from './exchange.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { defaultLimits, type Limits, Quota, RateLimit } from './limits.ts';
import { createMcpEndpoint, type ListenSource } from './mcp-endpoint.ts';
import type { Metrics } from './metrics.ts';
import { nothingAt } from './not-found.ts';
import { createOriginCheck, type OriginCheck } from './origin-check.ts';
import { Pipeline } from './pipeline.ts';
import type { ReplicaOptions } from './replicas/open-replicas.ts';
import { type SessionOptions, Sessions } from './sessions.ts';

export interface HttpOptions {
  config: HttpConfig;
  createServer: McpServerFactory;
  /** What a client of revision 2026-07-28 can listen to. @throws Refusal where there is nothing for this principal */
  listenSourceOf(principal: Principal): ListenSource;
  log: Logger;
  /** For `/readyz`. */
  readiness: () => Readiness;
  metrics?: Metrics;
  /** Lets in whoever has signed in here; absent where nobody does. */
  signedIn?: SignedInIdentity;
  /** Makes it one of several replicas. */
  replicas?: ReplicaOptions;
  /** More routes by path: the webhook receiver's, and those of sign-in. */
  routes?: Record<string, Route>;
  clock?: Clock;
  limits?: Partial<Limits>;
}

/** A server that listens. */
export interface HttpServer {
  /** Of its MCP endpoint on this machine, such as `http://127.0.0.1:8800/mcp`. */
  url: string;
  /**
   * Lets in the holders of these keys instead of those before, and ends sessions and streams of keys that are gone or
   * have other scopes; absent where there were no keys at the start.
   * @returns the names of their principals
   * @throws ConfigError for a list with a mistake; the keys before stay
   */
  replaceKeys?(keys: KeySource): Promise<ReadonlySet<string>>;
  /**
   * Ends everything that principals have open who are not let in any more, or not as they were: streams at once, requests under way after a moment, those without
   * an answer with a 403 for this reason, and then sessions. With `atOnce` nothing that is under way is answered any more.
   * Never rejects.
   */
  endAllOf(isEnded: (principal: Principal) => boolean, reason: string, atOnce?: boolean): Promise<void>;
  /**
   * Goes on serving, but says at `/readyz` that it ends, and lets no connection be used again: a balancer sends
   * elsewhere meanwhile.
   */
  startEnding(): void;
  /**
   * Goes on serving, and lets go of its sessions, each as soon as it has no request under way: other replicas go on
   * with them. Resolves when it has none; absent where there are no others.
   */
  handOver?(): Promise<void>;
  /** Stops accepting, waits for requests under way, then ends the streams; within ten seconds. */
  close(): Promise<void>;
}

/**
 * Starts the HTTP server and resolves when it listens.
 * @throws ConfigError for what the operator can mend: keys, issuer, an address that is taken or not to be had
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { config, createServer, listenSourceOf, log, metrics, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  let base = config.publicUrl ?? '';
  const identity = createIdentity(config, () => base, clock, options.signedIn);
  requireIdentityOutsideLoopback(config, identity, log);

  const { places, streams } = createQuotas(limits, identity);
  const shared = { createServer, limits, clock, log, places, streams };
  const replicas = options.replicas && (await joinReplicas(options.replicas, shared));
  const sessions = replicas?.sessions ?? new Sessions(shared);
  const mcp = createMcpEndpoint({ ...shared, listenSourceOf, sessions });
  // Loaded with the first request for it.
  const sse = loadOnce(async () => {
    const { createSseEndpoint } = await import('../sse/sse-endpoint.ts');
    return createSseEndpoint({
      ...shared,
      messagesPath: `${prefix(config.publicUrl)}/messages`,
      ...(replicas && { replicas: replicas.sessions }),
    });
  });
  const originCheck = createOriginCheck(config.host, config.publicUrl);
  const pipeline = new Pipeline({
    routes: {
      '/mcp': { methods: ['GET', 'POST', 'DELETE'], handle: mcp.handle },
      ...sseRoutes(sse.load),
      ...healthRoutes(() => (pipeline.ending ? { ready: false, reason: 'ending' } : options.readiness())),
      ...metadataRoutes(identity),
      ...metricsRoute(metrics, identity, options.signedIn !== undefined),
      ...options.routes,
      ...replicas?.routes({ sse: sse.loaded, limits, streams, log }),
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

  const listener = await listen(pipeline, config, limits);
  const localUrl = urlOf(listener.address() as AddressInfo);
  base ||= localUrl;
  logHostNames(originCheck, config, log);
  await replicas?.begin(listener.address() as AddressInfo);

  const { replaceKeys } = identity;
  const endAllOf: HttpServer['endAllOf'] = async (isEnded, reason, atOnce) => {
    await pipeline.endRequestsOf(isEnded, reason, atOnce);
    await endInOrder(log, [
      () => mcp.endSessionsOf(isEnded),
      async () => (await sse.loaded())?.endSessionsOf(isEnded),
    ]);
  };
  return {
    url: `${localUrl}/mcp`,
    endAllOf,
    startEnding: () => pipeline.startEnding(),
    ...(replicas && { handOver: () => replicas.sessions.handOver() }),
    ...(replaceKeys && {
      async replaceKeys(keys) {
        const ended = replaceKeys(keys);
        await endAllOf(({ name }) => ended.has(name), 'This key was taken out, or has other scopes now.');
        return ended;
      },
    }),
    async close() {
      // Right after connections were accepted: what waits for that is reset when the listener closes.
      await new Promise((resolve) => setImmediate(resolve));
      const closed = new Promise((resolve) => listener.close(resolve));
      await pipeline.drain(
        Promise.all([sse.loaded().then((endpoint) => endpoint?.settled()), replicas?.sessions.handOver()]),
      );
      await endInOrder(log, [mcp.close, async () => (await sse.loaded())?.close(), () => pipeline.flushed()]);
      listener.closeAllConnections();
      await closed;
    },
  };
}

async function joinReplicas(replicas: ReplicaOptions, options: SessionOptions) {
  const { openReplicas } = await import('./replicas/open-replicas.ts');
  return openReplicas(replicas, options, options.log);
}

/** Places for sessions and event streams. Where everybody is the same principal, one may take all there is. */
function createQuotas(limits: Limits, { required }: Identity): { places: Quota; streams: Quota } {
  const { sessions, sessionsPerPrincipal, streams, streamsPerPrincipal } = limits;
  return {
    places: new Quota('sessions', sessions, required ? sessionsPerPrincipal : sessions),
    streams: new Quota('event streams', streams, required ? streamsPerPrincipal : streams),
  };
}

type SseEndpoint = ReturnType<typeof import('../sse/sse-endpoint.ts').createSseEndpoint>;

const sseRoutes = (load: () => Promise<SseEndpoint>): Record<string, Route> => ({
  '/sse': {
    methods: ['GET'],
    instead: 'GET opens a stream of the old HTTP+SSE; Streamable HTTP is at /mcp.',
    handle: async (exchange) => (await load()).open(exchange),
  },
  '/messages': {
    methods: ['POST'],
    instead: 'HTTP+SSE begins with GET /sse; Streamable HTTP is at /mcp.',
    handle: async (exchange) => (await load()).post(exchange),
  },
});

/** Resolves with the listener when it listens. Throws as `startHttp`. */
async function listen(pipeline: Pipeline, config: HttpConfig, limits: Limits): Promise<Server> {
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
    listener.once('error', (error: NodeJS.ErrnoException) => reject(asConfigError(error, config)));
    listener.listen(config.port, config.host, resolve);
  });
  return listener;
}

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

/**
 * Prometheus asks by address, so any Host will do where a key is asked for; elsewhere the Host keeps web pages out.
 */
const metricsRoute = (
  metrics: Metrics | undefined,
  { required }: Identity,
  forOperators: boolean,
): Record<string, Route> =>
  metrics
    ? {
        '/metrics': {
          methods: ['GET', 'HEAD'],
          forOperators,
          anyHost: required,
          handle: async ({ response }) => {
            const text = await metrics.text();
            response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
          },
        },
      }
    : {};

/**
 * Throws `ConfigError` for an address that others reach without identifying themselves. `readConfig` refuses that
 * before, with more advice; this holds for a server that is started in another way.
 */
function requireIdentityOutsideLoopback(
  { host, publicUrl }: HttpConfig,
  { required }: Identity,
  log: Logger,
) {
  if (required) return;
  if (!isLoopback(host))
    throw new ConfigError(`--http ${host} needs keys or OAuth: it is reachable from outside.`);
  if (publicUrl && !isLoopback(new URL(publicUrl).hostname)) {
    log.warn('--public-url without keys or OAuth: whoever reaches it controls the calls of this login');
  }
}

/** Logs under which Host names the server answers: requests under any other are refused. */
function logHostNames({ names }: OriginCheck, { host, publicUrl }: HttpConfig, log: Logger) {
  if (isLoopback(host) || publicUrl) return log.info({ names }, 'answers to these Host names');
  log.warn(
    { names },
    `answers to these Host names alone (${names.join(', ')}); add what clients call it with --public-url https://NAME`,
  );
}

/** The path under which a proxy offers this server; empty where it is the root. */
const prefix = (publicUrl = 'http://localhost') => new URL(publicUrl).pathname.replace(/\/$/, '');

const urlOf = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/** A `ConfigError` for what another address or port mends; any other error as it is. */
function asConfigError(error: NodeJS.ErrnoException, { host, port }: HttpConfig): Error {
  if (error.code === 'EADDRINUSE') {
    return new ConfigError(`${host}:${port} is in use by another program; choose another port (0 = any).`);
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new ConfigError(`--http cannot listen on ${host}:${port} (${error.code}).`);
  }
  return error;
}
