import { setMaxListeners } from 'node:events';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { modern } from '../../transports/support/wire.ts';

/** The ways into the server: sessions of 2025, HTTP+SSE, and single requests of 2026. */
export const ways = ['2025', 'sse', '2026'] as const;
export type Way = (typeof ways)[number];

// biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
export type Message = Record<string, any>;

export interface Reply {
  status: number;
  /** The JSON-RPC answer, or what came instead of one. */
  message: Message;
}

/** What goes out and comes in, for who judges it. */
export interface Ear {
  sends(text: string): void;
  /** `asked`: the texts that this client has sent with the request of which this is heard; empty for a notice. */
  hears(text: string, asked: readonly string[]): void;
  /** Answers a question; undefined leaves it open. */
  asked(form: Message, question: { id?: number | string; state?: string }): Message | undefined;
}

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What says what a stream will tell. */
const opening = new Set(['notifications/subscriptions/acknowledged']);

const capabilities = { elicitation: { form: {} } };
const clientInfo = { name: 'wire', version: '1.0.0' };
const capabilitiesMeta = 'io.modelcontextprotocol/clientCapabilities';

/** A host at the level of HTTP: everything that reaches it is shown to its `Ear` as it came. */
export class WireClient {
  readonly way: Way;
  /** Ids of events that this client was sent. */
  readonly eventIds: string[] = [];
  /** Of a session, as its headers or its address name it. */
  sessionId: string | undefined;
  /** On which it is told of changes. */
  streams = 0;
  /** Requests and streams that have not ended. */
  underWay = 0;
  readonly #url: string;
  readonly #token: () => string;
  readonly #ear: Ear;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #closing = new AbortController();
  /** HTTP+SSE: who waits for an answer, by the id of the request. */
  readonly #waiting = new Map<number | string, (message: Message) => void>();
  #asked = new Map<number | string, string[]>();
  #next = 1;
  #endpoint = '';

  /** @param token gives what each request shows to be let in */
  constructor(way: Way, url: string, token: () => string, ear: Ear) {
    this.way = way;
    this.#url = url;
    this.#token = token;
    this.#ear = ear;
    // Each request under way listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Opens a session, and the stream on which it is told of changes. 2026 has neither. */
  async open(): Promise<void> {
    if (this.way === '2026') return;
    const protocolVersion = this.way === 'sse' ? '2024-11-05' : '2025-11-25';
    const initialize = { protocolVersion, capabilities, clientInfo };
    if (this.way === 'sse') {
      const ready = new Promise<void>((resolve) => {
        const ended = this.#listen({ method: 'GET', path: '/sse' }, (address) => {
          this.#endpoint = address;
          this.sessionId = new URL(address, this.#url).searchParams.get('sessionId') ?? '';
          resolve();
        });
        // Without its stream, which whoever is not let in never has, nothing that was asked is answered.
        void ended.then(() => {
          resolve();
          for (const answered of this.#waiting.values()) answered({ gone: true });
        });
      });
      await ready;
      await this.request('initialize', initialize);
    } else {
      const { headers } = await this.#post('initialize', initialize, {});
      this.sessionId = String(headers['mcp-session-id']);
    }
    await this.notify('notifications/initialized');
    if (this.way === '2025') void this.#listen({ method: 'GET', headers: this.#sessionHeaders() });
  }

  /** Calls a tool; where 2026 is asked a question, the answer goes back with the same call. */
  async call(name: string, args: object = {}): Promise<Reply> {
    const reply = await this.request('tools/call', { name, arguments: args });
    const { inputRequests, requestState: state } = reply.message.result ?? {};
    const form = inputRequests?.confirm?.params;
    if (!form) return reply;
    const answer = this.#ear.asked(form, { state });
    return answer ? this.answer(name, args, state, answer) : reply;
  }

  /** 2026: the same call with the answer to its question. */
  answer(name: string, args: object, requestState: string, answer: Message): Promise<Reply> {
    return this.request('tools/call', {
      ...{ name, arguments: args, requestState },
      inputResponses: { confirm: answer },
    });
  }

  async request(method: string, params: object = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const { status, message } = await this.#post(method, params, headers);
    return { status, message };
  }

  /** Watches these resources: 2026 opens a stream for it. */
  async watch(uris: readonly string[]): Promise<Message[]> {
    if (this.way !== '2026') {
      const replies: Message[] = [];
      for (const uri of uris) replies.push((await this.request('resources/subscribe', { uri })).message);
      return replies;
    }
    const notifications = { resourceSubscriptions: uris, resourcesListChanged: true };
    const { headers, body } = this.#modern('subscriptions/listen', { notifications });
    return new Promise((resolve) => {
      const sent = { method: 'POST', headers, body };
      void this.#listen(sent, undefined, (message) => resolve([message])).then(() => resolve([]));
    });
  }

  async notify(method: string, params: object = {}): Promise<void> {
    await this.#send({ body: { jsonrpc: '2.0', method, params } });
  }

  /** Something else than a client of this way would send. */
  raw(sent: Sent): Promise<Received> {
    return this.#exchange(sent, [JSON.stringify(sent)]);
  }

  /** A response to a question, whoever was asked it. */
  async respond(id: number | string, result: Message): Promise<void> {
    await this.#send({ body: { jsonrpc: '2.0', id, result } });
  }

  /** Goes away: streams and requests under way break off. */
  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }

