import type { IncomingMessage } from 'node:http';
import { createMcpHandler, isLegacyRequest, type ServerEventBus } from '@modelcontextprotocol/server';
import { authInfoOf, principalOf } from '../identity/principal.ts';
import type { RpcBody } from '../json-rpc.ts';
import { refuseExcess } from '../message-bounds.ts';
import { Refusal } from '../refusal.ts';
import { tidy } from '../tidy-message.ts';
import type { Exchange } from './exchange.ts';
import type { Quota } from './limits.ts';
import { type SessionOptions, Sessions } from './sessions.ts';
import { serveWeb } from './web-handler.ts';

export interface McpEndpointOptions extends SessionOptions {
  /** Changes of resources, published once per process; modern listeners get them from here. */
  bus: ServerEventBus;
  /** Places for event streams. */
  streams: Quota;
  /** Gets the parameters of `subscriptions/listen`, and answers those that the SDK is given, which answers it itself. */
  watchable?: (params: unknown) => Promise<unknown>;
}

/** `/mcp`: Streamable HTTP for both eras, told apart by the SDK. */
export function createMcpEndpoint(options: McpEndpointOptions) {
  const { createServer, bus, limits, streams, log, watchable } = options;
  const sessions = new Sessions(options);
  const modern = createMcpHandler(
    ({ authInfo }) => createServer({ era: 'modern', lifetime: 'request', principal: principalOf(authInfo) }),
    {
      legacy: 'reject',
      bus,
      // Ours counts, and says why.
      maxSubscriptions: Number.POSITIVE_INFINITY,
      keepAliveMs: limits.keepAliveMs,
      onerror: (error) => log.debug({ reason: error.message }, 'request refused'),
    },
  );

  async function handle(exchange: Exchange): Promise<void> {
    const { request, response, principal } = exchange;
    const body = request.method === 'POST' ? tidy(await exchange.readBody()) : undefined;
    if (isStream(request, body)) {
      response.once('close', streams.take(principal.name));
      exchange.lasting = true;
    }
    const fetch = async (webRequest: Request) => {
      if (!(await isLegacyRequest(webRequest, body))) {
        if (isMessage(body)) refuseExcess(body, 400);
        const parsedBody =
          watchable && isListen(body) ? { ...body, params: await watchable(body.params) } : body;
        return modern.fetch(webRequest, { parsedBody, authInfo: authInfoOf(principal) });
      }
      checkEra(request);
      return sessions.fetch({
        request: webRequest,
        body,
        principal,
        whenClosed: (run) => response.once('close', run),
      });
    };
    await serveWeb(exchange, limits.unsentBytes, log, fetch);
  }

  return {
    handle,
    async close() {
      await Promise.all([modern.close(), sessions.close()]);
    },
  };
}

/** What else comes is for the SDK to refuse. */
const isMessage = (body: unknown): body is RpcBody =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

const isListen = (body: unknown): body is RpcBody =>
  (body as { method?: unknown } | null | undefined)?.method === 'subscriptions/listen';

const isStream = ({ method }: IncomingMessage, body: unknown) => method === 'GET' || isListen(body);

/** There is nothing to GET or DELETE in the stateless revision. */
function checkEra({ method, headers }: IncomingMessage) {
  if (method === 'POST' || headers['mcp-protocol-version'] !== '2026-07-28') return;
  throw new Refusal(405, 'Protocol revision 2026-07-28 has no sessions: POST is the only method.', {
    headers: { allow: 'POST' },
  });
}
