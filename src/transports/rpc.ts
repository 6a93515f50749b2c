import { Refusal, rpcCode } from './refusal.ts';

/** The newest ids of each session are kept. */
const longestId = 256;

/** A body that may be a JSON-RPC message; whether it makes sense is for MCP to say. */
export interface RpcBody {
  jsonrpc: '2.0';
  method?: string;
  id?: string | number;
  params?: unknown;
}

/** Refuses JSON that is no JSON-RPC 2.0 message: the SDK would call it a parse error, which it is not. */
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

export const isRequest = (message: RpcBody): message is RpcBody & { method: string; id: string | number } =>
  message.method !== undefined && message.id !== undefined;

/**
 * The ids that one client has used. They must be unique within a session (MCP "Messages: Requests"); a second
 * request under an open id would get the first one's answer.
 */
export class UsedIds {
  readonly #ids = new Set<string | number>();

  claim(id: string | number): void {
    if (this.#ids.has(id)) {
      throw new Refusal(
        400,
        `Invalid Request: the id ${JSON.stringify(id)} was used before in this session.`,
        {
          code: rpcCode.invalidRequest,
        },
      );
    }
    this.#ids.add(id);
    // The oldest are forgotten: a client that counts never comes back to them.
    const [oldest] = this.#ids;
    if (this.#ids.size > 256 && oldest !== undefined) this.#ids.delete(oldest);
  }
}