  #modern(method: string, params: object) {
    const made = modern(method, params, this.#next++);
    Object.assign(made.body.params._meta, { [capabilitiesMeta]: capabilities });
    return made;
  }

  #sessionHeaders(): Record<string, string> {
    return this.sessionId === undefined
      ? {}
      : { 'mcp-session-id': this.sessionId, 'mcp-protocol-version': '2025-11-25' };
  }

  async #post(method: string, params: object, more: Record<string, string>): Promise<Reply & Received> {
    const made =
      this.way === '2026'
        ? this.#modern(method, params)
        : { headers: {}, body: { jsonrpc: '2.0', id: this.#next++, method, params } };
    const { id } = made.body;
    let answered: (message: Message) => void = () => {};
    const answer = new Promise<Message>((resolve) => {
      answered = resolve;
    });
    this.#waiting.set(id, answered);
    this.#asked.set(id, [JSON.stringify(made.body), ...Object.values(more)]);
    const received = await this.#send({ headers: { ...made.headers, ...more }, body: made.body });
    const isStillToCome = this.way === 'sse' && received.status === 202;
    const ended = new Promise<Message>((resolve) => {
      this.#closing.signal.addEventListener('abort', () => resolve({ gone: true }));
      if (!isStillToCome) resolve(parse(received.text) ?? { gone: true });
    });
    const message = await Promise.race([answer, ended]);
    this.#waiting.delete(id);
    this.#asked.delete(id);
    return { ...received, message };
  }

  #send({ headers, body }: Sent): Promise<Received> {
    const path = this.way === 'sse' ? this.#endpoint : undefined;
    const sent = {
      method: 'POST',
      ...(path && { path }),
      headers: { ...this.#sessionHeadersOf(), ...headers },
      body,
    };
    return this.#exchange(sent, [JSON.stringify(sent)]);
  }

  #sessionHeadersOf = () => (this.way === '2025' ? this.#sessionHeaders() : {});

  async #listen(
    sent: Sent,
    onEndpoint?: (address: string) => void,
    onMessage?: (message: Message) => void,
  ): Promise<void> {
    this.streams += 1;
    await this.#exchange(sent, [JSON.stringify(sent)], onEndpoint, onMessage);
  }

  /** One HTTP exchange. Gives status 0 where it broke off. */
  #exchange(
    { method = 'POST', path, headers = {}, body, signal }: Sent,
    asked: readonly string[],
    onEndpoint?: (address: string) => void,
    onMessage?: (message: Message) => void,
  ): Promise<Received> {
    const { hostname, port, pathname } = new URL(this.#url);
    const ended = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    for (const text of asked) this.#ear.sends(text);
    this.underWay += 1;
    return new Promise<Received>((resolve) => {
      const request = httpRequest(
        {
          ...{ host: hostname, port, path: path ?? pathname, method, agent: this.#agent, signal: ended },
          headers: {
            accept: 'application/json, text/event-stream',
            ...(body !== undefined && { 'content-type': 'application/json' }),
            authorization: `Bearer ${this.#token()}`,
            ...headers,
          },
        },
        (response) => {
          const { statusCode: status = 0 } = response;
          const isStream = response.headers['content-type']?.includes('event-stream') === true;
          let text = '';
          let rest = '';
          const received = () => resolve({ status, headers: response.headers, text });
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
            if (!isStream) return;
            const lines = (rest + chunk).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) {
              if (line.startsWith('id: ')) this.eventIds.push(line.slice(4));
              if (line.startsWith('data: /')) onEndpoint?.(line.slice(6));
              if (!line.startsWith('data: {')) continue;
              const message = JSON.parse(line.slice(6));
              this.#take(message, line, asked);
              onMessage?.(message);
            }
          });
          response.on('end', () => {
            if (!isStream && text) this.#ear.hears(text, asked);
            if (!isStream) this.#take(parse(text) ?? {}, undefined, asked);
            received();
          });
          response.on('error', received);
        },
      );
      request.on('error', () => resolve({ status: 0, headers: {}, text: '' }));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    }).finally(() => {
      this.underWay -= 1;
    });
  }

  #take(message: Message, text: string | undefined, asked: readonly string[]): void {
    const { id, method, params } = message;
    // What comes later on a stream was not asked for with the request that has opened it.
    const isNotice = method !== undefined && !opening.has(method);
    const about = isNotice ? [] : (this.#asked.get(id) ?? asked);
    if (text !== undefined) this.#ear.hears(text, about);
    if (method === undefined && id !== undefined) this.#waiting.get(id)?.(message);
    if (method !== 'elicitation/create') return;
    const answer = this.#ear.asked(params, { id });
    if (answer) void this.respond(id, answer);
  }
}

function parse(text: string): Message | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
