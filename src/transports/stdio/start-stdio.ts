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
 * Serves the process's stdin and stdout, both eras. `onEnd` runs once, when the host has gone away: the SDK does not
 * end the process, and `close` may never come where stdin is /dev/null, so `end` counts as well. The SDK answers
 * `subscriptions/listen` itself, so no server would hear of it: `watchable` gets its parameters, and answers those that
 * the SDK is given.
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
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, end);
  // A host that died leaves a broken pipe.
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
  /** A request gets the error as its answer; whoever asked for what is too large an answer gets it instead of that. */
  const refuse = (message: RpcBody, why: string) => {
    const error = rpcError(rpcCode.invalidParams, why, message.id ?? null) as JSONRPCMessage;
    if (isRequest(message)) transport.send(error).catch(() => {});
    else if (message.method === undefined) deliver?.(error);
    else log.debug({ reason: why }, 'stdio message refused');
  };
  /** Requests to listen that the SDK has not got yet, and could not be told that they are cancelled. */
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
