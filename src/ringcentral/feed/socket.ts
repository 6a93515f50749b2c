import type { ClientRequest, IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
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

const maxFrameBytes = 4 * 1024 * 1024;
/**
 * When so many bytes of one connection were handled in a turn of the event loop, the other connections come first: an
 * account with a flood of events must not keep the rest waiting.
 */
const turnBytes = 64 * 1024;

/**
 * Opens a socket to the gateway. What fails from then on is reported by `ended`.
 * @throws Error where the address of the proxy cannot be used
 */
export async function openSocket(
  uri: string,
  listener: SocketListener,
  handshakeTimeoutMs: number,
): Promise<Socket> {
  // Loaded with the first connection, not with the program.
  const { WebSocket } = await import('ws');
  const proxy = await proxyFor(new URL(uri));
  const webSocket: WebSocket = new WebSocket(uri, {
    ...(proxy && { agent: proxy.agent }),
    finishRequest(request) {
      followProxy(request, (refusal) => socket.fail(refusal));
      request.end();
    },
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  });
  // In the same turn: what comes together with the upgrade is not lost, and no error goes unheard.
  const socket = new Socket(webSocket, listener);
  return socket;
}

function followProxy(request: ClientRequest, onRefusal: (refusal: string) => void): void {
  request.on('proxyConnect', (answer) => {
    const refusal = proxyRefusal(answer);
    if (refusal) onRefusal(refusal);
  });
}

/** A WebSocket to the gateway that reports its end once, with the reason. */
export class Socket {
  readonly #webSocket: WebSocket;
  readonly #listener: SocketListener;
  #isOpen = false;
  #isOver = false;
  /** Bytes that were handled in this turn of the event loop. */
  #handledBytes = 0;

  constructor(webSocket: WebSocket, listener: SocketListener) {
    this.#webSocket = webSocket;
    this.#listener = listener;
    webSocket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? error.message));
    webSocket.on('unexpected-response', (request, response) => this.#refused(request, response));
    webSocket.on('open', () => this.#opened());
    webSocket.on('close', (code) => this.#end(fromClose(code)));
    webSocket.on('ping', () => this.#controlFrame());
    webSocket.on('pong', () => this.#controlFrame());
    webSocket.on('message', (data, isBinary) => {
      if (this.#isOver) return;
      const text = isBinary ? '' : data.toString();
      this.#count(text.length);
      listener.frame(text);
    });
  }

  send(text: string): void {
    if (this.#canSend) this.#webSocket.send(text);
  }

  ping(): void {
    if (this.#canSend) this.#webSocket.ping();
  }

  /** Closes the socket at once, without further callbacks. */
  drop(): void {
    this.#isOver = true;
    this.#webSocket.terminate();
  }

  /** Ends a socket whose connection has failed; `reason` in a word or two. */
  fail(reason: string): void {
    const message = `the connection to the gateway failed (${reason})`;
    this.#end(this.#isOpen ? passing(message) : free(message));
  }

  /** Reads no more in this turn when enough was handled. */
  #count(bytes: number): void {
    if (this.#handledBytes === 0) {
      setImmediate(() => {
        if (this.#handledBytes >= turnBytes) this.#webSocket.resume();
        this.#handledBytes = 0;
      });
    }
    // An empty frame counts, too.
    this.#handledBytes += Math.max(1, bytes);
    if (this.#handledBytes >= turnBytes) this.#webSocket.pause();
  }

  get #canSend(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  #opened(): void {
    this.#isOpen = true;
    if (!this.#isOver) this.#listener.opened();
  }

  #controlFrame(): void {
    if (!this.#isOver) this.#listener.controlFrame();
  }

  /** The gateway answered the upgrade with a status of its own. */
  #refused(request: ClientRequest, { statusCode = 0, headers }: IncomingMessage): void {
    const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, `${value}`]);
    request.destroy();
    this.#end(fromStatus(statusCode, 'Open the event feed', '', pairs));
  }

  #end(trouble: FeedFault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#webSocket.terminate();
    this.#listener.ended(trouble);
  }
}
