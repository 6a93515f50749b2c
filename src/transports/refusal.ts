import type { ServerResponse } from 'node:http';

/** JSON-RPC error codes that a transport answers with. */
export const rpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  refused: -32000,
  sessionNotFound: -32001,
} as const;

/**
 * Why a request is refused before MCP gets it, as HTTP status and JSON-RPC error; the message is for the client's
 * developer.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: number;
  /** The id of the request that this answers; null where there is none, or it could not be read. */
  readonly id: string | number | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    {
      code = rpcCode.refused,
      id = null,
      headers = {},
    }: { code?: number; id?: string | number | undefined | null; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.id = id;
    this.headers = headers;
  }
}

/**
 * Sends a refusal as a JSON-RPC error, which every MCP client can read; ends the connection where an answer has
 * begun.
 */
export function refuse(response: ServerResponse, { status, code, message, id, headers }: Refusal): void {
  if (response.headersSent) response.destroy();
  else answerJson(response, status, rpcError(code, message, id), headers);
}

/** A JSON-RPC error response. */
export const rpcError = (code: number, message: string, id: string | number | null) =>
  ({ jsonrpc: '2.0', error: { code, message }, id }) as const;

/** Sends a whole response with a JSON body. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
