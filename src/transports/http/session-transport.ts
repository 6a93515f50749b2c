import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { authInfoOf, type Principal } from '../identity/principal.ts';
import { cancelledBy, isRequest, OpenRequests, type RpcBody } from '../json-rpc.ts';
import { Refusal, rpcCode, rpcError } from '../refusal.ts';
import { answersOf, both, wantedForm } from './accept.ts';
import type { SessionEvents } from './session-events.ts';

type Outgoing = Parameters<WebStandardStreamableHTTPServerTransport['send']>[0];
type SendOptions = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

interface SessionTransportOptions {
  sessionId: () => string;
  events: SessionEvents;
  keepAliveMs: number;
  requestLimit: number;
  onInitialized(id: string): void;
}

/** The SDK's transport of one 2025-era session, for clients that say less than they should, and with our bounds. */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #open: OpenRequests;
  readonly #events: SessionEvents;
  /** Requests whose clients read no stream. */
  readonly #jsonOnly = new Set<unknown>();
  /** Requests that share their stream with the rest of a batch. */
  readonly #batched = new Set<unknown>();

  constructor({ sessionId, events, keepAliveMs, requestLimit, onInitialized }: SessionTransportOptions) {
    super({
      sessionIdGenerator: sessionId,
      eventStore: events,
      keepAliveMs,
      onsessioninitialized: onInitialized,
    });
    this.#open = new OpenRequests(requestLimit);
    this.#events = events;
  }

  /**
   * @param body as it was read, of a POST alone; `messages` are what is in it
   * @throws Refusal
   */
  async handle(
    request: Request,
    body: unknown,
    messages: readonly RpcBody[],
    principal: Principal,
  ): Promise<Response> {
    const last = request.headers.get('last-event-id');
    if (last !== null && this.#events.hasLost(last)) {
      throw new Refusal(400, 'The answer that followed this event is no longer kept. Ask again.');
    }
    const form = wantedForm(request.headers.get('accept'));
    if (form !== undefined && request.method === 'POST') request.headers.set('accept', both);
    if (request.method === 'GET' && acceptsAnything(request))
      request.headers.set('accept', 'text/event-stream');

    this.#open.open(messages);
    const ids = messages.filter(isRequest).map(({ id }) => id);
    for (const id of ids) {
      if (form === 'json') this.#jsonOnly.add(id);
      if (ids.length > 1) this.#batched.add(id);
    }
    const answer = await this.handleRequest(request, { parsedBody: body, authInfo: authInfoOf(principal) });
    if (!answer.ok) this.#forget(...ids);
    for (const message of messages) await this.#cancel(cancelledBy(message));
    const isStream = answer.headers.get('content-type') === 'text/event-stream';
    return form === 'json' && isStream && request.method === 'POST'
      ? answersOf(answer, Array.isArray(body))
      : answer;
  }

  override async send(message: Outgoing, options?: SendOptions): Promise<void> {
    if ('method' in message) {
      // Nobody would see the question; who asks takes this for "cannot be asked".
      if ('id' in message && this.#jsonOnly.has(options?.relatedRequestId)) {
        throw new Error('This client takes JSON alone: it cannot be asked.');
      }
      return super.send(message, options);
    }
    try {
      await super.send(message, options);
    } finally {
      this.#forget(message.id);
    }
  }

  /** The SDK sends no answer and would keep stream and id for ever: the stream ends, or an answer says why there is none. */
  async #cancel(id: unknown): Promise<void> {
    if (!this.#open.has(id)) return;
    const cancelled = id as string | number;
    if (!this.#jsonOnly.has(id) && !this.#batched.has(id)) this.closeSSEStream(cancelled);
    const answer = rpcError(rpcCode.refused, 'The request was cancelled.', cancelled) as Outgoing;
    // The true answer may just have gone out.
    await this.send(answer).catch(() => {});
  }

  #forget(...ids: unknown[]): void {
    this.#open.close(...ids);
    for (const id of ids) {
      this.#jsonOnly.delete(id);
      this.#batched.delete(id);
    }
  }
}

const acceptsAnything = ({ headers }: Request) => /^$|\*\/\*|text\/\*/.test(headers.get('accept') ?? '');
