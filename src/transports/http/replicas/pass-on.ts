import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Logger } from '../../../shared/log.ts';
import { requestId } from '../../../shared/request-id.ts';
import type { Principal } from '../../identity/principal.ts';
import { Refusal } from '../../refusal.ts';
import { digestOf, type HopKeys, hopHeader, sealHop } from './hop-seal.ts';
import type { SessionOwner, SessionRegister } from './session-register.ts';

/** Where a replica takes what others pass on. */
export const hopPaths = { mcp: '/replicas/mcp', messages: '/replicas/messages' } as const;

/** In the answer of a replica that does not have the session. */
export const elsewhereHeader = 'x-rc-mcp-elsewhere';

/** A request of a client, to be passed on. */
export interface Passable {
  path: (typeof hopPaths)[keyof typeof hopPaths];
  method: string;
  session: string;
  principal: Principal;
  headers: Headers;
  body: unknown;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

/**
 * What came of it, where there is no answer: `elsewhere`, the other does not have the session; `unreached`, it has not
 * got the request; `broken`, it may have got it, and does not live or has ended the connection.
 */
export type NotPassed = 'elsewhere' | 'unreached' | 'broken';

/** Of a client's headers, those that MCP knows, and how many characters of them are passed on. */
const passedHeaders = ['accept', 'content-type', 'mcp-protocol-version', 'mcp-session-id', 'last-event-id'];
const headerLength = 1_000;
/** Of the answer's. */
const answerHeaders = [
  ...['content-type', 'mcp-session-id', 'retry-after', 'allow', 'x-accel-buffering'],
  'www-authenticate',
];
/** In ms: how often it is looked whether replicas live that have not answered. */
const lookMs = 700;
const connectMs = 2_000;

/** Passes requests on to the replicas that have their sessions. */
export class PassOn {
  readonly #register: SessionRegister;
  readonly #keys: HopKeys;
  readonly #log: Logger;
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  };
  /** What is to end when a replica does not live any more. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #missed = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(register: SessionRegister, keys: HopKeys, log: Logger) {
    this.#register = register;
    this.#keys = keys;
    this.#log = log;
  }

  /** The answer of the owner, as it comes. @throws Refusal 503 where the owner does not take it as from a replica */
  async pass({ replica, url }: SessionOwner, passable: Passable): Promise<Response | NotPassed> {
    const { path, method, session, principal, headers, body, signal } = passable;
    const text = body === undefined ? '' : JSON.stringify(body);
    const target = new URL(path, url);
    const hop = {
      ...{ to: replica, method, path, session, principal, digest: digestOf(text) },
      headers: Object.fromEntries(
        passedHeaders.flatMap((name) => {
          const value = headers.get(name);
          return value === null ? [] : [[name, value.slice(0, headerLength)]];
        }),
      ),
    };
    const options = {
      method,
      agent: this.#agents[target.protocol as 'http:' | 'https:'],
      headers: {
        [hopHeader]: sealHop(this.#keys, hop, this.#register.clock),
        'x-request-id': requestId() ?? '',
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        }),
      },
    };
    const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options);
    const end = () => request.destroy();
    signal.addEventListener('abort', end, { once: true });
    const stopWatching = this.#endWith(replica, end);
    request.once('close', () => {
      signal.removeEventListener('abort', end);
      stopWatching();
    });
    const answer = await this.#answer(request, text);
    if (typeof answer === 'string') return answer;
    if (answer.headers[elsewhereHeader] !== undefined) {
      answer.resume();
      return 'elsewhere';
    }
    if (answer.statusCode === 401) {
      answer.resume();
      this.#log.warn({ replica }, 'another replica did not take a request as from a replica');
      throw new Refusal(503, 'The replicas of this server do not trust each other.', {
        headers: { 'retry-after': '30' },
      });
    }
    return toResponse(answer, request);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #answer(request: ClientRequest, text: string): Promise<IncomingMessage | NotPassed> {
    let isConnected = false;
    request.once('socket', (socket) => {
      if (!socket.connecting) isConnected = true;
      else {
        socket.setTimeout(connectMs, () => !isConnected && request.destroy());
        socket.once('connect', () => {
          isConnected = true;
          socket.setTimeout(0);
        });
      }
    });
    return new Promise((resolve) => {
      request.once('response', resolve);
      request.once('error', () => resolve(isConnected ? 'broken' : 'unreached'));
      request.once('close', () => resolve(isConnected ? 'broken' : 'unreached'));
      request.end(text === '' ? undefined : text);
    });
  }

  /** Calls `end` when this replica does not live any more. Returns what forgets it. */
  #endWith(replica: string, end: () => void): () => void {
    const ends = this.#waiting.get(replica) ?? new Set();
    this.#waiting.set(replica, ends.add(end));
    this.#timer ??= setTimeout(() => void this.#look(), lookMs).unref();
    return () => {
      ends.delete(end);
      if (ends.size > 0 || this.#waiting.get(replica) !== ends) return;
      this.#waiting.delete(replica);
      this.#missed.delete(replica);
    };
  }

  async #look(): Promise<void> {
    for (const [replica, ends] of this.#waiting) {
      // Where Redis does not answer, nobody knows better.
      const isLiving = await this.#register.isLiving(replica).catch(() => true);
      const missed = isLiving ? 0 : (this.#missed.get(replica) ?? 0) + 1;
      this.#missed.set(replica, missed);
      // A Redis that was emptied hears of it again with the next beat.
      if (missed >= 2) for (const end of ends) end();
    }
    this.#timer = this.#waiting.size > 0 ? setTimeout(() => void this.#look(), lookMs).unref() : undefined;
  }
}

function toResponse(answer: IncomingMessage, request: ClientRequest): Response {
  const headers = answerHeaders.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const status = answer.statusCode ?? 502;
  if (status === 204 || status === 202) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  let isOver = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      answer.on('data', (chunk: Uint8Array) => !isOver && controller.enqueue(chunk));
      answer.once('end', () => {
        if (!isOver && answer.complete) controller.close();
        isOver = true;
      });
      const broken = () => {
        if (!isOver) controller.error(new Refusal(503, ownerGone));
        isOver = true;
      };
      answer.once('error', broken);
      answer.once('close', broken);
    },
    cancel() {
      isOver = true;
      request.destroy();
    },
  });
  return new Response(body, { status, headers });
}

/** What a client is told whose request may have reached an owner that has ended. */
export const ownerGone =
  'The replica of this server that had this session has ended. What it did of this request is not known: look at the ' +
  'calls before you ask again. A question that was open is void.';
