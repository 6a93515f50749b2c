import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A balancer that knows nothing of sessions: each request goes to the next replica. */
export interface Balancer {
  /** Of `/mcp`. */
  url: string;
  /** What was sent where: the method of the request, the name of what it asks for, and the place of the replica. */
  served: { method: string; asked: string; at: number }[];
  /** Where the next requests go; in turn unless told. */
  choose: ((asked: string, method: string) => number | undefined) | undefined;
  close(): Promise<void>;
}

/** @param urls of the `/mcp` of the replicas; one that refuses the connection is passed over */
export async function openBalancer(urls: () => string[]): Promise<Balancer> {
  let turn = 0;
  const agent = new Agent({ keepAlive: false });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url: path, headers } = request;
    const asked = nameOf(body);
    const targets = urls();
    turn += 1;
    const first = balancer.choose?.(asked, method) ?? turn % targets.length;
    for (let tried = 0; tried < targets.length; tried += 1) {
      const at = (first + tried) % targets.length;
      const { hostname, port, host } = new URL(targets[at] ?? '');
      const onward = httpRequest({
        host: hostname,
        port,
        method,
        path,
        agent,
        headers: { ...headers, host },
      });
      response.once('close', () => onward.destroy());
      const answer = await new Promise<IncomingMessage | 'refused' | undefined>((resolve) => {
        onward.once('response', resolve);
        onward.on('error', (error: NodeJS.ErrnoException) =>
          resolve(error.code === 'ECONNREFUSED' ? 'refused' : undefined),
        );
        onward.end(body);
      });
      if (answer === 'refused') continue;
      if (!answer) break;
      balancer.served.push({ method, asked, at });
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.on('error', () => {});
      answer.once('close', () => !answer.complete && response.destroy());
      answer.pipe(response);
      return;
    }
    response.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const balancer: Balancer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    served: [],
    choose: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return balancer;
}

function nameOf(body: Buffer): string {
  if (body.length === 0) return '';
  const { method, params } = JSON.parse(body.toString()) as { method?: string; params?: { name?: string } };
  return params?.name ?? method ?? 'answer';
}
