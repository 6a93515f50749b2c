import type { McpServer } from '@modelcontextprotocol/server';
import type { WatchList } from '../shared/watch-list.ts';
import type { Principal } from './identity/principal.ts';

/** What a new McpServer is made for. */
export interface McpConnection {
  /** `legacy`: protocol revisions up to 2025-11-25; `modern`: 2026-07-28. */
  era: 'legacy' | 'modern';
  /**
   * `connection`: the server tells its client about changes itself, until `server.server.onclose`.
   * `request`: it lives for one request and must not listen; changes reach clients through the event bus.
   */
  lifetime: 'connection' | 'request';
  principal: Principal;
  /** The one request that it lives for: it need not offer what that does not ask for. Unchecked. */
  message?: { method?: unknown; params?: unknown };
  /** Absent where what a client watches ends with the connection. */
  watchList?: WatchList;
}

/** Makes a server for a new connection or request; `createServer` in server.ts. */
export type McpServerFactory = (connection: McpConnection) => McpServer;
