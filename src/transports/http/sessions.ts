import { randomUUID } from 'node:crypto';
import { isInitializeRequest, type McpServer } from '@modelcontextprotocol/server';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import type { WatchList } from '../../shared/watch-list.ts';
import { isSamePrincipal, type Principal } from '../identity/principal.ts';
import { asMessage, type RpcBody } from '../json-rpc.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { refuseExcess } from '../message-bounds.ts';
import { Refusal, rpcCode } from '../refusal.ts';
import type { Limits, Quota } from './limits.ts';
import { createSessionEvents, type SessionEvents } from './session-events.ts';
import { SessionTransport, type SessionTransportOptions } from './session-transport.ts';

export interface Session {
  server: McpServer;
  transport: SessionTransport;
  /** The only one that may use the session. */
  principal: Principal;
  /** Requests and streams under way. */
  open: number;
  lastUsed: number;
}

/** One HTTP request to a session, as it came in. */
export interface SessionRequest {
  request: Request;
  body: unknown;
  principal: Principal;
  /** Another replica has passed it on, and does so once only. */
  isPassedOn?: boolean;
  /** Has `run` called once, when the response is closed: it was sent, or the client has gone. */
  whenClosed(run: () => void): void;
}

/** What a session that replicas share has of its own. */
export interface SessionParts {
  id: string;
  events: SessionEvents;
  watchList: WatchList;
  createTransport(options: SessionTransportOptions): SessionTransport;
  closed(): void;
}

export interface SessionOptions {
  createServer: McpServerFactory;
  limits: Limits;
  /** Bounds the sessions, those of HTTP+SSE included. */
  places: Quota;
  clock: Clock;
  log: Logger;
}

/**
 * Whether a body is a valid `initialize`, which opens a session.
 * @throws Refusal -32602 for an `initialize` with wrong members: the SDK would call it a request without a session
 */
function isOpening(body: unknown): boolean {
  if ((body as { method?: unknown } | null | undefined)?.method !== 'initialize') return false;
  const message = asMessage(body);
  refuseExcess(message, 200);
  if (isInitializeRequest(body)) return true;
  throw new Refusal(
    200,
    'Invalid params: initialize needs an id, protocolVersion, capabilities, and clientInfo with name and version.',
    { code: rpcCode.invalidParams, id: message.id },
  );
}

/** 2025-era Streamable HTTP: sessions with a GET stream, DELETE, and resumption by `Last-Event-ID`. */
export class Sessions {
  protected readonly options: SessionOptions;
  protected readonly sessions = new Map<string, Session>();
  #stopSweep: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /**
   * Answers a request to a session, or opens one where it is an `initialize`.
   * @throws Refusal 400 without a session id, 404 for one that is not known or is another principal's or app's, 503 where
   * there are too many sessions, and as `SessionTransport.handle`
   */
  async fetch(incoming: SessionRequest): Promise<Response> {
    const id = incoming.request.headers.get('mcp-session-id');
    if (id === null) {
      if (isOpening(incoming.body)) return this.open(incoming);
      throw new Refusal(400, 'Bad Request: Mcp-Session-Id header is required; initialize gives one.');
    }
    for (;;) {
      const session = await this.find(id, incoming);
      if (session instanceof Response) return session;
      // The same answer for another principal's session, so that guessing ids tells nothing.
      if (!session || !isSamePrincipal(session.principal, incoming.principal)) throw sessionNotFound();
      // Looked at in the same turn in which the request is opened: one that has ended meanwhile would run it unheard.
      if (this.sessions.get(id) === session) return this.#answer(session, incoming);
    }
  }

  /** Ends every session and its streams. */
  async close(): Promise<void> {
    this.#stopSweep?.();
    await Promise.all([...this.sessions.values()].map(({ server }) => server.close()));
  }

  /** Ends the sessions of these principals: a session offers what its principal might when it was opened. */
  async endOf(isEnded: (principal: Principal) => boolean): Promise<void> {
    const ended = [...this.sessions.values()].filter(({ principal }) => isEnded(principal));
    await Promise.all(ended.map(({ server }) => server.close()));
  }

