import {
  type CallToolResult,
  Client,
  type ElicitResult,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { createMcpHandler, InMemoryTransport } from '@modelcontextprotocol/server';
import { pino } from 'pino';
import { type RateLimitSetting, startSandbox } from 'ringcentral-sandbox';
import { vi } from 'vitest';
import type { App } from '../../../src/app/app-context.ts';
import { openLine } from '../../../src/app/open-line.ts';
import { singleLine } from '../../../src/app/switchboard.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { createEventBuses } from '../../../src/resources/event-bus.ts';
import { createRingCentral } from '../../../src/ringcentral/ringcentral.ts';
import type { Scope } from '../../../src/ringcentral/wire/scope.ts';
import { createServer } from '../../../src/server.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Control, type LoggedRequest } from '../../e2e/support/control.ts';
import { Stage } from '../../e2e/support/operations.ts';

export const eras = ['2025', '2026'] as const;
export type Era = (typeof eras)[number];

export interface ServerTestbedOptions {
  readOnly?: boolean;
  scope?: Scope;
  scopes?: string[];
  /** Id or name of the confirmed phone; `none`: no phone is confirmed, as outside the sandbox. */
  phone?: string;
  /** Of the platform; none unless told. */
  rateLimits?: RateLimitSetting;
}

/** A host with its model and its person. */
export interface Host {
  client: Client;
  call(name: string, args?: object): Promise<Answer>;
  /** URIs of `resources/updated`, and `list` for `list_changed`, in order. */
  news: string[];
  questions: string[];
}

export interface Answer extends CallToolResult {
  // biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
  structuredContent: any;
  text: string;
}

const allScopes = ['calls:read', 'calls:control', 'calls:listen', 'calls:destructive'];

/** Everything but the process and its transports: sandbox, platform, picture, guard, server. */
export async function startServerTestbed({
  readOnly = false,
  scope = 'extension',
  scopes = allScopes,
  phone,
  rateLimits = 'off',
}: ServerTestbedOptions = {}) {
  const sandbox = await startSandbox({ rateLimits });
  const clock = systemClock;
  const log = pino({ level: 'silent' });
  const { serverUrl, clientId, clientSecret, jwt } = sandbox;
  const ringcentral = createRingCentral({
    credentials: { serverUrl, clientId, clientSecret, jwt },
    clock,
    log,
    scope,
    appVersion: 'test',
  });
  const line = openLine({
    ...{ ringcentral, scope, readOnly, clock, log, recovers: true, sandbox: phone === undefined },
    ...(phone !== undefined && phone !== 'none' && { phone }),
    // What is allowed here is the guard's own tests' business; these are about what tools do once they may.
    policy: { ...presets.trusted, caps: { ringing: 1_000, outside: 1_000, calls: 1_000 } },
    allowUnconfirmed: [],
  });
  const app: App = {
    ...{ switchboard: singleLine(line), clock, log, readOnly },
    environment: 'sandbox',
    version: 'test',
  };
  const control = new Control(sandbox.controlUrl);
  const closers: (() => Promise<unknown>)[] = [];

  /** `person`: how the one at the host answers questions; without one the host cannot ask. */
  async function host(era: Era, person?: () => ElicitResult | Promise<ElicitResult>): Promise<Host> {
    const principal = { name: `tester ${closers.length}`, scopes: new Set(scopes) };
    const news: string[] = [];
    const questions: string[] = [];
    const client = new Client(
      { name: 'host', version: '0' },
      {
        capabilities: person ? { elicitation: { form: {} } } : {},
        versionNegotiation: { mode: era === '2025' ? 'legacy' : { pin: '2026-07-28' } },
      },
    );
    if (person) {
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        questions.push(params.message);
        return person();
      });
    }
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void news.push(params.uri),
    );
    client.setNotificationHandler('notifications/resources/list_changed', () => void news.push('list'));
    if (era === '2025') {
      const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
      const server = createServer(app, { era: 'legacy', lifetime: 'connection', principal });
      await Promise.all([server.connect(serverSide), client.connect(clientSide as never)]);
    } else {
      const handler = createMcpHandler(
        () => createServer(app, { era: 'modern', lifetime: 'request', principal }),
        { legacy: 'reject', bus },
      );
      closers.push(() => handler.close());
      await client.connect(
        new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
          fetch: (url, init) => handler.fetch(new Request(url, init as RequestInit)),
        }),
      );
    }
    closers.push(() => client.close());
    return {
      client,
      news,
      questions,
      async call(name, args = {}) {
        const answer = (await client.callTool({
          name,
          arguments: args as Record<string, unknown>,
        })) as CallToolResult;
        const [first] = answer.content;
        return {
          ...answer,
          structuredContent: answer.structuredContent,
          text: first?.type === 'text' ? first.text : '',
        };
      },
    };
  }
  const bus = createEventBuses()(line);

  return {
    app,
    line,
    control,
    stage: new Stage(control),
    host,
    /** A host that has listed the calls, where the picture of them is live. */
    async liveHost(...given: Parameters<typeof host>): Promise<Host> {
      const opened = await host(...given);
      await opened.call('list_active_calls');
      await vi.waitUntil(() => line.sync.status().state === 'live', 10_000);
      return opened;
    },
    /** Requests that act, since the beginning of time or of `since`. */
    async acts(since = 0): Promise<LoggedRequest[]> {
      const { requests } = await control.requests(since);
      return requests.filter(({ method, path }) => method !== 'GET' && path.includes('/telephony/'));
    },
    /** What is read of the account in the background once the feed is live has been read. */
    async warmed(): Promise<void> {
      const { directory } = line;
      await Promise.all([directory.identity(), directory.accountNumbers(), directory.extensions()]);
    },
    async mark(): Promise<number> {
      return (await control.requests()).next;
    },
    async close() {
      for (const close of closers.reverse()) await close();
      await line.stopActing('server ends');
      await line.logOut();
      await sandbox.close();
    },
  };
}

export type ServerTestbed = Awaited<ReturnType<typeof startServerTestbed>>;

/** In both forms that a question can have. */
export const yes = (): ElicitResult => ({
  action: 'accept',
  content: { confirm: true, decision: 'Yes, do it once' },
});
export const no = (): ElicitResult => ({ action: 'decline' });
