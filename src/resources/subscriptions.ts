import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Line } from '../app/line.ts';
import type { WatchList } from '../shared/watch-list.ts';
import type { Sink } from './changes.ts';
import { mustExist } from './existence.ts';

/** What one client may watch at once, in URIs and in the bytes of them: 200 sessions with a handful of parties each. */
const limit = { count: 1_000, bytes: 128 * 1024 };

/**
 * What a client whose connection lasts wants to be told of, and how. In the 2025 era it says so per URI; in the modern
 * era over stdio the SDK routes by its `subscriptions/listen`, so everything is handed over.
 */
export function subscriptions(
  server: McpServer,
  line: () => Line,
  era: 'legacy' | 'modern',
  list?: WatchList,
): Sink & { readonly isWatching: boolean } {
  const watched = new Set<string>(list?.uris);
  let bytes = [...watched].reduce((sum, uri) => sum + Buffer.byteLength(uri), 0);
  if (era === 'legacy') {
    server.server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
      await mustExist(line(), uri);
      const added = watched.has(uri) ? 0 : Buffer.byteLength(uri);
      if (added > 0 && (watched.size >= limit.count || bytes + added > limit.bytes)) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `At most ${limit.count} subscriptions, of ${limit.bytes / 1024} KiB together; unsubscribe from calls that have ended.`,
        );
      }
      watched.add(uri);
      bytes += added;
      if (added > 0) await list?.note(uri, true);
      return {};
    });
    server.server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
      if (!watched.delete(uri)) return {};
      bytes -= Buffer.byteLength(uri);
      await list?.note(uri, false);
      return {};
    });
  }
  return {
    /** Whether the client has said what it wants to be told of. */
    get isWatching() {
      return watched.size > 0;
    },
    wants: (uri) => era === 'modern' || watched.has(uri),
    updated: (uri) => server.server.sendResourceUpdated({ uri }),
    listChanged: () => server.server.sendResourceListChanged(),
  };
}
