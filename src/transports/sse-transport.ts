import type { ServerResponse } from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import type { AuthInfo } from '@modelcontextprotocol/server';
import { Refusal, rpcCode } from './refusal.ts';
import { isRequest, type RpcBody, UsedIds } from './rpc.ts';
import { isTooSlow } from './web.ts';

type Outgoing = Parameters<SSEServerTransport['send']>[0];

/** v1's transport, with the bounds and the orderly end that the others have. */
export class SseTransport extends SSEServerTransport {
  readonly #response: ServerResponse;
  readonly #unsentLimit: number;
  readonly #ids = new UsedIds();
  /** Requests whose answers are still to come. */
  readonly #unanswered = new Set<unknown>();
  #whenSettled: () => void = () => {};

  constructor(messagesPath: string, response: ServerResponse, unsentLimit: number) {
    super(messagesPath, response);
    this.#response = response;
    this.#unsentLimit = unsentLimit;
    response.once('close', () => this.#forget(...this.#unanswered));
  }

  /** Takes one posted message. Throws a refusal for a used id and for what is no message. */
  async receive(message: RpcBody, authInfo: AuthInfo): Promise<void> {
    if (isRequest(message)) {
      this.#ids.claim(message.id);
      this.#unanswered.add(message.id);
    }
    // A cancelled request gets no answer.
    if (message.method === 'notifications/cancelled') {
      this.#forget((message.params as { requestId?: unknown } | undefined)?.requestId);
    }
    await this.handleMessage(message, { authInfo }).catch(() => {
      this.#forget(message.id);
      throw new Refusal(400, 'Invalid Request: not a JSON-RPC message.', { code: rpcCode.invalidRequest });
    });
  }

  override async send(message: Outgoing): Promise<void> {
    if (isTooSlow(this.#response, this.#unsentLimit)) this.#response.destroy();
    // One that has been ended can stay open until a slow reader has it all; writing to it would end the process.
    else if (!this.#response.writableEnded) await super.send(message);
    if (!('method' in message)) this.#forget(message.id);
  }

  /** Resolves when every request has its answer, or nobody waits for one any more. */
  async settled(): Promise<void> {
    if (this.#unanswered.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
  }

  /** v1 reports the end twice, now and when the response closes; once is enough. */
  override async close(): Promise<void> {
    this.#response.end();
  }

  #forget(...ids: unknown[]): void {
    for (const id of ids) this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#whenSettled();
  }
}
