import { Agent, type IncomingMessage, request } from 'node:http';

/** Streams stay open for ever; calls take turns on some connections. */
const streams = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const calls = new Agent({ keepAlive: true, maxSockets: 64 });

export type Caller = () => Promise<void>;

/** What calls took, and what went wrong. */
export class Tally {
  readonly errors = new Map<string, number>();
  readonly #times: number[] = [];

  async time(call: Caller): Promise<void> {
    const began = performance.now();
    try {
      await call();
      this.#times.push(performance.now() - began);
    } catch (error) {
      const { message } = error as Error;
      this.errors.set(message, (this.errors.get(message) ?? 0) + 1);
    }
  }

  percentile(share: number): number {
    const sorted = this.#times.toSorted((a, b) => a - b);
    return Math.round(sorted[Math.floor((sorted.length * share) / 100)] ?? 0);
  }

  perSecond(ms: number): number {
    return (this.#times.length * 1_000) / ms;
  }
}

/** Calls as fast as answers come, from so many callers at once. Answers calls a second. */
export async function load(callers: Caller[], tally: Tally, ms: number): Promise<number> {
  const end = performance.now() + ms;
  await Promise.all(
    callers.map(async (call) => {
      while (performance.now() < end) await tally.time(call);
    }),
  );
  return tally.perSecond(ms);
}

interface Sent {
  body?: object;
  headers?: Record<string, string>;
  agent?: Agent;
}

function send(
  url: string,
  method: string,
  { body, headers = {}, agent = calls }: Sent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    sent.once('response', resolve).once('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

async function text(response: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of response.setEncoding('utf8')) all += chunk;
  return all;
}

async function post(url: string, body: object, headers: Record<string, string>): Promise<IncomingMessage> {
  const response = await send(url, 'POST', { body, headers });
  const answer = await text(response);
  if ((response.statusCode ?? 0) >= 300) throw new Error(`HTTP ${response.statusCode}`);
  if (answer.includes('"isError":true')) throw new Error(`tool error: ${answer.slice(0, 500)}`);
  if (answer.includes('"error":{')) throw new Error('protocol error');
  return response;
}

function countNews(response: IncomingMessage, onNews: () => void) {
  response.setEncoding('utf8').on('data', (chunk: string) => {
    for (const _ of chunk.matchAll(/resources\/updated/g)) onNews();
  });
  response.on('error', () => {});
}

export interface LoadSession {
  headers: Record<string, string>;
  next: number;
}

/**
 * A 2025-era client with one subscription and an open stream.
 * @param own headers beside those of the protocol: what lets the client in
 */
export async function openSession(
  url: string,
  uri: string,
  onNews: () => void,
  own: Record<string, string> = {},
): Promise<LoadSession> {
  const protocolVersion = '2025-11-25';
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'load', version: '1.0.0' } };
  const opened = await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, own);
  const headers = {
    ...own,
    'mcp-session-id': String(opened.headers['mcp-session-id']),
    'mcp-protocol-version': protocolVersion,
  };
  await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
  await post(url, { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri } }, headers);
  countNews(await send(url, 'GET', { headers, agent: streams }), onNews);
  return { headers, next: 2 };
}

export async function callLegacy(url: string, session: LoadSession, name: string): Promise<void> {
  const id = session.next;
  session.next += 1;
  const params = { name, arguments: {} };
  await post(url, { jsonrpc: '2.0', id, method: 'tools/call', params }, session.headers);
}

const prefix = 'io.modelcontextprotocol';
const _meta = {
  [`${prefix}/protocolVersion`]: '2026-07-28',
  [`${prefix}/clientInfo`]: { name: 'load', version: '1.0.0' },
  [`${prefix}/clientCapabilities`]: {},
};
const modernHeaders = (method: string) => ({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method });

export interface ModernCall {
  arguments?: object;
  /** Beside those of the protocol: what lets the caller in. */
  headers?: Record<string, string>;
}

export async function callModern(
  url: string,
  id: number,
  name: string,
  { arguments: args = {}, headers }: ModernCall = {},
): Promise<void> {
  const method = 'tools/call';
  const body = { jsonrpc: '2.0', id, method, params: { name, arguments: args, _meta } };
  await post(url, body, { ...modernHeaders(method), 'mcp-name': name, ...headers });
}

/**
 * A 2026-07-28 client that listens.
 * @param headers beside those of the protocol: what lets the client in
 */
export async function listen(
  url: string,
  id: number,
  uris: string[],
  onNews: () => void,
  headers: Record<string, string> = {},
): Promise<void> {
  const method = 'subscriptions/listen';
  const params = { notifications: { resourceSubscriptions: uris, resourcesListChanged: true }, _meta };
  const body = { jsonrpc: '2.0', id, method, params };
  const response = await send(url, 'POST', {
    ...{ body, agent: streams },
    headers: { ...modernHeaders(method), ...headers },
  });
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${await text(response)}`);
  countNews(response, onNews);
}
