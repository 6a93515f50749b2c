import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { App } from '../tools/context.ts';
import { forwardChanges } from './changes.ts';
import { isResourceUri } from './uris.ts';

/** What one client may watch at once: 200 sessions with a handful of parties each. */
const limit = 1_000;

/**
 * Changes for a client whose connection lasts. In the 2025 era it says per URI what it wants; in the modern era over
 * stdio the SDK routes by its `subscriptions/listen`, so everything is handed over.
 */
export function subscribe(server: McpServer, app: App, era: 'legacy' | 'modern'): void {
  const watched = new Set<string>();
  if (era === 'legacy') {
    server.server.setRequestHandler('resources/subscribe', ({ params: { uri } }) => {
      if (!isResourceUri(uri)) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no resource ${uri}; see resources/list.`,
        );
      }
      if (watched.size >= limit && !watched.has(uri)) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `At most ${limit} subscriptions; unsubscribe from calls that have ended.`,
        );
      }
      watched.add(uri);
      app.keeper.open();
      return {};
    });
    server.server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
      watched.delete(uri);
      return {};
    });
  }
  const stop = forwardChanges(app, {
    wants: (uri) => era === 'modern' || watched.has(uri),
    updated: (uri) => server.server.sendResourceUpdated({ uri }),
    listChanged: () => server.server.sendResourceListChanged(),
  });
  server.server.onclose = stop;
}
