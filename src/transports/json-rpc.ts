import { Refusal, rpcCode } from './refusal.ts';

/** A JSON-RPC 2.0 message of a client. Whether MCP knows its method and parameters is not checked. */
export interface RpcBody {
  jsonrpc: '2.0';
  method?: string;
  id?: string | number;
  params?: unknown;
}

/** In characters: every answer repeats the id. */
export const longestId = 256;

/**
 * A parsed body as a JSON-RPC 2.0 message.
 * @throws Refusal 400 with -32600 for what is none; the SDK would call it a parse error
 */
export function asMessage(body: unknown): RpcBody {
  const invalid = (why: string) =>
    new Refusal(400, `Invalid Request: ${why}.`, { code: rpcCode.invalidRequest });
  if (typeof body !== 'object' || body === null) throw invalid('a message is a JSON object');
  const { jsonrpc, method, id, params } = body as Record<string, unknown>;
  if (jsonrpc !== '2.0') throw invalid('jsonrpc must be "2.0"');
  if (method !== undefined && typeof method !== 'string') throw invalid('method must be a string');
  if (id !== undefined && typeof id !== 'string' && !Number.isSafeInteger(id)) {
    throw invalid('id must be a string or an integer');
  }
  if (typeof id === 'string' && id.length > longestId) {
    throw invalid(`id must not be longer than ${longestId} characters`);
  }
  if (params !== undefined && (typeof params !== 'object' || params === null || Array.isArray(params))) {
    throw invalid('params must be an object');
  }
  if (method === undefined && !('result' in body) && !('error' in body)) {
    throw invalid('a message has a method, a result or an error');
  }
  return body as RpcBody;
}

export type RpcRequest = RpcBody & { method: string; id: string | number };

/** Whether the message wants an answer. */
export const isRequest = (message: RpcBody): message is RpcRequest =>
  message.method !== undefined && message.id !== undefined;

/** The request that a client no longer wants the answer of; undefined for any other message. */
export function cancelledBy({ method, params }: RpcBody): unknown {
  if (method !== 'notifications/cancelled') return undefined;
  return (params as { requestId?: unknown } | undefined)?.requestId;
}

/**
 * The requests of one session whose answers are still to come, by id. An id must be unique within a session (MCP
 * "Messages: Requests"), and many hosts number every request 1: only an id that is still open is refused, because
 * the second request would get the first one's answer.
 */
export class OpenRequests {
  readonly #ids = new Set<unknown>();
  readonly #limit: number;
  #whenSettled: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Adds the requests among `messages`, all or none.
   * @throws Refusal 400 for an id that is open, 429 where too many are
   */
  open(messages: readonly RpcBody[]): void {
    const ids = messages.filter(isRequest).map(({ id }) => id);
    const taken = ids.find((id, index) => this.#ids.has(id) || ids.indexOf(id) !== index);
    if (taken !== undefined) {
      throw new Refusal(
        400,
        `Invalid Request: the id ${JSON.stringify(taken)} is that of a request which has no answer yet.`,
        { code: rpcCode.invalidRequest },
      );
    }
    if (this.#ids.size + ids.length > this.#limit) {
      throw new Refusal(429, `Too many requests at once in this session: at most ${this.#limit}.`, {
        headers: { 'retry-after': '1' },
      });
    }
    for (const id of ids) this.#ids.add(id);
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: unknown): boolean {
    return this.#ids.has(id);
  }

  /** Removes requests that were answered, cancelled or refused. */
  close(...ids: unknown[]): void {
    for (const id of ids) this.#ids.delete(id);
    if (this.#ids.size === 0) for (const settled of this.#whenSettled.splice(0)) settled();
  }

  /** Removes all: the client has gone. */
  closeAll(): void {
    this.close(...this.#ids);
  }

  /** Resolves when none is open. */
  async settled(): Promise<void> {
    if (this.#ids.size === 0) return;
    await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }
}
