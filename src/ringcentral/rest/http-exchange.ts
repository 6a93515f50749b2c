import { setMaxListeners } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock } from '../../shared/clock.ts';
import { HttpHeaders } from './http-headers.ts';
import { type HttpRequest, HttpResponse } from './http-message.ts';
import { NetworkError } from './network-error.ts';
import { proxyRefusal } from './proxy.ts';

/**
 * Limit, in ms, for connecting. Before that nothing has been sent, and most of an outage is waiting for a connection.
 */
const connectMs = 4_000;
/** Of one answer: a page of a thousand records is a tenth of it, and reading it takes a turn of the event loop. */
const maxResponseBytes = 8 * 1024 * 1024;

/** A connection that is being opened, or is kept from before. */
interface Connection {
  /** It stands, so that the request may have got to the platform. */
  reached: boolean;
}

/** A request that has no answer yet. */
export interface UnderWay {
  request: HttpRequest;
  cancel(): void;
}

/**
 * Sends the body over `outgoing`, whose head says the rest, and waits for the whole answer.
 * @param underWay has it until it is settled
 * @throws NetworkError
 */
export function exchangeOver(
  outgoing: ClientRequest,
  request: HttpRequest,
  clock: Clock,
  timeoutMs: number,
  underWay: Set<UnderWay>,
): Promise<HttpResponse> {
  const {
    body,
    rules: { signal },
  } = request;
  return new Promise((resolve, reject) => {
    const connection = followConnection(outgoing);
    const fail = (why: NetworkError['why'], message: string): void => {
      settle();
      reject(new NetworkError(why, message, connection.reached));
      outgoing.destroy();
    };
    const cancel = (): void => fail('cancelled', 'cancelled');
    const entry = { request, cancel };
    underWay.add(entry);
    const stopTimers = startTimers(clock, timeoutMs, connection, (message) => fail('timed-out', message));
    const settle = (): void => {
      stopTimers();
      underWay.delete(entry);
      signal?.removeEventListener('abort', cancel);
    };

    outgoing.on('proxyConnect', (answer) => {
      const refusal = proxyRefusal(answer);
      if (refusal) fail('broken', refusal);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail('broken', error.code ?? error.message));
    outgoing.on('response', (incoming) => {
      readResponse(incoming).then(
        (response) => {
          settle();
          resolve(response);
        },
        (reason: string) => fail('broken', reason),
      );
    });
    // One signal cancels as many requests as there are calls to read; Node warns of more than ten listeners.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    else outgoing.end(body);
  });
}

/** Notes when the connection stands, for HTTPS with its handshake. */
function followConnection(outgoing: ClientRequest): Connection {
  const connection = { reached: false };
  const note = (): void => {
    connection.reached = true;
  };
  outgoing.on('socket', (socket) => {
    const isReady = !socket.connecting && !('secureConnecting' in socket && socket.secureConnecting);
    if (isReady) note();
    else socket.once(outgoing.protocol === 'https:' ? 'secureConnect' : 'connect', note);
  });
  return connection;
}

/** @returns stops both timers, for the answer and for the connection */
function startTimers(
  clock: Clock,
  timeoutMs: number,
  connection: Connection,
  onTimeout: (message: string) => void,
): () => void {
  const stopTimer = clock.after(timeoutMs, () => onTimeout(`no answer within ${timeoutMs / 1000} s`));
  const stopConnectTimer = clock.after(connectMs, () => {
    if (!connection.reached) onTimeout(`no connection within ${connectMs / 1000} s`);
  });
  return () => {
    stopTimer();
    stopConnectTimer();
  };
}

/** Reads the whole answer. Rejects with the cause as a string. */
async function readResponse(incoming: IncomingMessage): Promise<HttpResponse> {
  const body = await readBody(incoming);
  const headers = new HttpHeaders();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  return new HttpResponse(incoming.statusCode ?? 0, headers, body);
}

/** Reads the whole body. Rejects with the cause as a string. */
function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxResponseBytes) reject('the answer is too large');
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', (error: NodeJS.ErrnoException) => reject(error.code ?? error.message));
    incoming.on('aborted', () => reject('the connection broke'));
  });
}
