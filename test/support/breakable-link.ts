import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** How a line to the platform is broken. */
export type Break = 'refused' | 'reset' | '503';

/** The line between a server and its RingCentral, REST and WebSocket, that can be cut and mended. */
export interface BreakableLink {
  /** Takes the place of the platform's server URL. */
  serverUrl: string;
  /** Ends all connections; no new one works. */
  cut(how: Break): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A line with TLS on its near end, under a name that only a proxy knows. */
export interface Tls {
  key: string;
  cert: string;
  origin: string;
}

/** Lays a line to the platform at `target`. */
export async function openBreakableLink(
  target: string,
  tls?: Tls,
): Promise<BreakableLink & { port: number }> {
  const { hostname, port, host } = new URL(target);
  const sockets = new Set<Duplex>();
  let broken: Break | undefined;

  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (broken) return void response.writeHead(503).end();
    const { method, url: path, headers } = request;
    const outgoing = requestHttp({ hostname, port, method, path, headers: { ...headers, host } });
    outgoing.on('error', () => response.destroy());
    outgoing.on('response', async (answer) => {
      // The gateway's address is the line's, too.
      const body = (await buffer(answer))
        .toString()
        .replaceAll(`ws://${host}`, serverUrl.replace('http', 'ws'));
      const { 'content-length': _, ...rest } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, { ...rest, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
    outgoing.end(await buffer(request));
  };

  const upgrade = (request: IncomingMessage, near: Socket, head: Buffer): void => {
    if (broken) return void near.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
    const far = connect(Number(port), hostname);
    keep(far);
    const headers = Object.entries({ ...request.headers, host }).map(([name, value]) => `${name}: ${value}`);
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near).pipe(far);
    far.once('close', () => near.destroy());
    near.once('close', () => far.destroy());
  };

  const answer = (request: IncomingMessage, response: ServerResponse) => void forward(request, response);
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, answer) : createServer(answer);
  server.on('upgrade', upgrade);
  server.on('connection', (socket) => {
    keep(socket);
    if (broken === 'reset') socket.resetAndDestroy();
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const ownPort = (server.address() as AddressInfo).port;
  const serverUrl = tls?.origin ?? `http://127.0.0.1:${ownPort}`;

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    serverUrl,
    port: ownPort,
    async cut(how) {
      broken = how;
      dropAll();
      if (how === 'refused') await stop();
    },
    async mend() {
      broken = undefined;
      if (!server.listening) await listen(ownPort);
    },
    async close() {
      dropAll();
      await stop();
    },
  };
}
