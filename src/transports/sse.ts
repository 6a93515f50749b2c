import type { ServerResponse } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import type { McpServer } from '@modelcontextprotocol/server';
import { readJson } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { Quota } from './limits.ts';
import { authInfoOf } from './principal.ts';
import { Refusal, rpcCode } from './refusal.ts';
import { asMessage, isRequest, UsedIds } from './rpc.ts';
import type { SessionOptions } from './sessions.ts';
import { isTooSlow } from './web.ts';

interface SseSession {
  server: McpServer;
  transport: SSEServerTransport;
  principal: string;
  ids: UsedIds;
}

/** Ends a stream whose client reads too slowly. */
class BoundedSseTransport extends SSEServerTransport {
  readonly #response: ServerResponse;
  readonly #unsentLimit: number;

  constructor(messagesPath: string, response: ServerResponse, unsentLimit: number) {
    super(messagesPath, response);
    this.#response = response;
    this.#unsentLimit = unsentLimit;
  }

  override async send(message: Parameters<SSEServerTransport['send']>[0]): Promise<void> {
    if (isTooSlow(this.#response, this.#unsentLimit)) this.#response.destroy();
    else await super.send(message);
  }

  /** v1 reports the end twice, now and when the response closes; once is enough. */
  override async close(): Promise<void> {
    this.#response.end();
  }
}

export interface SseOptions extends SessionOptions {
  streams: Quota;
  /** Where clients post, as they see it: behind a proxy there may be a prefix. */
  messagesPath: string;
}

/**
 * HTTP+SSE of protocol revision 2024-11-05, for hosts that still speak it: a stream at `/sse`, and `/messages` to
 * post to. The one module that loads the v1 SDK; http.ts imports it with the first request.
 */
export function createSseEndpoint(options: SseOptions) {
  const { createServer, limits, places, streams, clock, log, messagesPath } = options;
  const sessions = new Map<string, SseSession>();

  return {
    async open(exchange: Exchange): Promise<void> {
      const { response, principal } = exchange;
      exchange.lasting = true;
      response.once('close', places.take(principal.name));
      response.once('close', streams.take(principal.name));
      response.setHeader('x-accel-buffering', 'no');
      const transport = new BoundedSseTransport(messagesPath, response, limits.unsentBytes);
      transport.onerror = (error) => log.debug({ reason: error.message }, 'SSE message refused');
      const server = createServer({ era: 'legacy', lifetime: 'connection', principal });
      sessions.set(transport.sessionId, { server, transport, principal: principal.name, ids: new UsedIds() });
      let stop = () => {};
      const beat = () => {
        stop = clock.after(limits.keepAliveMs, () => {
          response.write(': keepalive\n\n');
          beat();
        });
      };
      response.once('close', () => {
        stop();
        sessions.delete(transport.sessionId);
      });
      await server.connect(transport);
      beat();
    },

    async post({ request, response, principal }: Exchange): Promise<void> {
      const id = new URL(request.url ?? '', 'http://host').searchParams.get('sessionId');
      const session = sessions.get(id ?? '');
      if (session?.principal !== principal.name) {
        throw new Refusal(404, 'Session not found; open /sse anew.', { code: rpcCode.sessionNotFound });
      }
      const body = await readJson(request, limits.bodyBytes);
      const message = asMessage(body);
      if (isRequest(message)) session.ids.claim(message.id);
      await session.transport.handleMessage(message, { authInfo: authInfoOf(principal) }).catch(() => {
        throw new Refusal(400, 'Invalid Request: not a JSON-RPC message.', { code: rpcCode.invalidRequest });
      });
      response.writeHead(202).end();
    },

    async close(): Promise<void> {
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
    },
  };
}
