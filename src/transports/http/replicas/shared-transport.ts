import { randomBytes } from 'node:crypto';
import { authInfoOf, type Principal } from '../../identity/principal.ts';
import type { RpcBody } from '../../json-rpc.ts';
import { Refusal, rpcCode } from '../../refusal.ts';
import { requiredAccept } from '../accept.ts';
import {
  type Outgoing,
  type SendOptions,
  SessionTransport,
  type SessionTransportOptions,
} from '../session-transport.ts';
import { standaloneStream } from './kept-fields.ts';
import type { SharedEvents } from './shared-events.ts';

export interface SharedTransportOptions extends SessionTransportOptions {
  events: SharedEvents;
  epoch: number;
}

/** The id of the `initialize` that a replica gives itself. */
const adoption = 'adoption';

/**
 * The transport of a session that can move from one replica to another. Requests of the server have ids that no other
 * instance uses: two instances that both count from 0 took a yes to the question of one as the answer to the other's.
 */
export class SharedTransport extends SessionTransport {
  readonly #events: SharedEvents;
  readonly #tag: string;
  #adoption: { resolve(): void; reject(reason: unknown): void } | undefined;
  /** URIs that may have changed while nobody could tell the client; told with its next stream. */
  #untold: readonly string[] | undefined;

  constructor({ epoch, ...options }: SharedTransportOptions) {
    super(options);
    this.#events = options.events;
    this.#tag = `${epoch}.${randomBytes(6).toString('base64url')}.`;
  }

  /**
   * Has the server initialized as the client has done it at another replica. Rejects where it is closed meanwhile.
   * @param watched what the client watches: it is told that all of it may have changed
   */
  async adopt(initialize: unknown, principal: Principal, watched: readonly string[]): Promise<void> {
    const adopted = new Promise<void>((resolve, reject) => {
      this.#adoption = { resolve, reject };
    });
    // It is awaited below; it may reject before.
    adopted.catch(() => {});
    const post = (message: object) => {
      const request = new Request('http://replica/mcp', {
        method: 'POST',
        headers: {
          accept: requiredAccept,
          'content-type': 'application/json',
          ...(this.sessionId !== undefined && { 'mcp-session-id': this.sessionId }),
        },
      });
      const parsedBody = { jsonrpc: '2.0', ...message };
      return this.#events.withoutKeeping(() =>
        this.handleRequest(request, { parsedBody, authInfo: authInfoOf(principal) }),
      );
    };
    const answer = await post({ id: adoption, method: 'initialize', params: initialize });
    if (!answer.ok) throw new Error(`initialize at the adoption of a session: ${answer.status}`);
    await adopted;
    this.#adoption = undefined;
    await post({ method: 'notifications/initialized' });
    this.#untold = watched;
  }

  /** @throws Refusal 400 for an answer to another instance's question, and as `SessionTransport.handle` */
  override async handle(
    request: Request,
    body: unknown,
    messages: readonly RpcBody[],
    principal: Principal,
  ): Promise<Response> {
    for (const message of messages) this.#readAnswer(message);
    const last = request.headers.get('last-event-id');
    const opensStream = request.method === 'GET' && (last === null || last.endsWith(`-${standaloneStream}`));
    if (!opensStream || !this.#untold) return super.handle(request, body, messages, principal);
    // Kept and told with what else was missed, or, where nothing is asked for, on the stream that begins.
    if (last !== null) await this.#tellUntold();
    const answer = await super.handle(request, body, messages, principal);
    if (answer.ok) await this.#tellUntold();
    return answer;
  }

  override async send(message: Outgoing, options?: SendOptions): Promise<void> {
    if (this.#adoption && !('method' in message) && message.id === adoption) {
      const { resolve, reject } = this.#adoption;
      return this.#events.withoutKeeping(() => super.send(message, options)).then(resolve, reject);
    }
    const served = 'method' in message ? options?.relatedRequestId : message.id;
    const ids = served === undefined ? [] : [served];
    await this.#events.serving(ids, () => super.send(this.#tagged(message), options));
  }

  override async close(): Promise<void> {
    this.#adoption?.reject(new Error('closed before the session was taken over'));
    await super.close();
  }

  /** Keeps for which requests a stream is opened, so that whoever takes over can say that they have ended. */
  override handleRequest(
    ...[request, options]: Parameters<SessionTransport['handleRequest']>
  ): Promise<Response> {
    const body = options?.parsedBody;
    const messages = (Array.isArray(body) ? body : [body]) as (RpcBody | undefined)[];
    const ids = messages.flatMap((message) =>
      message?.method !== undefined && message.id !== undefined ? [message.id] : [],
    );
    return this.#events.serving(ids, () => super.handleRequest(request, options));
  }

  async #tellUntold(): Promise<void> {
    const uris = this.#untold ?? [];
    const hadAny = this.#untold !== undefined;
    this.#untold = undefined;
    if (!hadAny) return;
    await this.send({ jsonrpc: '2.0', method: 'notifications/resources/list_changed' });
    for (const uri of uris) {
      await this.send({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } });
    }
  }

  #tagged(message: Outgoing): Outgoing {
    if (!('method' in message)) return message;
    if ('id' in message) return { ...message, id: `${this.#tag}${message.id}` };
    if (message.method !== 'notifications/cancelled') return message;
    return {
      ...message,
      params: { ...message.params, requestId: `${this.#tag}${message.params?.requestId}` },
    };
  }

  /** Gives the answer to a question the id that the server knows it by. */
  #readAnswer(message: RpcBody): void {
    if (message.method !== undefined || message.id === undefined) return;
    const id = String(message.id);
    const number = id.startsWith(this.#tag) ? id.slice(this.#tag.length) : '';
    if (!/^\d{1,15}$/.test(number)) {
      throw new Refusal(
        400,
        'This answers a question that has ended with the replica which asked it, or was never asked. Nothing was done.',
        { code: rpcCode.invalidRequest },
      );
    }
    message.id = Number(number);
  }
}
