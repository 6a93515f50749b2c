import type { IncomingMessage } from 'node:http';
import { proxyFor, proxyRefusal } from '../rest/proxy.ts';
import { type FeedFault, free, fromClose, fromStatus, passing } from './feed-fault.ts';

export interface SocketListener {
  /** A text frame. */
  frame(text: string): void;
  /** A control frame came, a ping or a pong: the far end of the connection lives. */
  controlFrame(): void;
  /** The gateway accepted the upgrade, and with it the token. */
  opened(): void;
  /** The socket never opened, or has closed. Called once. */
  ended(trouble: FeedFault): void;
}

export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Closes the socket at once, without further callbacks. */
  drop(): void;
}

const maxFrameBytes = 4 * 1024 * 1024;

/** Opens a socket to the gateway. Every failure is reported by `ended`; nothing is thrown. */
export async function openSocket(
  uri: string,
  listener: SocketListener,
  handshakeTimeoutMs: number,
): Promise<Socket> {
  // Loaded with the first connection, not with the program.
  const { WebSocket } = await import('ws');
  const proxy = await proxyFor(new URL(uri));
  const socket = new WebSocket(uri, {
    ...(proxy && { agent: proxy.agent }),
    finishRequest(request) {
      request.on('proxyConnect', (answer) => {
        const refusal = proxyRefusal(answer);
        if (refusal) end(free(`the connection to the gateway failed (${refusal})`));
      });
      request.end();
    },
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  });
  let over = false;
  let isOpen = false;
  const end = (trouble: FeedFault): void => {
    if (over) return;
    over = true;
    socket.terminate();
    listener.ended(trouble);
  };

  // Attached in the same turn: what comes together with the upgrade is not lost, and no error goes unheard.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const message = `the connection to the gateway failed (${error.code ?? error.message})`;
    end(isOpen ? passing(message) : free(message));
  });
  socket.on('unexpected-response', (request, response: IncomingMessage) => {
    const headers = Object.entries(response.headers).map(([name, value]): [string, string] => [
      name,
      `${value}`,
    ]);
    request.destroy();
    end(fromStatus(response.statusCode ?? 0, 'Open the event feed', '', headers));
  });
  socket.on('open', () => {
    isOpen = true;
    if (!over) listener.opened();
  });
  socket.on('close', (code) => end(fromClose(code)));
  socket.on('ping', () => !over && listener.controlFrame());
  socket.on('pong', () => !over && listener.controlFrame());
  socket.on('message', (data, isBinary) => {
    if (!over) listener.frame(isBinary ? '' : data.toString());
  });

  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping() {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    drop() {
      over = true;
      socket.terminate();
    },
  };
}
