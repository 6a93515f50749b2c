import { InMemoryServerEventBus, McpServer } from '@modelcontextprotocol/server';
import { pino } from 'pino';
import { z } from 'zod';
import { type HttpOptions, startHttp } from '../../../src/transports/http/start-http.ts';
import type { McpConnection } from '../../../src/transports/mcp-server-factory.ts';

const quiet = pino({ level: 'silent' });

/** A server as small as possible that has everything that a transport carries. */
export class Fixture {
  readonly bus = new InMemoryServerEventBus();
  readonly connections: McpConnection[] = [];
  /** Open connection-lived servers. */
  live = 0;
  /** Called while the tool `work` runs. */
  work: (context: { signal: AbortSignal }) => Promise<string> = async () => 'done';
  #value = 0;

  /** Changes the one resource, as an event from the platform would. */
  change(): void {
    this.#value += 1;
    this.bus.publish({ kind: 'resource_updated', uri: 'fixture://value' });
  }

  readonly createServer = (connection: McpConnection): McpServer => {
    this.connections.push(connection);
    const server = new McpServer(
      { name: 'fixture', version: '1.0.0' },
      { capabilities: { resources: { subscribe: true, listChanged: true } } },
    );
    server.registerTool('work', { inputSchema: z.object({}) }, async (_args, ctx) => {
      return { content: [{ type: 'text', text: await this.work({ signal: ctx.mcpReq.signal }) }] };
    });
    server.registerTool('whoami', { inputSchema: z.object({}) }, async (_args, ctx) => {
      const { clientId, scopes, token } = ctx.http?.authInfo ?? {};
      return { content: [{ type: 'text', text: JSON.stringify({ clientId, scopes, token }) }] };
    });
    server.registerResource('value', 'fixture://value', {}, async (uri) => ({
      contents: [{ uri: uri.href, text: JSON.stringify({ value: this.#value }) }],
    }));
    if (connection.lifetime === 'connection') this.#forwardChanges(server, connection);
    return server;
  };

  #forwardChanges(server: McpServer, { era, watchList }: McpConnection) {
    const subscribed = new Set<string>(watchList?.uris);
    server.server.setRequestHandler('resources/subscribe', async ({ params }) => {
      subscribed.add(params.uri);
      await watchList?.note(params.uri, true);
      return {};
    });
    server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
      subscribed.delete(params.uri);
      return {};
    });
    const stop = this.bus.subscribe((event) => {
      if (event.kind !== 'resource_updated' || (era === 'legacy' && !subscribed.has(event.uri))) return;
      server.server.sendResourceUpdated({ uri: event.uri }).catch(() => {});
    });
    this.live += 1;
    server.server.onclose = () => {
      this.live -= 1;
      stop();
    };
  }

  start(options: Partial<HttpOptions> = {}) {
    return startHttp({
      config: { host: '127.0.0.1', port: 0 },
      createServer: this.createServer,
      listenSourceOf: () => ({ bus: this.bus, watchable: async (params) => params, hold: () => () => {} }),
      log: quiet,
      readiness: () => ({ ready: true, reason: 'live' }),
      ...options,
    });
  }
}
