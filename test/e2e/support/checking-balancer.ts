import { once } from 'node:events';
import { Agent as Connections, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CheckingBalancer {
  url: string;
  /** Origins of the servers that requests go to by turns, as long as they say that they are ready. */
  targets: Set<string>;
  /** Those that said so last. */
  ready: ReadonlySet<string>;
  /** What went wrong between it and the servers. */
  errors: string[];
  close(): Promise<void>;
}

/** In ms, as balancers are set that look often. */
const checkMs = 500;

/** A balancer that asks `/readyz` again and again, keeps its connections, and sends no request a second time. */
export async function startCheckingBalancer(): Promise<CheckingBalancer> {
  const targets = new Set<string>();
  const ready = new Set<string>();
  const errors: string[] = [];
  const agent = new Connections({ keepAlive: true });
  let turn = 0;
  const check = async (target: string) => {
    const isReady = await fetch(`${target}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady && targets.has(target)) ready.add(target);
    else ready.delete(target);
  };
  const checks = setInterval(() => {
    for (const target of targets) void check(target);
  }, checkMs);
  const proxy = createServer((request, response) => {
    const open = [...ready];
    const target = open[turn++ % open.length];
    if (target === undefined) {
      response.writeHead(503).end();
      errors.push('nobody is ready');
      return;
    }
    const { method, headers, url = '' } = request;
    const passed = send(new URL(url, target), { method, headers, agent }, (answer) => {
      if ((answer.statusCode ?? 500) >= 500)
        answer.once('data', (text) => errors.push(`${answer.statusCode} of ${target}: ${text}`));
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    passed.on('error', (error) => {
      if (!response.destroyed) errors.push(`${error.message} of ${target}`);
      response.destroy();
    });
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    ...{ targets, ready, errors },
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async close() {
      clearInterval(checks);
      agent.destroy();
      proxy.closeAllConnections();
      await new Promise<unknown>((resolve) => proxy.close(resolve));
    },
  };
}
