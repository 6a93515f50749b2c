import type { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from '../../shared/log.ts';
import { local } from '../identity/principal.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { LineGate } from './line-gate.ts';
import { MessageScreen, type Watchable } from './message-screen.ts';
import { StdioTransport } from './stdio-transport.ts';

export interface StdioOptions {
  createServer: McpServerFactory;
  log: Logger;
  /** Runs once, when the host has gone: stdin has ended or failed, or stdout is broken. */
  onEnd: () => void;
  /** Opens the line, before the first request that needs it; absent where it is open. */
  open?: (() => Promise<void>) | undefined;
  /**
   * Gets the parameters of a `subscriptions/listen`, and gives those that the SDK answers it with: without the URIs that
   * do not exist.
   */
  watchable: Watchable;
}

/** Serves MCP on the process's stdin and stdout, in all revisions. */
export function startStdio({ createServer, log, onEnd, open, watchable }: StdioOptions): {
  close(): Promise<void>;
} {
  onceHostHasGone(onEnd);
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
  screenMessages(transport, watchable, log);
  if (open) gateMessages(transport, open, log);
  return server;
}

function onceHostHasGone(onEnd: () => void): void {
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
}

/** Puts a screen before what the SDK does with messages of the client. */
function screenMessages(transport: StdioTransport, watchable: Watchable, log: Logger): void {
  const deliver = transport.onmessage;
  const screen = new MessageScreen({
    send: (message) => transport.send(message),
    deliver: (message) => deliver?.(message),
    watchable,
    log,
  });
  transport.onmessage = (message) => screen.receive(message);
}

/** Puts a gate before all that needs the line. */
function gateMessages(transport: StdioTransport, open: () => Promise<void>, log: Logger): void {
  const deliver = transport.onmessage;
  const gate = new LineGate({ open, deliver: (message) => deliver?.(message), log });
  transport.onmessage = (message) => gate.receive(message);
}
