import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Client, type ElicitResult, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createMcpHandler, InMemoryTransport } from '@modelcontextprotocol/server';
import { pino } from 'pino';
import { Sandbox } from 'ringcentral-sandbox/testing';
import type { App } from '../../../src/app/app-context.ts';
import { ConferenceHosts } from '../../../src/app/conference-hosts.ts';
import { HangUpTimers } from '../../../src/app/hang-up-timers.ts';
import type { Line } from '../../../src/app/line.ts';
import { Plans } from '../../../src/app/plans.ts';
import { singleLine } from '../../../src/app/switchboard.ts';
import { CallStore } from '../../../src/calls/store/call-store.ts';
import { CallSync } from '../../../src/calls/sync/call-sync.ts';
import type { Guard } from '../../../src/guard/contract.ts';
import { createGuard } from '../../../src/guard/guard.ts';
import type { Policy } from '../../../src/guard/policy/policy.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { createPlatform } from '../../../src/ringcentral/create-platform.ts';
import { PlatformDirectory } from '../../../src/ringcentral/platform-directory.ts';
import { createServer } from '../../../src/server.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { FaultyWire } from '../../live/faulty-wire.ts';
import { modern } from '../../transports/support/wire.ts';
import type { Era, ShownForm } from './host.ts';
import { createInProcessRest, type LoggedRequest, type RestFault } from './in-process-rest.ts';

/** One tool call, as some host makes it. */
export interface ToolCall {
  principal: string;
  tool: string;
  args: Readonly<Record<string, unknown>>;
}

/** A question that a host shows to its person. */
export interface Shown<Call extends ToolCall> {
  call: Call;
  form: ShownForm;
  /** 2026: what the answer has to come back with. */
  state?: string;
  answer(answer: ElicitResult): void;
}

interface Watcher<Call extends ToolCall> {
  asked(question: Shown<Call>): void;
  /** The question is gone: its call was given up, or it timed out. */
  closed(question: Shown<Call>): void;
  sending(call: Call | undefined): void;
  /** What goes wrong with the next request of a tool call. */
  trouble?(call: Call | undefined): RestFault;
  /** A request reached the sandbox; `call` is the tool call that it was sent for. */
  sent(entry: LoggedRequest, call: Call | undefined): void;
  answered(call: Call, text: string): void;
}

interface Connection2025 {
  /** Puts a message on it that the client did not write. */
  inject(message: object): Promise<void>;
  /** Who waits for the answer to a request that the client did not write, by its id. */
  forged: Map<number | string, (answer: string) => void>;
  /** Ids of the server's questions that wait on this connection. */
  open: Set<number | string>;
  /** The last that was answered. */
  spent?: number | string;
}

interface Options {
  policy: Policy;
  /** Whether hosts can ask their persons. */
  asks: boolean;
  /** Another guard in the place of ours. */
  guarded(guard: Guard): Guard;
}

/** The limits have tests of their own. */
const unlimited = { ringing: 1_000, outside: 1_000, calls: 1_000 };
const scopes = new Set(['calls:read', 'calls:control', 'calls:destructive', 'calls:listen']);

/**
 * One sandbox, the real server on it, and two principals with real clients of one era. Everything is in this process
 * and on one clock, so that a test can say what happens between a question and its answer.
 */
export class InProcessTestbed<Call extends ToolCall> {
  readonly sandbox: Sandbox;
  readonly #era: Era;
  readonly #watcher: Watcher<Call>;
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #wire: FaultyWire;
  readonly #rest: ReturnType<typeof createInProcessRest>;
  readonly #current = new AsyncLocalStorage<{ call: Call; state?: string }>();
  #app: App | undefined;
  #handlers = new Map<string, ReturnType<typeof createMcpHandler>>();
  #clients = new Map<string, Client>();
  #connections = new Map<string, Connection2025>();
  /** Tool calls that are at work, which one that waits for a person is not. */
  #busy = 0;
  #forged = 0;

  constructor(era: Era, seed: number, watcher: Watcher<Call>, options: Partial<Options> = {}) {
    this.#era = era;
    this.#watcher = watcher;
    this.#options = {
      ...{ policy: { ...presets.standard, caps: unlimited }, asks: true, guarded: (guard) => guard },
      ...options,
    };
    this.sandbox = new Sandbox(seed);
    const { clock } = this.sandbox;
    this.#clock = { now: () => clock.now(), after: (ms, run) => clock.setTimeout(run, ms) };
    this.#wire = new FaultyWire(this.sandbox, 'extension');
    this.#rest = createInProcessRest(this.sandbox, {
      sending: () => watcher.sending(this.#current.getStore()?.call),
      trouble: () => watcher.trouble?.(this.#current.getStore()?.call) ?? {},
      sent: (entry) => watcher.sent(entry, this.#current.getStore()?.call),
    });
  }

