import { once } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
  json: any;
}

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: unknown;
}

/**
 * One HTTP request with exactly these headers; `fetch` would not let us say Host. An event stream's first message is
 * its JSON.
 */
export async function ask(url: string, { method = 'POST', path, headers = {}, body }: Ask): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  const request = httpRequest({
    host: hostname,
    port,
    path: path ?? pathname,
    method,
    headers: {
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    agent: false,
  });
  request.end(
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  );
  const response = await responseTo(request);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: firstMessage(text) };
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // After the response this says nothing new: a server that answers early may close while we still write.
    request.on('error', reject);
  });
}

/** Bytes as they are, and what comes back until the server closes. */
export async function send(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

function firstMessage(text: string): unknown {
  const data = text
    .split('\n')
    .findLast((line) => line.startsWith('data: {'))
    ?.slice('data: '.length);
  try {
    return JSON.parse(data ?? text);
  } catch {
    return undefined;
  }
}

/** An event stream that stays open. */
export interface Stream {
  status: number;
  headers: IncomingHttpHeaders;
  /** Messages so far. */
  messages: { id?: string; method?: string; params?: { uri?: string }; result?: unknown }[];
  /** Ids of events so far, those without a message as well. */
  eventIds: string[];
  comments: number;
  /** HTTP+SSE: where to post. */
  endpoint: Promise<string>;
  ended: Promise<unknown>;
  /** It ended in the middle, instead of being ended. */
  readonly broken: boolean;
  close(): void;
}

export async function stream(url: string, { method = 'GET', headers = {}, body }: Ask): Promise<Stream> {
  const { hostname, port, pathname, search } = new URL(url);
  const request = httpRequest({
    host: hostname,
    port,
    path: pathname + search,
    method,
    headers: {
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    agent: false,
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await responseTo(request);
  let tellEndpoint = (_path: string) => {};
  const opened: Stream = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    messages: [],
    eventIds: [],
    comments: 0,
    endpoint: new Promise((resolve) => {
      tellEndpoint = resolve;
    }),
    ended: new Promise((resolve) => response.once('close', resolve)),
    get broken() {
      return !response.complete;
    },
    close: () => request.destroy(),
  };
  response.on('error', () => {});
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: {')) opened.messages.push(JSON.parse(line.slice('data: '.length)));
      if (line.startsWith('id: ')) opened.eventIds.push(line.slice('id: '.length));
      if (line.startsWith('data: /')) tellEndpoint(line.slice('data: '.length));
      if (line.startsWith(':')) opened.comments += 1;
    }
  });
  return opened;
}

export const initialize = (protocolVersion = '2025-11-25', id: number | string = 0) => ({
  jsonrpc: '2.0',
  id,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'wire', version: '1.0.0' } },
});

/** A request of revision 2026-07-28, with the headers that it needs. */
export function modern(method: string, params: object = {}, id: number | string = 1) {
  const prefix = 'io.modelcontextprotocol';
  const name = (params as { name?: string; uri?: string }).name ?? (params as { uri?: string }).uri;
  return {
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
    } as Record<string, string>,
    body: {
      jsonrpc: '2.0',
      id,
      method,
      params: {
        ...params,
        _meta: {
          ...(params as { _meta?: object })._meta,
          [`${prefix}/protocolVersion`]: '2026-07-28',
          [`${prefix}/clientInfo`]: { name: 'wire', version: '1.0.0' },
          [`${prefix}/clientCapabilities`]: {},
        },
      },
    },
  };
}

/** Opens a 2025-era session by hand. */
export async function openSession(
  url: string,
  protocolVersion = '2025-11-25',
  headers: Record<string, string> = {},
  capabilities: object = {},
) {
  const { params, ...rest } = initialize(protocolVersion);
  const opened = await ask(url, { body: { ...rest, params: { ...params, capabilities } }, headers });
  const id = opened.headers['mcp-session-id'];
  if (typeof id !== 'string') throw new Error(`no session: ${opened.status} ${opened.text}`);
  const own = { ...headers, 'mcp-session-id': id, 'mcp-protocol-version': protocolVersion };
  await ask(url, { body: { jsonrpc: '2.0', method: 'notifications/initialized' }, headers: own });
  let next = 0;
  return {
    id,
    headers: own,
    request: (method: string, params: object = {}) => {
      next += 1;
      return ask(url, { body: { jsonrpc: '2.0', id: next, method, params }, headers: own });
    },
  };
}
