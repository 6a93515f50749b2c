import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands between a server and its RingCentral, and keeps every request as it was sent: first line, headers, body. */
export async function startRelay(target: string) {
  const seen: string[] = [];
  const { host, hostname, port } = new URL(target);
  const relay = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    const body = await buffer(request);
    seen.push(`${method} ${path}\n${JSON.stringify(headers)}\n${body}`);
    httpRequest({ hostname, port, method, path, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end(body);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    seen,
    close: () => {
      relay.closeAllConnections();
      relay.close();
    },
  };
}