  get now(): number {
    return this.sandbox.clock.now();
  }
  get #running(): App {
    if (!this.#app) throw new Error('not started');
    return this.#app;
  }
  get line(): Line {
    return this.#running.switchboard.lineOf('ann');
  }

  /** Starts the server, or its successor, which knows nothing of what the first one asked or was granted. */
  async start(): Promise<void> {
    if (this.#app) await this.#stop();
    const platform = createPlatform(this.#rest, this.#clock);
    const calls = new CallStore({ clock: this.#clock, scope: 'extension' });
    const shared = { clock: this.#clock, log: pino({ level: 'silent' }) };
    const sync = new CallSync({
      calls,
      callLog: calls,
      feed: this.#wire,
      reader: platform,
      scope: 'extension',
      ...shared,
    });
    const directory = new PlatformDirectory(platform);
    const guard = createGuard({
      policy: this.#options.policy,
      ...{ readOnly: false, allowUnconfirmed: [], sandbox: true, directory, ...shared },
      calls: {
        call: (id) => calls.session(id),
        read: (id, how) => sync.refreshTimed(id, how),
        eventRun: (telephonySessionId) => calls.eventRun(telephonySessionId),
        onParty: (listener) => calls.onParty(listener),
      },
    });
    const guarded = this.#options.guarded(guard);
    const hangUps = new HangUpTimers(this.#clock);
    const line: Line = {
      ...{ platform, calls, callLog: calls, sync, guard: guarded, directory, hangUps },
      plans: new Plans({ calls, ...shared }),
      conferenceHosts: new ConferenceHosts(calls),
      budget: () => ({ limit: 1_000, windowMs: 60_000, available: 1_000, waitMs: 0 }),
      scope: 'extension',
      hold: () => () => {},
      ...shared,
    };
    const about = { environment: 'sandbox', readOnly: false, version: 'test' } as const;
    const app: App = { switchboard: singleLine(line), ...shared, ...about };
    this.#app = app;
    for (const name of ['ann', 'bob']) {
      const principal = { name, scopes };
      if (this.#era === '2025') await this.#connect2025(name);
      else {
        const serve = () => createServer(app, { era: 'modern', lifetime: 'request', principal });
        this.#handlers.set(name, createMcpHandler(serve, { legacy: 'reject' }));
        // A modern host does not notice that the server behind its address is another one.
        if (!this.#clients.has(name)) await this.#connect2026(name);
      }
    }
    sync.open();
    this.sandbox.clock.advance(500);
    await this.settle();
  }

  /** A call by the host's own client, which brings the answer back as its era has it. */
  call(call: Call): void {
    const { principal, tool: name, args } = call;
    const client = this.#clients.get(principal);
    if (!client) throw new Error(`no host of ${principal}`);
    this.#run(call, async () => {
      return JSON.stringify(await client.callTool({ name, arguments: { ...args } }));
    });
  }

  /** A call that no client of the SDK would make: with somebody's state and an answer that nobody gave. */
  forge(call: Call, requestState: string | undefined, answer: unknown): void {
    const params = {
      ...{ name: call.tool, arguments: call.args, requestState },
      inputResponses: { confirm: answer },
    };
    this.#run(call, async () => {
      if (this.#era === '2025') {
        const connection = this.#connections.get(call.principal);
        if (!connection) throw new Error(`no connection of ${call.principal}`);
        const id = `forged ${this.#forged++}`;
        const answered = new Promise<string>((resolve) => connection.forged.set(id, resolve));
        await connection.inject({ jsonrpc: '2.0', id, method: 'tools/call', params });
        return answered;
      }
      const { headers, body } = modern('tools/call', params);
      const response = await this.#post(call.principal, { ...headers }, JSON.stringify(body));
      return response.text();
    });
  }

  /** 2025: an answer to a question that is not open on this connection: answered before, or never asked. */
  async forgeAnswer(principal: string, content: unknown, guess: number): Promise<void> {
    const connection = this.#connections.get(principal);
    const id = guess % 2 === 0 && connection?.spent !== undefined ? connection.spent : guess;
    if (!connection || connection.open.has(id)) return;
    await connection.inject({ jsonrpc: '2.0', id, result: { action: 'accept', content } });
  }

  /** Until every tool call has ended or waits for a person; time goes on only for those that wait for time. */
  async settle(): Promise<void> {
    for (let turn = 1; this.#busy > 0; turn += 1) {
      // The test runner loads modules from another process: on a busy machine that takes more than turns.
      await (turn < 2_000 ? setImmediate() : setTimeout(1));
      // A plan waits for seconds.
      if (turn % 60 === 0) this.sandbox.clock.advance(turn < 600 ? 100 : 500);
      if (turn > 20_000) throw new Error('a tool call does not end');
    }
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  }

  /** Time goes on in steps, so that what waits for answers gets its turn in between. */
  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      this.sandbox.clock.advance(Math.min(5_000, left));
      await setImmediate();
    }
    await this.settle();
  }

  /** The host of a principal goes away. */
  async leave(principal: string): Promise<void> {
    await this.#clients.get(principal)?.close();
  }

  async close(): Promise<void> {
    await this.#stop();
    for (const client of this.#clients.values()) await client.close();
    // Node carries every storage in use through every promise: thousands of them make a campaign crawl.
    this.#current.disable();
  }

  async #stop(): Promise<void> {
    if (this.#era === '2025') for (const client of this.#clients.values()) await client.close();
    for (const handler of this.#handlers.values()) await handler.close();
    await this.settle();
    if (!this.#app) return;
    await this.#endPlans();
    this.line.hangUps.close();
    this.line.sync.close();
    await this.line.guard.close();
  }

  /** Plans take people back, which takes time. */
  async #endPlans(): Promise<void> {
    this.line.plans.interruptAll('server ends');
    let hasEnded = false;
    this.line.plans.ended(60_000).then(() => {
      hasEnded = true;
    });
    while (!hasEnded) {
      this.sandbox.clock.advance(100);
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    }
  }

  #run(call: Call, work: () => Promise<string>): void {
    this.#busy += 1;
    const ended = (text: string) => {
      this.#busy -= 1;
      this.#watcher.answered(call, text);
    };
    this.#current.run({ call }, () => void work().then(ended, (error) => ended(String(error))));
  }

  #client(): Client {
    const mode = this.#era === '2025' ? 'legacy' : { pin: '2026-07-28' };
    const client = new Client(
      { name: 'host', version: '0' },
      {
        capabilities: this.#options.asks ? { elicitation: { form: {} } } : {},
        versionNegotiation: { mode },
      },
    );
    if (!this.#options.asks) return client;
    client.setRequestHandler('elicitation/create', ({ params }, context) => {
      const within = this.#current.getStore();
      if (!within) throw new Error('a question without a tool call');
      this.#busy -= 1;
      return new Promise<ElicitResult>((resolve, reject) => {
        const shown: Shown<Call> = {
          call: within.call,
          form: params as unknown as ShownForm,
          ...(within.state !== undefined && { state: within.state }),
          answer: (answer) => {
            if (context.mcpReq.signal.aborted) return;
            context.mcpReq.signal.removeEventListener('abort', abort);
            this.#busy += 1;
            resolve(answer);
          },
        };
        const abort = () => {
          this.#busy += 1;
          this.#watcher.closed(shown);
          reject(new Error('closed'));
        };
        context.mcpReq.signal.addEventListener('abort', abort);
        this.#watcher.asked(shown);
      });
    });
    return client;
  }

  async #connect2025(name: string): Promise<void> {
    const client = this.#client();
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const connection: Connection2025 = {
      ...{ open: new Set(), forged: new Map() },
      inject: (message) => clientSide.send(message as never),
    };
    const toClient = serverSide.send.bind(serverSide);
    serverSide.send = (message, options) => {
      if ('method' in message && 'id' in message && message.id !== undefined) connection.open.add(message.id);
      const forged = 'id' in message && message.id !== undefined && connection.forged.get(message.id);
      if (forged) {
        forged(JSON.stringify(message));
        return Promise.resolve();
      }
      return toClient(message, options);
    };
    const toServer = clientSide.send.bind(clientSide);
    clientSide.send = (message, options) => {
      if ('result' in message && message.id !== undefined && connection.open.delete(message.id)) {
        connection.spent = message.id;
      }
      return toServer(message, options);
    };
    this.#connections.set(name, connection);
    this.#clients.set(name, client);
    const server = createServer(this.#running, {
      ...{ era: 'legacy', lifetime: 'connection' },
      principal: { name, scopes },
    });
    await Promise.all([server.connect(serverSide), client.connect(clientSide as never)]);
  }

  async #connect2026(name: string): Promise<void> {
    const client = this.#client();
    this.#clients.set(name, client);
    await client.connect(
      new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
        fetch: async (_url, init) => {
          const { headers, body } = init as { headers: Headers; body?: string };
          if (init?.method !== 'POST') return new Response(null, { status: 405 });
          const response = await this.#post(name, Object.fromEntries(new Headers(headers)), body ?? '');
          const text = await response.text();
          const within = this.#current.getStore();
          const state = /"requestState":"([^"]+)"/.exec(text)?.[1];
          if (within && state !== undefined) within.state = state;
          return new Response(text, { status: response.status, headers: response.headers });
        },
      }),
    );
  }

  async #post(principal: string, headers: Record<string, string>, body: string): Promise<Response> {
    const handler = this.#handlers.get(principal);
    if (!handler) throw new Error(`no server for ${principal}`);
    return handler.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: {
          accept: 'application/json, text/event-stream',
          ...headers,
          'content-type': 'application/json',
        },
        body,
      }),
    );
  }
}
