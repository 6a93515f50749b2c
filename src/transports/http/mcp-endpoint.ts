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
  /** Changes of resources, published once per process; clients of revision 2026-07-28 get them from here. */
  bus: ServerEventBus;
  /** Bounds the open event streams. */
  streams: Quota;
  /**
   * Gets the parameters of a `subscriptions/listen`, and gives those that the SDK answers it with: without the URIs
   * that do not exist. Absent: they stay as they are.
   */
  watchable?: (params: unknown) => Promise<unknown>;
}

/**
 * `/mcp`: Streamable HTTP of all revisions; the SDK tells those of 2025 from 2026-07-28. `handle` throws `Refusal`.
 */
export function createMcpEndpoint(options: McpEndpointOptions) {
  const { createServer, bus, limits, streams, log, watchable } = options;
  const sessions = new Sessions(options);
  const modern = createMcpHandler(
    ({ authInfo }) => createServer({ era: 'modern', lifetime: 'request', principal: principalOf(authInfo) }),
    {
      legacy: 'reject',
      bus,
      // `streams` bounds them, with a refusal that says so.
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
    /** Ends the sessions of these principals. */
    endSessionsOf: (principals: ReadonlySet<string>) => sessions.endOf(principals),
    async close() {
      await Promise.all([modern.close(), sessions.close()]);
    },
  };
}

/** Whether it has the form of a message; the SDK refuses anything else. */
const isMessage = (body: unknown): body is RpcBody =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

const isListen = (body: unknown): body is RpcBody =>
  (body as { method?: unknown } | null | undefined)?.method === 'subscriptions/listen';

const isStream = ({ method }: IncomingMessage, body: unknown) => method === 'GET' || isListen(body);

/** Throws a 405 for GET and DELETE of revision 2026-07-28, which has no sessions. */
function checkEra({ method, headers }: IncomingMessage) {
  if (method === 'POST' || headers['mcp-protocol-version'] !== '2026-07-28') return;
  throw new Refusal(405, 'Protocol revision 2026-07-28 has no sessions: POST is the only method.', {
    headers: { allow: 'POST' },
  });
}
