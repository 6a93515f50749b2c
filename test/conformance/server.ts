import { InMemoryServerEventBus, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { createLogger } from '../../src/shared/log.ts';
import { startHttp } from '../../src/transports/http/start-http.ts';
import type { McpConnection } from '../../src/transports/mcp-server-factory.ts';
import { registerContent } from './content.ts';
import { codec, registerQuestions } from './questions.ts';

/**
 * The tools, resources and prompts that the conformance suite calls by name, on this project's own HTTP stack: so
 * that every scenario judges our transports. Prints one line with its address, then runs until SIGTERM.
 */
const bus = new InMemoryServerEventBus();

function createServer({ lifetime }: McpConnection): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixtures', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        ...(lifetime === 'connection' && { logging: {} }),
      },
      requestState: { verify: codec.verify },
    },
  );
  registerContent(server);
  registerQuestions(server);
  for (const [name, kind] of [
    ['test_trigger_tool_change', 'tools_list_changed'],
    ['test_trigger_prompt_change', 'prompts_list_changed'],
  ] as const) {
    server.registerTool(name, { description: 'Changes a list', inputSchema: z.object({}) }, () => {
      bus.publish({ kind });
      return { content: [] };
    });
  }
  if (lifetime === 'connection') {
    server.server.setRequestHandler('resources/subscribe', () => ({}));
    server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  }
  return server;
}

const http = await startHttp({
  config: { host: '127.0.0.1', port: 0 },
  createServer,
  listenSourceOf: () => ({ bus, watchable: async (params) => params, hold: () => () => {} }),
  log: await createLogger({ level: 'warn' }),
  readiness: () => ({ ready: true, reason: 'fixtures' }),
});
process.stdout.write(`${JSON.stringify({ url: http.url })}\n`);
process.once('SIGTERM', () => void http.close().then(() => process.exit(0)));
