import type { IncomingMessage } from 'node:http';
import { createMcpHandler, type ServerEventBus } from '@modelcontextprotocol/server';
import { authInfoOf, type Principal, principalOf } from '../identity/principal.ts';
import type { RpcBody } from '../json-rpc.ts';
import { refuseExcess } from '../message-bounds.ts';
import { Refusal } from '../refusal.ts';
import { tidy } from '../tidy-message.ts';
import { isLegacy, isMessage, modernRevision } from './era.ts';
import type { Exchange } from './exchange.ts';
import type { Quota } from './limits.ts';
import type { SessionOptions, Sessions } from './sessions.ts';
import { serveWeb } from './web-handler.ts';

/** What a client of revision 2026-07-28 can listen to. */
export interface ListenSource {
  /** Changes of resources; the same for all principals of a login. */
  bus: ServerEventBus;
  /**
   * Gets the parameters of a `subscriptions/listen`, and gives those that the SDK answers it with: without the URIs
   * that do not exist.
   */
  watchable(params: unknown): Promise<unknown>;
  /**
   * Keeps what is listened to open.
   * @returns lets go of it
   */
  hold(): () => void;
}

export interface McpEndpointOptions extends SessionOptions {
  /** What this principal can listen to. @throws Refusal where there is nothing for them */
  listenSourceOf(principal: Principal): ListenSource;
  /** Bounds the open event streams. */
  streams: Quota;
  /** Those of the 2025 revisions. */
  sessions: Sessions;
}

/**
 * `/mcp`: Streamable HTTP of all revisions; the SDK tells those of 2025 from 2026-07-28. `handle` throws `Refusal`.
 */
export function createMcpEndpoint(options: McpEndpointOptions) {
  const { createServer, listenSourceOf, limits, streams, sessions, log } = options;
  const messages = new WeakMap<Request, RpcBody>();
  const createHandler = (bus?: ServerEventBus) =>
    createMcpHandler(
      ({ authInfo, requestInfo }) => {
        const message = requestInfo && messages.get(requestInfo);
        return createServer({
          ...{ era: 'modern', lifetime: 'request', principal: principalOf(authInfo) },
          ...(message && { message }),
        });
      },
      {
        legacy: 'reject',
        ...(bus && { bus }),
        // `streams` bounds them, with a refusal that says so.
        maxSubscriptions: Number.POSITIVE_INFINITY,
        keepAliveMs: limits.keepAliveMs,
        onerror: (error) => log.debug({ reason: error.message }, 'request refused'),
      },
    );
  /** Answers everything but `subscriptions/listen`, and hears of no change. */
  const modern = createHandler();
  const listeners = new Listeners(createHandler);

  async function handle(exchange: Exchange): Promise<void> {
    const { request, response, principal } = exchange;
    const body = request.method === 'POST' ? tidy(await exchange.readBody()) : undefined;
    if (isStream(request, body)) {
      response.once('close', streams.take(principal.name));
      exchange.lasting = true;
    }
    const fetch = async (webRequest: Request) => {
      if (!(await isLegacy(webRequest, body))) {
        if (isMessage(body)) {
          refuseExcess(body, 400);
          messages.set(webRequest, body);
        }
        const authInfo = authInfoOf(principal);
        if (!isListen(body)) return modern.fetch(webRequest, { parsedBody: body, authInfo });
        const { bus, watchable, hold } = listenSourceOf(principal);
        response.once('close', hold());
        const parsedBody = { ...body, params: await watchable(body.params) };
        const handler = listeners.take(bus);
        response.once('close', () => listeners.giveBack(bus));
        return handler.fetch(webRequest, { parsedBody, authInfo });
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
    endSessionsOf: (isEnded: (principal: Principal) => boolean) => sessions.endOf(isEnded),
    async close() {
      await Promise.all([modern.close(), listeners.close(), sessions.close()]);
    },
  };
}

type Handler = ReturnType<typeof createMcpHandler>;

/** The handlers of those who listen: one for each bus, as long as somebody listens to it. */
class Listeners {
  readonly #create: (bus: ServerEventBus) => Handler;
  readonly #handlers = new Map<ServerEventBus, { handler: Handler; taken: number }>();

  constructor(create: (bus: ServerEventBus) => Handler) {
    this.#create = create;
  }

  take(bus: ServerEventBus): Handler {
    const entry = this.#handlers.get(bus) ?? { handler: this.#create(bus), taken: 0 };
    this.#handlers.set(bus, entry);
    entry.taken += 1;
    return entry.handler;
  }

  giveBack(bus: ServerEventBus): void {
    const entry = this.#handlers.get(bus);
    if (!entry) return;
    entry.taken -= 1;
    if (entry.taken === 0) this.#handlers.delete(bus);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#handlers.values()].map(({ handler }) => handler.close()));
  }
}

const isListen = (body: unknown): body is RpcBody =>
  (body as { method?: unknown } | null | undefined)?.method === 'subscriptions/listen';

const isStream = ({ method }: IncomingMessage, body: unknown) => method === 'GET' || isListen(body);

/** Throws a 405 for GET and DELETE of revision 2026-07-28, which has no sessions. */
function checkEra({ method, headers }: IncomingMessage) {
  if (method === 'POST' || headers['mcp-protocol-version'] !== modernRevision) return;
  throw new Refusal(405, 'Protocol revision 2026-07-28 has no sessions: POST is the only method.', {
    headers: { allow: 'POST' },
  });
}
