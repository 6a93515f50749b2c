import type { JSONRPCMessage, JSONRPCRequest, Transport } from '@modelcontextprotocol/server';
import type { Logger } from '../../shared/log.ts';
import { isRequest, type RpcBody } from '../json-rpc.ts';
import { excess } from '../message-bounds.ts';
import { rpcCode, rpcError } from '../refusal.ts';

/** Tells the parameters that the SDK answers a `subscriptions/listen` with, of those that the client sent. */
export type Watchable = (params: unknown) => Promise<unknown>;

export interface MessageScreenOptions {
  /** Answers the client. */
  send: Transport['send'];
  /** Hands a message on to the SDK. */
  deliver: (message: JSONRPCMessage) => void;
  watchable: Watchable;
  log: Logger;
}

/**
 * What every message of the client passes on its way to the SDK: refuses what is too large, and takes out of
 * `subscriptions/listen` what cannot be watched. The SDK answers that request itself, so that no server gets it.
 */
export class MessageScreen {
  readonly #options: MessageScreenOptions;
  /** Ids of `subscriptions/listen` that the SDK has not got yet: cancelling one drops it here. */
  readonly #listening = new Set<unknown>();

  constructor(options: MessageScreenOptions) {
    this.#options = options;
  }

  receive(message: JSONRPCMessage): void {
    const tooLarge = excess(message as RpcBody);
    if (tooLarge !== undefined) this.#refuse(message as RpcBody, `Invalid params: ${tooLarge}.`);
    else if (isListen(message)) void this.#listen(message);
    else if (!this.#cancelsListen(message)) this.#options.deliver(message);
  }

  /**
   * Answers a request with an error. An answer of the client that is too large reaches the server's request as that
   * error.
   */
  #refuse(message: RpcBody, why: string): void {
    const { send, deliver, log } = this.#options;
    const error = rpcError(rpcCode.invalidParams, why, message.id ?? null) as JSONRPCMessage;
    if (isRequest(message)) send(error).catch(() => {});
    else if (message.method === undefined) deliver(error);
    else log.debug({ reason: why }, 'stdio message refused');
  }

  async #listen(message: JSONRPCRequest): Promise<void> {
    const { deliver, watchable } = this.#options;
    this.#listening.add(message.id);
    const params = await watchable(message.params);
    if (this.#listening.delete(message.id)) deliver({ ...message, params } as JSONRPCMessage);
  }

  /** Drops the `subscriptions/listen` that the message cancels, if the SDK has not got it. */
  #cancelsListen(message: JSONRPCMessage): boolean {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return false;
    return this.#listening.delete((message.params as { requestId?: unknown } | undefined)?.requestId);
  }
}

const isListen = (message: JSONRPCMessage): message is JSONRPCRequest =>
  'id' in message && 'method' in message && message.method === 'subscriptions/listen';
