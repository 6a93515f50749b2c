import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A connection to another port that can be cut, or kept open without a byte passing. */
export interface TcpLink {
  port: number;
  cut(): void;
  /** Nothing passes, and nobody is told. */
  stall(): void;
  mend(): void;
  close(): void;
}

export async function openTcpLink(target: number): Promise<TcpLink> {
  let state: 'whole' | 'cut' | 'stalled' = 'whole';
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((near) => {
    near.on('error', () => {});
    if (state === 'cut') return void near.destroy();
    const far = connect(target, '127.0.0.1');
    far.on('error', () => {});
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [one, other] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      one.on('data', (bytes) => other.write(bytes));
      one.once('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    if (state === 'stalled') for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const each = (act: (socket: Socket) => void) => {
    for (const pair of [...pairs]) for (const socket of pair) act(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut';
      each((socket) => socket.destroy());
    },
    stall() {
      state = 'stalled';
      each((socket) => void socket.pause());
    },
    mend() {
      state = 'whole';
      each((socket) => void socket.resume());
    },
    close() {
      each((socket) => socket.destroy());
      server.close();
    },
  };
}
