import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { authInfoOf, type Principal } from '../identity/principal.ts';
import { cancelledBy, isRequest, OpenRequests, type RpcBody } from '../json-rpc.ts';
import { Refusal, rpcCode, rpcError } from '../refusal.ts';
import { answersOf, requiredAccept, wantedForm } from './accept.ts';
import type { SessionEvents } from './session-events.ts';

export type Outgoing = Parameters<WebStandardStreamableHTTPServerTransport['send']>[0];
export type SendOptions = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

export interface SessionTransportOptions {
  sessionId: () => string;
  events: SessionEvents;
  keepAliveMs: number;
  requestLimit: number;
  onInitialized(id: string): void;
}

/**
 * The SDK's transport of one session of the 2025 revisions. In addition it answers clients that accept JSON only or
 * name no type, bounds open requests, ends cancelled ones, and says so when an answer to resume from is no longer
 * kept.
 */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #open: OpenRequests;
  readonly #events: SessionEvents;
  /** Ids of requests that are answered as JSON, so that no question can be sent along. */
  readonly #jsonOnly = new Set<unknown>();
  /** Ids of requests that share their stream with the rest of a batch. */
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
   * Answers one HTTP request.
   * @param body as it was read; undefined unless it is a POST
   * @param messages the messages in `body`
   * @throws Refusal 400 for an event whose answer is no longer kept, and as `OpenRequests.open`
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
    if (form !== undefined && request.method === 'POST') request.headers.set('accept', requiredAccept);
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
      // The client would not see the question; the guard takes this error for "cannot be asked".
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

  /** Whether no request is without an answer. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when no request is without an answer. */
  settled(): Promise<void> {
    return this.#open.settled();
  }

  /**
   * Ends a request that the client has cancelled: the SDK sends no answer to it, and would keep its stream and id.
   * The stream is closed; where it is shared or the client reads JSON, an error is sent as the answer.
   */
  async #cancel(id: unknown): Promise<void> {
    if (!this.#open.has(id)) return;
    const cancelled = id as string | number;
    if (!this.#jsonOnly.has(id) && !this.#batched.has(id)) this.closeSSEStream(cancelled);
    const answer = rpcError(rpcCode.refused, 'The request was cancelled.', cancelled) as Outgoing;
    // It fails where the real answer has just gone out.
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
