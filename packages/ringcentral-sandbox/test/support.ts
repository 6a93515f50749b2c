import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../src/sandbox.ts';

/** JSON as it came over the wire: tests look into it, they don't type it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
export type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  body: Json;
}

/** Somebody outside: who calls, unless a test names another number. */
export const OUTSIDE = '+14155550123';

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Closes after the test. */
export function closing<T extends { close(): Promise<void> | void }>(resource: T): T {
  open.push(resource);
  return resource;
}

/** A sandbox for one test: its clock stands still and nothing is limited, unless the test says otherwise. */
export async function openSandbox(options: SandboxOptions = {}): Promise<TestSandbox> {
  const running = await startSandbox({ manualClock: true, rateLimits: 'off', ...options });
  return closing(new TestSandbox(running));
}

export class TestSandbox {
  readonly serverUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
  readonly controlUrl: string;
  readonly #running: RunningSandbox;

  constructor(running: RunningSandbox) {
    this.#running = running;
    ({
      serverUrl: this.serverUrl,
      clientId: this.clientId,
      clientSecret: this.clientSecret,
      jwt: this.jwt,
      controlUrl: this.controlUrl,
    } = running);
  }

  close(): Promise<void> {
    return this.#running.close();
  }

  /** Any request, as it is. */
  async fetch(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await fetch(this.serverUrl + path, { redirect: 'manual', ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const body: Json = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  /** A form post to an OAuth endpoint, by default authenticated as the printed app. */
  oauth(endpoint: string, form: Record<string, string>, app: Partial<TestApp> = this): Promise<Reply> {
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    return this.fetch(`/restapi/oauth/${endpoint}`, {
      method: 'POST',
      headers: app.clientSecret === undefined ? {} : { Authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
  }

  async login(
    credentials: TestApp & { jwt: string } = this,
    form: Record<string, string> = {},
  ): Promise<Login> {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const { status, body } = await this.oauth(
      'token',
      { grant_type, assertion: credentials.jwt, ...form },
      credentials,
    );
    if (status !== 200) throw new Error(`Login failed: ${JSON.stringify(body)}`);
    return new Login(this, body);
  }

  /** Logs in another user of the default world. */
  async loginAs(extensionNumber: string, scopes?: string[]): Promise<Login> {
    const { body } = await this.control('POST', '/logins', {
      extensionNumber,
      ...(scopes ? { scopes } : {}),
    });
    return this.login(body);
  }

  async control(method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(this.controlUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async state(): Promise<Json> {
    return (await this.control('GET', '/state')).body;
  }

  async advance(advanceMs: number): Promise<void> {
    await this.control('POST', '/clock', { advanceMs });
  }

  async fault(fault: object): Promise<Reply> {
    return this.control('POST', '/faults', fault);
  }

  /** Somebody dials; resolves to the session's id, with the phones already ringing. */
  async dial(from: object, to: object): Promise<string> {
    const { status, body } = await this.control('POST', '/calls', { from, to });
    if (status !== 201) throw new Error(`Nobody could dial: ${JSON.stringify(body)}`);
    await this.advance(2000);
    return body.telephonySessionId;
  }

  /** What the person at a phone of that extension does (the caller from outside has none). */
  async act(
    sessionId: string,
    extensionNumber: string | undefined,
    act: string,
    args: object = {},
  ): Promise<void> {
    const party = await this.partyOf(sessionId, extensionNumber);
    const { status, body } = await this.control(
      'POST',
      `/calls/${sessionId}/parties/${party.id}/${act}`,
      args,
    );
    if (status !== 204) throw new Error(`${act} failed: ${JSON.stringify(body)}`);
    await this.advance(500);
  }

  /** The live party of an extension in a call, or the outside party. */
  async partyOf(sessionId: string, extensionNumber: string | undefined): Promise<Json> {
    const { calls, extensions } = await this.state();
    const call = calls.find((one: Json) => one.telephonySessionId === sessionId);
    const id = extensions.find((one: Json) => one.extensionNumber === extensionNumber)?.id;
    const parties = call.parties.filter((party: Json) => party.extensionId === id);
    const live = parties.find((party: Json) => !['Disconnected', 'Gone'].includes(party.status.code));
    if (!live)
      throw new Error(`${extensionNumber ?? 'The outside'} has no live party in ${JSON.stringify(call)}`);
    return live;
  }

  /** Somebody outside calls an extension; resolves to the session's id, with the phones already ringing. */
  ringingCall(extensionNumber = '101', phoneNumber = OUTSIDE): Promise<string> {
    return this.dial({ phoneNumber }, { extensionNumber });
  }

  /** The same, answered; `answer` may name the device. */
  async connectedCall(extensionNumber = '101', phoneNumber = OUTSIDE, answer: object = {}): Promise<string> {
    const sessionId = await this.ringingCall(extensionNumber, phoneNumber);
    await this.act(sessionId, extensionNumber, 'answer', answer);
    return sessionId;
  }

  /** The phone of a conference's host joins. */
  async joinAsHost(conferenceId: string): Promise<void> {
    await this.control('POST', `/calls/${conferenceId}/parties/any/join`, {});
    await this.advance(1000);
  }
}

export interface TestApp {
  clientId: string;
  clientSecret?: string;
}

/** A logged-in client. */
export class Login {
  readonly sandbox: TestSandbox;
  readonly token: Json;

  constructor(sandbox: TestSandbox, token: Json) {
    this.sandbox = sandbox;
    this.token = token;
  }

  /** `path` is relative to /restapi/v1.0, or absolute from /restapi on. */
  api(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.sandbox.fetch(path.startsWith('/restapi') ? path : `/restapi/v1.0${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.token.access_token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  get(path: string): Promise<Reply> {
    return this.api('GET', path);
  }

  post(path: string, body?: unknown): Promise<Reply> {
    return this.api('POST', path, body);
  }

  /** A call-out from a device of the user, which has answered; the destination rings. Resolves to the session. */
  async callOut(deviceId: string, to: object): Promise<Json> {
    const { body } = await this.post('/account/~/telephony/call-out', { from: { deviceId }, to });
    await this.sandbox.advance(2000);
    return body.session;
  }

  /** A conference of the user, who has joined; resolves to its id. */
  async conference(): Promise<string> {
    const { body } = await this.post('/account/~/telephony/conference');
    await this.sandbox.joinAsHost(body.session.id);
    return body.session.id;
  }

  /** Brings a call of the user into a conference. */
  bringIn(conferenceId: string, call: { sessionId: string; partyId: string }): Promise<Reply> {
    return this.post(`/account/~/telephony/sessions/${conferenceId}/parties/bring-in`, call);
  }

  /** Opens the gateway with a fresh token and waits for its first frame, unless it is to be silent. */
  async gateway(options: { wsc?: string; autoPong?: boolean } = {}): Promise<GatewayClient> {
    const { body } = await this.post('/restapi/oauth/wstoken');
    const wsc = options.wsc === undefined ? '' : `&wsc=${options.wsc}`;
    const socket = new WebSocket(`${body.uri}?access_token=${body.ws_access_token}${wsc}`, {
      autoPong: options.autoPong ?? true,
    });
    return closing(new GatewayClient(socket));
  }
}

export type Frame = [meta: Json, body?: Json];

/** A raw client of the gateway: keeps every frame that it got, parsed. */
export class GatewayClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly garbage: string[] = [];
  readonly closed: Promise<number>;
  readonly opened: Promise<void>;
  #waiting: { fits: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];
  #requests = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    this.opened = new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    this.opened.catch(() => undefined);
    socket.on('message', (data) => this.#receive(String(data)));
  }

  close(): void {
    this.socket.terminate();
  }

  send(...frame: unknown[]): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame that fits, also if it has come already. */
  frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    const known = this.frames.find(fits);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }));
  }

  type(type: string): Promise<Frame> {
    return this.frame(([meta]) => meta.type === type);
  }

  details(): Promise<Frame> {
    return this.type('ConnectionDetails');
  }

  /** A REST call through the socket. */
  async request(method: string, path: string, body?: unknown): Promise<Frame> {
    await this.details();
    const messageId = `request-${++this.#requests}`;
    const meta = { type: 'ClientRequest', messageId, method, path: `/restapi/v1.0${path}` };
    this.send(...(body === undefined ? [meta] : [meta, body]));
    return this.frame(([answer]) => answer.messageId === messageId);
  }

  async subscribe(...eventFilters: string[]): Promise<Json> {
    const filters = eventFilters.map((filter) => `/restapi/v1.0${filter}`);
    const [meta, body] = await this.request('POST', '/subscription', {
      eventFilters: filters,
      deliveryMode: { transportType: 'WebSocket' },
    });
    if (meta.status !== 200) throw new Error(`Subscribe failed: ${JSON.stringify(body)}`);
    return body;
  }

  /** Envelopes in the order of arrival, after everything on its way has arrived. */
  async notifications(): Promise<Json[]> {
    await this.heartbeat();
    return this.frames.filter(([meta]) => meta.type === 'ServerNotification').map(([, body]) => body);
  }

  /** An echo: whatever the server sent before has arrived after it. */
  async heartbeat(): Promise<void> {
    const messageId = `beat-${++this.#requests}`;
    this.send({ type: 'Heartbeat', messageId });
    await this.frame(([meta]) => meta.messageId === messageId);
  }

  /** The newest position, to come back to. */
  wsc(): string {
    const positions = this.frames.map(([meta]) => meta.wsc).filter(Boolean);
    return positions.sort((a, b) => b.sequence - a.sequence)[0].token;
  }

  #receive(text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text);
    } catch {
      this.garbage.push(text);
      return;
    }
    this.frames.push(frame);
    const fitting = this.#waiting.filter(({ fits }) => fits(frame));
    this.#waiting = this.#waiting.filter((one) => !fitting.includes(one));
    for (const { resolve } of fitting) resolve(frame);
  }
}

/** Parties of telephony notifications, short: number, status code and reason, and the sequence of the event. */
export function story(envelopes: Json[]): string[] {
  return envelopes
    .filter(({ event }) => event.includes('/telephony/sessions'))
    .map(({ body }) => {
      const [party] = body.parties;
      const { code, reason } = party.status;
      return `${party.id.slice(party.id.lastIndexOf('-') + 1)} ${code}${reason ? `/${reason}` : ''} ${body.sequence}`;
    });
}
