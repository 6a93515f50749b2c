import type { JSONRPCMessage, JSONRPCRequest, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from '../../shared/log.ts';
import { local } from '../identity/principal.ts';
import { isRequest, type RpcBody } from '../json-rpc.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { excess } from '../message-bounds.ts';
import { rpcCode, rpcError } from '../refusal.ts';
import { StdioTransport } from './stdio-transport.ts';

/**
 * Serves MCP on the process's stdin and stdout, in all revisions.
 * @param onEnd runs once, when the host has gone: stdin has ended or failed, or stdout is broken
 * @param watchable gets the parameters of a `subscriptions/listen`, and gives those that the SDK answers it with:
 * without the URIs that do not exist. The SDK answers that request itself, so that no server gets it.
 */
export function startStdio(
  createServer: McpServerFactory,
  log: Logger,
  onEnd: () => void,
  watchable: (params: unknown) => Promise<unknown>,
): { close(): Promise<void> } {
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  // `close` may never come where stdin is /dev/null.
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, end);
  // A host that has died leaves a broken pipe (EPIPE).
  process.stdout.on('error', end);
  let current: McpServer | undefined;
  const transport = new StdioTransport(
    process.stdin,
    process.stdout,
    () => current?.server.getNegotiatedProtocolVersion() === '2025-03-26',
  );
  const serve: Parameters<typeof serveStdio>[0] = ({ era }) => {
    current = createServer({ era, lifetime: 'connection', principal: local });
    return current;
  };
  const server = serveStdio(serve, {
    transport,
    onerror: (error) => log.debug({ reason: error.message }, 'stdio message refused'),
  });
  const deliver = transport.onmessage;
  /**
   * Answers a request with an error. An answer of the client that is too large reaches the server's request as that
   * error.
   */
  const refuse = (message: RpcBody, why: string) => {
    const error = rpcError(rpcCode.invalidParams, why, message.id ?? null) as JSONRPCMessage;
    if (isRequest(message)) transport.send(error).catch(() => {});
    else if (message.method === undefined) deliver?.(error);
    else log.debug({ reason: why }, 'stdio message refused');
  };
  /** Ids of `subscriptions/listen` that the SDK has not got yet: cancelling one drops it here. */
  const listening = new Set<unknown>();
  const listen = async (message: JSONRPCRequest) => {
    listening.add(message.id);
    const params = await watchable(message.params);
    if (listening.delete(message.id)) deliver?.({ ...message, params } as JSONRPCMessage);
  };
  transport.onmessage = (message) => {
    const tooLarge = excess(message as RpcBody);
    if (tooLarge !== undefined) return refuse(message as RpcBody, `Invalid params: ${tooLarge}.`);
    if ('id' in message && 'method' in message && message.method === 'subscriptions/listen') {
      void listen(message);
      return;
    }
    if ('method' in message && message.method === 'notifications/cancelled') {
      if (listening.delete((message.params as { requestId?: unknown } | undefined)?.requestId)) return;
    }
    deliver?.(message);
  };
  return server;
}