  /** The session with this id; a response where another has answered. */
  protected find(
    id: string,
    _incoming: SessionRequest,
  ): Session | Response | undefined | Promise<Session | Response | undefined> {
    return this.sessions.get(id);
  }

  /** Opens a session, and answers the `initialize`. Throws as `fetch`. */
  protected async open(incoming: SessionRequest, parts?: SessionParts): Promise<Response> {
    const session = this.createSession(incoming.principal, parts);
    try {
      await session.server.connect(session.transport);
      return await this.#answer(session, incoming);
    } finally {
      // It was refused or failed, so no client has the id of this session.
      if (session.transport.sessionId === undefined) {
        await session.server.close();
        await session.transport.close();
      }
    }
  }

  /**
   * A session that is not connected yet; it is listed once it is initialized, until its server closes.
   * @throws Refusal 503 where there are too many
   */
  protected createSession(principal: Principal, parts?: SessionParts): Session {
    const { createServer, limits, places, clock, log } = this.options;
    const release = places.take(principal.name);
    const createTransport =
      parts?.createTransport ?? ((options: SessionTransportOptions) => new SessionTransport(options));
    const transport = createTransport({
      sessionId: parts ? () => parts.id : randomUUID,
      events: parts?.events ?? createSessionEvents(),
      keepAliveMs: limits.keepAliveMs,
      requestLimit: limits.requestsPerSession,
      onInitialized: (id) => void this.sessions.set(id, session),
    });
    transport.onclose = () => {
      if (transport.sessionId !== undefined) this.sessions.delete(transport.sessionId);
      release();
      parts?.closed();
    };
    transport.onerror = (error) => log.debug({ reason: error.message }, 'session message refused');
    let session: Session;
    try {
      const server = createServer({
        ...{ era: 'legacy', lifetime: 'connection', principal },
        ...(parts && { watchList: parts.watchList }),
      });
      session = { server, transport, principal, open: 0, lastUsed: clock.now() };
    } catch (error) {
      release();
      throw error;
    }
    this.#sweepLater();
    return session;
  }

  async #answer(
    session: Session,
    { request, body, principal, whenClosed }: SessionRequest,
  ): Promise<Response> {
    const messages = body === undefined ? [] : this.#messages(session.server, body);
    for (const message of messages) refuseExcess(message, Array.isArray(body) ? 400 : 200);
    session.open += 1;
    whenClosed(() => {
      session.open -= 1;
      session.lastUsed = this.options.clock.now();
    });
    return session.transport.handle(request, body, messages, principal);
  }

  /**
   * The messages of a body. Throws `Refusal` for a batch, unless the revision is 2025-03-26, the only one with
   * batches.
   */
  #messages({ server }: McpServer, body: unknown): RpcBody[] {
    if (!Array.isArray(body)) return [asMessage(body)];
    const revision = server.getNegotiatedProtocolVersion();
    if (revision === '2025-03-26' && body.length > 0) return body.map(asMessage);
    throw new Refusal(400, 'Invalid Request: batches are not part of the negotiated protocol revision.', {
      code: rpcCode.invalidRequest,
    });
  }

  /** Schedules the next sweep, unless one is scheduled: new sessions must not postpone it. */
  #sweepLater() {
    const { clock, limits } = this.options;
    this.#stopSweep ??= clock.after(limits.sessionIdleMs / 10, () => this.#sweep());
  }

  /** Closes idle sessions: many clients leave without DELETE. An open stream keeps a session, however quiet it is. */
  #sweep() {
    const { clock, limits, log } = this.options;
    const oldest = clock.now() - limits.sessionIdleMs;
    for (const { open, lastUsed, server } of this.sessions.values()) {
      if (open > 0 || lastUsed > oldest) continue;
      server.close().catch((error) => log.warn({ reason: String(error) }, 'idle session did not close'));
    }
    this.#stopSweep = undefined;
    if (this.sessions.size > 0) this.#sweepLater();
  }
}

/** The same for a session that is not known and for another principal's. */
export const sessionNotFound = (): Refusal =>
  new Refusal(404, 'Session not found; initialize anew.', { code: rpcCode.sessionNotFound });
