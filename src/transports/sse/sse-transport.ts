import type { ServerResponse } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import type { AuthInfo } from '@modelcontextprotocol/server';
import { isTooSlow } from '../http/web-handler.ts';
import { cancelledBy, isRequest, OpenRequests, type RpcBody } from '../json-rpc.ts';
import { excess } from '../message-bounds.ts';
import { Refusal, rpcCode, rpcError } from '../refusal.ts';

type Outgoing = Parameters<SSEServerTransport['send']>[0];

/**
 * The v1 SDK's transport of one session, with the bounds on messages and open requests that the other transports
 * have.
 */
export class SseTransport extends SSEServerTransport {
  readonly #response: ServerResponse;
  readonly #unsentLimit: number;
  readonly #open: OpenRequests;

  constructor(
    messagesPath: string,
    response: ServerResponse,
    limits: { unsentBytes: number; requestsPerSession: number },
  ) {
    super(messagesPath, response);
    this.#response = response;
    this.#unsentLimit = limits.unsentBytes;
    this.#open = new OpenRequests(limits.requestsPerSession);
    response.once('close', () => this.#open.closeAll());
  }

  /**
   * Takes one posted message. A request that is too large is answered on the stream.
   * @throws Refusal 400 for what is no message or is too large and no request, and as `OpenRequests.open`
   */
  async receive(message: RpcBody, authInfo: AuthInfo): Promise<void> {
    const tooLarge = excess(message);
    if (tooLarge !== undefined) return this.#refuse(message, `Invalid params: ${tooLarge}.`);
    this.#open.open([message]);
    // A cancelled request gets no answer.
    this.#open.close(cancelledBy(message));
    await this.handleMessage(message, { authInfo }).catch(() => {
      this.#open.close(message.id);
      throw new Refusal(400, 'Invalid Request: not a JSON-RPC message.', { code: rpcCode.invalidRequest });
    });
  }

  override async send(message: Outgoing): Promise<void> {
    if (isTooSlow(this.#response, this.#unsentLimit)) this.#response.destroy();
    // A response that was ended stays open until a slow reader has it all; a write to it would end the process.
    else if (!this.#response.writableEnded) await super.send(message);
    if (!('method' in message)) this.#open.close(message.id);
  }

  /** Resolves when every request has its answer, or the client has gone. */
  settled(): Promise<void> {
    return this.#open.settled();
  }

  /** Ends the response. Not as v1 does it, which calls `onclose` now and once more when the response closes. */
  override async close(): Promise<void> {
    this.#response.end();
  }

  /** Answers a request with an error on the stream; for any other message throws a 400 `Refusal`. */
  async #refuse(message: RpcBody, why: string): Promise<void> {
    if (!isRequest(message)) throw new Refusal(400, why, { code: rpcCode.invalidParams });
    await this.send(rpcError(rpcCode.invalidParams, why, message.id) as Outgoing);
  }
}
