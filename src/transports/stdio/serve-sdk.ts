import { randomUUID } from 'node:crypto';
import type { McpServer, Transport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Logger } from '../../shared/log.ts';
import { local } from '../identity/principal.ts';
import type { McpServerFactory } from '../mcp-server-factory.ts';
import { MessageScreen, type Watchable } from './message-screen.ts';
import type { LoadedServer } from './opening-exchange.ts';

/** What serves a client. */
export interface Served {
  createServer: McpServerFactory;
  /**
   * Gets the parameters of a `subscriptions/listen`, and gives those that the SDK answers it with: without the URIs that
   * do not exist.
   */
  watchable: Watchable;
}

/** The server of the SDK behind a transport that is open. */
export interface SdkServer extends LoadedServer {
  /** The revision that was agreed on with `initialize`. */
  readonly revision: string | undefined;
  close(): Promise<void>;
}

/** Serves what comes by `receive`, and answers over `wire`, with which it ends. */
export function serveSdk(
  wire: Transport,
  { createServer, watchable, log }: Served & { log: Logger },
): SdkServer {
  let current: McpServer | undefined;
  /** Ids of requests whose answers the client has. */
  const answered = new Set<unknown>();
  const channel: Transport = {
    async start() {},
    async send(message) {
      if ('method' in message || !answered.delete(message.id)) await wire.send(message);
    },
    close: () => wire.close(),
  };
  const server = serveStdio(
    ({ era }) => {
      current = createServer({ era, lifetime: 'connection', principal: local });
      return current;
    },
    { transport: channel, onerror: (error) => log.debug({ reason: error.message }, 'stdio message refused') },
  );
  wire.onclose = () => channel.onclose?.();
  wire.onerror = (error) => channel.onerror?.(error);
  const screen = new MessageScreen({
    send: (message) => wire.send(message),
    deliver: (message) => channel.onmessage?.(message),
    watchable,
    log,
  });
  return {
    get revision() {
      return current?.server.getNegotiatedProtocolVersion();
    },
    receive: (message) => screen.receive(message),
    repeat(message) {
      const isAnswered = 'id' in message;
      const id = randomUUID();
      if (isAnswered) answered.add(id);
      screen.receive(isAnswered ? { ...message, id } : message);
    },
    close: () => server.close(),
  };
}
