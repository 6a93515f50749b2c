import type { McpServer } from '@modelcontextprotocol/server';
import type { Exchange } from '../http/exchange.ts';
import type { Quota } from '../http/limits.ts';
import type { SharedSessions } from '../http/replicas/shared-sessions.ts';
import type { SessionOptions } from '../http/sessions.ts';
import { serveWeb } from '../http/web-handler.ts';
import { authInfoOf, isSamePrincipal, type Principal } from '../identity/principal.ts';
import { asMessage } from '../json-rpc.ts';
import { refuseExcess } from '../message-bounds.ts';
import { Refusal, rpcCode } from '../refusal.ts';
import { tidy } from '../tidy-message.ts';
import { SseTransport } from './sse-transport.ts';

interface SseSession {
  server: McpServer;
  transport: SseTransport;
  principal: Principal;
}

export interface SseOptions extends SessionOptions {
  /** Bounds the open event streams. */
  streams: Quota;
  /** The path that clients post to, as they see it: with the prefix of a proxy. */
  messagesPath: string;
  /** Absent where there is one process. */
  replicas?: SharedSessions;
}

/**
 * HTTP+SSE of protocol revision 2024-11-05: `open` is GET `/sse`, which answers with a stream, `post` is POST
 * `/messages`. This module and its transport alone load the v1 SDK; transports/http/start-http.ts imports them with
 * the first request. Both throw `Refusal`.
 */
export function createSseEndpoint(options: SseOptions) {
  const { createServer, limits, places, streams, clock, log, messagesPath, replicas } = options;
  const sessions = new Map<string, SseSession>();

  async function receive(id: string, principal: Principal, readBody: () => unknown): Promise<void> {
    const session = sessions.get(id);
    if (!session || !isSamePrincipal(session.principal, principal)) throw notFound();
    const message = asMessage(tidy(await readBody()));
    await session.transport.receive(message, authInfoOf(principal));
  }

  return {
    async open(exchange: Exchange): Promise<void> {
      const { response, principal } = exchange;
      exchange.lasting = true;
      response.once('close', places.take(principal.name));
      response.once('close', streams.take(principal.name));
      response.setHeader('x-accel-buffering', 'no');
      const transport = new SseTransport(messagesPath, response, limits);
      transport.onerror = (error) => log.debug({ reason: error.message }, 'SSE message refused');
      const left = await replicas?.enterStream(transport.sessionId, principal, () => response.end());
      if (left) response.once('close', left);
      // Nobody is there any more, and `close` has come.
      if (response.closed) return left?.();
      const server = createServer({ era: 'legacy', lifetime: 'connection', principal });
      sessions.set(transport.sessionId, { server, transport, principal });
      let stop = () => {};
      const keepAlive = () => {
        stop = clock.after(limits.keepAliveMs, () => {
          if (response.writableEnded) return;
          response.write(': keepalive\n\n');
          keepAlive();
        });
      };
      response.once('close', () => {
        stop();
        sessions.delete(transport.sessionId);
      });
      await server.connect(transport);
      keepAlive();
    },

    async post(exchange: Exchange): Promise<void> {
      const { request, response, principal, readBody } = exchange;
      const id = new URL(request.url ?? '', 'http://host').searchParams.get('sessionId') ?? '';
      if (!replicas || sessions.has(id)) {
        await receive(id, principal, readBody);
        response.writeHead(202).end();
        return;
      }
      const body = tidy(await readBody());
      refuseExcess(asMessage(body), 400);
      await serveWeb(exchange, limits.unsentBytes, log, async ({ headers, signal }) => {
        const answer = await replicas.passMessage(id, { principal, headers, body, signal });
        if (!answer) throw notFound();
        return answer;
      });
    },

    has: (id: string) => sessions.has(id),
    /** Takes a posted message. Throws as `post`. */
    receive,

    /** Resolves when every posted request has its answer, which goes out on the session's stream. */
    async settled(): Promise<void> {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.settled()));
    },

    /** Ends the sessions of these principals, and their streams. */
    async endSessionsOf(isEnded: (principal: Principal) => boolean): Promise<void> {
      const ended = [...sessions.values()].filter(({ principal }) => isEnded(principal));
      await Promise.all(ended.map(({ server }) => server.close()));
    },

    /** Ends every session and its stream. */
    async close(): Promise<void> {
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
    },
  };
}

const notFound = () =>
  new Refusal(404, 'Session not found; open /sse anew.', { code: rpcCode.sessionNotFound });
