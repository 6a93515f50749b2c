import type { Logger } from '../../../shared/log.ts';
import { Refusal } from '../../refusal.ts';
import type { createSseEndpoint } from '../../sse/sse-endpoint.ts';
import { tidy } from '../../tidy-message.ts';
import type { Exchange, Route } from '../exchange.ts';
import type { Limits, Quota } from '../limits.ts';
import { serveWeb } from '../web-handler.ts';
import { digestOf, type Hop, type HopOpener, hopHeader } from './hop-seal.ts';
import { hopPaths } from './pass-on.ts';
import { elsewhere } from './refusals.ts';
import type { SharedSessions } from './shared-sessions.ts';

export interface ReplicaRouteOptions {
  opener: HopOpener;
  sessions: SharedSessions;
  /** HTTP+SSE, where somebody uses it; undefined until then. */
  sse(): Promise<ReturnType<typeof createSseEndpoint> | undefined>;
  limits: Limits;
  streams: Quota;
  log: Logger;
}

/**
 * Where a replica takes what others pass on. Who the client is says the replica that has let it in, in a header that only
 * replicas can make; nothing is passed on from here.
 */
export function replicaRoutes(options: ReplicaRouteOptions): Record<string, Route> {
  const { opener, sessions, sse, limits, streams, log } = options;

  /** Throws a 401 for what no replica has made for this one just now. */
  async function open(exchange: Exchange, path: string): Promise<{ hop: Hop; body: unknown }> {
    const { request, readBody } = exchange;
    const [header = '', ...more] = request.headersDistinct[hopHeader] ?? [];
    const hop = more.length === 0 ? opener.open(header, request.method ?? '', path) : undefined;
    if (!hop) throw notAReplica();
    exchange.principal = hop.principal;
    const body = request.method === 'POST' ? await readBody() : undefined;
    if (digestOf(body === undefined ? '' : JSON.stringify(body)) !== hop.digest) throw notAReplica();
    return { hop, body };
  }

  const route = (path: string, methods: string[], handle: Route['handle']): Record<string, Route> => ({
    [path]: { methods, open: true, anyHost: true, evenClosing: true, handle },
  });

  return {
    ...route(hopPaths.mcp, ['GET', 'POST', 'DELETE'], async (exchange) => {
      const { hop, body } = await open(exchange, hopPaths.mcp);
      const { principal, method, headers } = hop;
      const { response } = exchange;
      if (method === 'GET') {
        response.once('close', streams.take(principal.name));
        exchange.lasting = true;
      }
      await serveWeb(exchange, limits.unsentBytes, log, ({ signal }) =>
        sessions.fetch({
          request: new Request('http://replica/mcp', { method, headers, signal }),
          body: body === undefined ? undefined : tidy(body),
          principal,
          isPassedOn: true,
          whenClosed: (run) => response.once('close', run),
        }),
      );
    }),
    ...route(hopPaths.messages, ['POST'], async (exchange) => {
      const { hop, body } = await open(exchange, hopPaths.messages);
      const endpoint = await sse();
      if (!endpoint?.has(hop.session)) throw elsewhere();
      await endpoint.receive(hop.session, hop.principal, () => body);
      exchange.response.writeHead(202).end();
    }),
  };
}

const notAReplica = () => new Refusal(401, 'Only a replica of this server uses this path.');
