import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Every TCP socket of this process, whoever opened it, from its beginning to its end. */
const sockets = new Set<Socket>();
const watch = (message: unknown): void => {
  const { socket } = message as { socket: Socket };
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
};
subscribe('net.client.socket', watch);
subscribe('net.server.socket', watch);

/** What has come runs in a turn or two; nothing in this project goes by more of them without a socket or a timer. */
const stillTurns = 5;
/** Far more than any exchange takes: something is wrong with the watching then. */
const mostTurns = 200_000;

/**
 * Waits until all exchanges between sockets of this process have come to their end: each connection is open at both
 * ends, what one end wrote the other has read, and what that set off has run. Answers that wait for a clock or never
 * come are not waited for, nor what is sent to a socket that does not read.
 */
export async function quiet(): Promise<void> {
  let before = '';
  let still = 0;
  for (let turn = 0; still < stillTurns; turn += 1) {
    if (turn > mostTurns) throw new Error(`Never quiet: ${traffic()}`);
    await new Promise((resolve) => setImmediate(resolve));
    const now = traffic();
    still = now === before && isDelivered() ? still + 1 : 0;
    before = now;
  }
}

const traffic = (): string =>
  [...sockets].map((one) => `${nameOf(one)} ${one.bytesWritten}/${one.bytesRead}`).join();
const nameOf = ({ localPort, remotePort }: Socket): string => `${localPort}-${remotePort}`;

function isDelivered(): boolean {
  const byName = new Map([...sockets].map((socket) => [nameOf(socket), socket]));
  for (const socket of sockets) {
    // What does not read does not notice its end either.
    if (socket.isPaused()) continue;
    if (socket.connecting || socket.destroyed) return false;
    const other = byName.get(`${socket.remotePort}-${socket.localPort}`);
    if (!other || socket.bytesRead < other.bytesWritten) return false;
  }
  return true;
}
