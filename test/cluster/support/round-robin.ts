import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface RoundRobin {
  url: string;
  /** Where requests go to, by turns. */
  targets: string[];
  close(): Promise<void>;
}

/**
 * A balancer that hands each request to the next server, and those of an MCP session to the one that has it, unless
 * `sticks` is off.
 */
export async function startRoundRobin({ sticks = true } = {}): Promise<RoundRobin> {
  const targets: string[] = [];
  const sessions = new Map<string, string>();
  let turn = 0;
  const proxy = createServer((request, response) => {
    const session = request.headers['mcp-session-id'];
    const own = sticks ? sessions.get(String(session)) : undefined;
    const target = own ?? targets[turn++ % targets.length];
    if (target === undefined) return void response.destroy();
    const { method, headers, url = '' } = request;
    const passed = send(new URL(url, target), { method, headers }, (answer) => {
      const opened = answer.headers['mcp-session-id'];
      if (typeof opened === 'string') sessions.set(opened, target);
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // Where the server dies in the middle of its answer, the client must not wait for the rest.
      pipeline(answer, response, () => response.destroy());
    });
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    targets,
    async close() {
      proxy.closeAllConnections();
      await new Promise<unknown>((resolve) => proxy.close(resolve));
    },
  };
}
