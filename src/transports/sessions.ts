import { randomUUID } from 'node:crypto';
import {
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { McpServerFactory } from './connection.ts';
import type { Limits, Quota } from './limits.ts';
import { authInfoOf, type Principal } from './principal.ts';
import { Refusal, rpcCode } from './refusal.ts';
import { asMessage, isRequest, type RpcBody, UsedIds } from './rpc.ts';
import { createSessionEvents } from './session-events.ts';

interface Session {
  server: McpServer;
  transport: WebStandardStreamableHTTPServerTransport;
  /** Nobody else may use it, even knowing the id. */
  principal: string;
  ids: UsedIds;
  /** Requests and streams under way. */
  open: number;
  lastUsed: number;
}

/** One HTTP request to a session, as it came in. */
export interface SessionRequest {
  request: Request;
  body: unknown;
  principal: Principal;
  /** Runs once, when the answer has gone out or the client has gone away. */
  whenClosed(run: () => void): void;
}

export interface SessionOptions {
  createServer: McpServerFactory;
  limits: Limits;
  /** Places for sessions, shared with HTTP+SSE. */
  places: Quota;
  clock: Clock;
  log: Logger;
}

/** 2025-era Streamable HTTP: sessions with a GET stream, DELETE, and resumption by `Last-Event-ID`. */
export class Sessions {
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, Session>();
  #stopSweep: () => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async fetch(incoming: SessionRequest): Promise<Response> {
    const id = incoming.request.headers.get('mcp-session-id');
    if (id === null && isInitializeRequest(incoming.body)) return this.#open(incoming);
    if (id === null) {
      throw new Refusal(400, 'Bad Request: Mcp-Session-Id header is required; initialize gives one.');
    }
    const session = this.#sessions.get(id);
    // A foreign session looks like none: who guesses ids learns nothing.
    if (session?.principal !== incoming.principal.name) {
      throw new Refusal(404, 'Session not found; initialize anew.', { code: rpcCode.sessionNotFound });
    }
    return this.#answer(session, incoming);
  }

  /** Ends every session and its streams. */
  async close(): Promise<void> {
    this.#stopSweep();
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  async #open(incoming: SessionRequest): Promise<Response> {
    const { createServer, limits, places, clock, log } = this.#options;
    const { principal } = incoming;
    const release = places.take(principal.name);
    const server = createServer({ era: 'legacy', lifetime: 'connection', principal });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createSessionEvents(),
      keepAliveMs: limits.keepAliveMs,
      onsessioninitialized: (id) => void this.#sessions.set(id, session),
    });
    const session: Session = {
      server,
      transport,
      principal: principal.name,
      ids: new UsedIds(),
      open: 0,
      lastUsed: clock.now(),
    };
    transport.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
      release();
    };
    transport.onerror = (error) => log.debug({ reason: error.message }, 'session message refused');
    await server.connect(transport);
    const response = await this.#answer(session, incoming);
    // The SDK refused the opening (a wrong Accept header, say): nobody knows this session.
    if (transport.sessionId === undefined) await server.close();
    else this.#sweepLater();
    return response;
  }

  async #answer(
    session: Session,
    { request, body, principal, whenClosed }: SessionRequest,
  ): Promise<Response> {
    if (body !== undefined) this.#checkMessages(session, body);
    session.open += 1;
    whenClosed(() => {
      session.open -= 1;
      session.lastUsed = this.#options.clock.now();
    });
    return session.transport.handleRequest(request, { parsedBody: body, authInfo: authInfoOf(principal) });
  }

  #checkMessages({ server, ids }: Session, body: unknown) {
    for (const message of this.#messages(server, body)) if (isRequest(message)) ids.claim(message.id);
  }

  /** Batches were part of one revision only, 2025-03-26. */
  #messages({ server }: McpServer, body: unknown): RpcBody[] {
    if (!Array.isArray(body)) return [asMessage(body)];
    const revision = server.getNegotiatedProtocolVersion();
    if (revision === '2025-03-26' && body.length > 0) return body.map(asMessage);
    throw new Refusal(400, 'Invalid Request: batches are not part of the negotiated protocol revision.', {
      code: rpcCode.invalidRequest,
    });
  }

  #sweepLater() {
    this.#stopSweep();
    this.#stopSweep = this.#options.clock.after(this.#options.limits.sessionIdleMs / 10, () => this.#sweep());
  }

  /** Clients go away without DELETE. One with an open stream is there, however quiet. */
  #sweep() {
    const { clock, limits, log } = this.#options;
    const oldest = clock.now() - limits.sessionIdleMs;
    for (const { open, lastUsed, server } of this.#sessions.values()) {
      if (open > 0 || lastUsed > oldest) continue;
      server.close().catch((error) => log.warn({ reason: String(error) }, 'idle session did not close'));
    }
    if (this.#sessions.size > 0) this.#sweepLater();
  }
}
