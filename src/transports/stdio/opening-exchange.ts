import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { isObject } from '../../shared/is-object.ts';
import type { Logger } from '../../shared/log.ts';
import { isRequest, type RpcBody } from '../json-rpc.ts';
import { excess } from '../message-bounds.ts';
import { rpcError } from '../refusal.ts';
import type { OpeningAnswers } from './opening-answers.ts';

const internalError = -32603;

/** What takes the messages of the client once it is loaded. */
export interface LoadedServer {
  receive(message: JSONRPCMessage): void;
  /** Takes one that the client has an answer to, and sends none. */
  repeat(message: JSONRPCMessage): void;
}

export interface OpeningExchangeOptions {
  /** Absent: nothing is answered here. */
  answers: OpeningAnswers | undefined;
  send: (message: JSONRPCMessage) => Promise<void>;
  /** Loads what serves all else. */
  load: () => Promise<LoadedServer>;
  log: Logger;
}

/**
 * Answers what hosts ask of every server that they start, as the SDK would, whose code is loaded with the first message
 * of another kind or form: most windows of a host ask nothing more. What has been exchanged by then is repeated to it.
 */
export class OpeningExchange {
  readonly #options: OpeningExchangeOptions;
  /** What was answered or noted here, and the SDK has to know. */
  readonly #handshake: RpcBody[] = [];
  #server: LoadedServer | undefined;
  #held: RpcBody[] | undefined;

  constructor(options: OpeningExchangeOptions) {
    this.#options = options;
  }

  /** The revision that was agreed on here. */
  get revision(): string | undefined {
    return (this.#handshake[0]?.params as { protocolVersion?: string } | undefined)?.protocolVersion;
  }

  receive(message: RpcBody): void {
    if (this.#server) this.#server.receive(message as JSONRPCMessage);
    else if (this.#held) this.#held.push(message);
    else if (!this.#takes(message)) {
      this.#held = [message];
      void this.#load();
    }
  }

  /** Whether the message was of those that are answered here. */
  #takes(message: RpcBody): boolean {
    const { answers } = this.#options;
    if (!answers || excess(message) !== undefined) return false;
    const { jsonrpc: _version, id: _id, method = '', params, ...others } = message;
    if (Object.keys(others).length > 0) return false;
    const isBegun = this.#handshake.length > 0;
    if (!isRequest(message)) {
      const isNoted =
        method === 'notifications/initialized' && this.#handshake.length === 1 && isBare(params);
      if (isNoted) this.#handshake.push(message);
      return isNoted;
    }
    if (method === 'initialize' && !isBegun && isPlainHandshake(params, answers.revisions)) {
      this.#handshake.push(message);
      this.#answer(message.id, { protocolVersion: this.revision, ...answers.initialize });
      return true;
    }
    const result = method === 'ping' ? {} : Object.hasOwn(answers.lists, method) && answers.lists[method];
    if (!isBegun || !result || !isBare(params)) return false;
    this.#answer(message.id, result);
    return true;
  }

  #answer(id: string | number, result: object): void {
    this.#options.send({ result: result as Record<string, unknown>, jsonrpc: '2.0', id }).catch(() => {});
  }

  async #load(): Promise<void> {
    const { load, log } = this.#options;
    try {
      const server = await load();
      for (const message of this.#handshake) server.repeat(message as JSONRPCMessage);
      this.#server = server;
    } catch (err) {
      log.error({ err }, 'the code of the server cannot be loaded');
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) {
      if (this.#server) this.#server.receive(message as JSONRPCMessage);
      else if (isRequest(message)) this.#refuse(message.id);
    }
  }

  #refuse(id: string | number): void {
    const error = rpcError(
      internalError,
      'The server could not be loaded in whole. Try again; if that does not help, restart it.',
      id,
    );
    this.#options.send(error as JSONRPCMessage).catch(() => {});
  }
}

/** No parameters but, at most, where progress is to be told: nothing that makes another answer. */
function isBare(params: unknown): boolean {
  const { _meta: meta = {}, ...others } = (params ?? {}) as { _meta?: unknown };
  if (!isObject(meta) || Object.keys(others).length > 0) return false;
  const { progressToken = '', ...more } = meta;
  return (
    Object.keys(more).length === 0 &&
    (typeof progressToken === 'string' || Number.isSafeInteger(progressToken))
  );
}

/** Members of a capability that are no objects. */
const switches: ReadonlySet<string> = new Set(['listChanged', 'applyDefaults']);
/** Capabilities that name what others have defined. */
const named: ReadonlySet<string> = new Set(['experimental', 'extensions']);

/** Whether the SDK would take it as it is: a form that hosts use, with a revision that this server speaks. */
function isPlainHandshake(params: unknown, revisions: readonly string[]): boolean {
  if (!isObject(params)) return false;
  const { protocolVersion, capabilities, clientInfo, ...others } = params;
  return (
    Object.keys(others).length === 0 &&
    revisions.includes(protocolVersion as string) &&
    isObject(capabilities) &&
    Object.entries(capabilities).every(([name, capability]) => isPlainCapability(name, capability)) &&
    isPlainClient(clientInfo)
  );
}

const isPlainCapability = (name: string, capability: unknown): boolean =>
  named.has(name)
    ? isObject(capability) && Object.values(capability).every(isObject)
    : isPlainMember(name, capability);

const isPlainMember = (name: string, value: unknown): boolean =>
  switches.has(name)
    ? typeof value === 'boolean'
    : isObject(value) && Object.entries(value).every(([inner, one]) => isPlainMember(inner, one));

function isPlainClient(client: unknown): boolean {
  if (!isObject(client)) return false;
  const { name, version, title = '', ...others } = client;
  return Object.keys(others).length === 0 && [name, version, title].every((text) => typeof text === 'string');
}
