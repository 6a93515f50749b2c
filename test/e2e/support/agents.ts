import {
  Client,
  ClientCredentialsProvider,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { ClientCredentialsProvider as ClientCredentialsProviderV1 } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SSEClientTransportV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioClientTransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ElicitRequestSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { binary } from './process.ts';

/** The clients that hosts use today. */
export const clientKinds = ['v2 client, 2025', 'v2 client, 2026-07-28', 'v1 client'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** How the client reaches our server. */
export type Reach =
  | { stdio: { args: string[]; env: Record<string, string>; binary?: string } }
  | (Door & { http: string })
  | (Door & { sse: string });

/** What opens a server over HTTP: headers, or an account at the authorization server that it names. */
interface Door {
  /** Looked at with each request. */
  headers?: Record<string, string>;
  account?: Account;
  /** What a client keeps of its sign-in. */
  authProvider?: object;
  /** How it gets there, where that is not the address alone. */
  fetch?: typeof fetch;
}
interface Account {
  clientId: string;
  clientSecret: string;
  expectedIssuer: string;
  scope: string;
}

/** Every way into a server for many, with the clients that speak it. */
export const httpWays = [
  { way: 'http', kind: 'v2 client, 2025' },
  { way: 'http', kind: 'v2 client, 2026-07-28' },
  { way: 'http', kind: 'v1 client' },
  { way: 'sse', kind: 'v2 client, 2025' },
  { way: 'sse', kind: 'v1 client' },
] as const satisfies { way: 'http' | 'sse'; kind: ClientKind }[];
export type HttpWay = (typeof httpWays)[number];

/** `url`: of `/mcp`. */
export const enter = ({ way, kind }: HttpWay, url: string, door: Door): Promise<Agent> =>
  connect(kind, way === 'http' ? { ...door, http: url } : { ...door, sse: url.replace('/mcp', '/sse') });

export interface ToolAnswer {
  isError?: boolean;
  content: { type: string; text?: string }[];
  structuredContent?: {
    outcome?: string;
    // biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
    [member: string]: any;
    error?: { kind: string; message: string; reason?: string };
  };
}
export interface Question {
  message: string;
  requestedSchema: { properties: Record<string, unknown> };
}
export type Answer =
  | { action: 'accept'; content: Record<string, string | number | boolean | string[]> }
  | { action: 'decline' }
  | { action: 'cancel' };

/** A host with its model and its person, as the server sees them. */
export interface Agent {
  tools(): Promise<
    {
      name: string;
      description?: string;
      inputSchema: object;
      annotations?: { readOnlyHint?: boolean };
    }[]
  >;
  /** `signal` cancels the request. */
  call(name: string, args?: object, signal?: AbortSignal): Promise<ToolAnswer>;
  /** The text of a prompt that a person starts. */
  prompt(name: string, args: Record<string, string>): Promise<string>;
  prompts(): Promise<string[]>;
  resources(): Promise<string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: what a client sees has no type of ours.
  read(uri: string): Promise<any>;
  /** Subscribes, in the way of the client's era. */
  watch(uris: string[]): Promise<void>;
  /** What the person was asked. */
  questions: Question[];
  /** How the person answers; accepts unless changed. */
  person: { answer: (question: Question) => Answer | Promise<Answer> };
  /** URIs of `resources/updated`, and `list` for `list_changed`, in order. */
  news: string[];
  close(): Promise<void>;
}

/** Says yes, whichever form the question has. */
export const yes = ({ requestedSchema }: Question): Answer => {
  const decision = requestedSchema.properties.decision as
    | { enum?: string[]; oneOf?: { const: string }[] }
    | undefined;
  return {
    action: 'accept',
    content: decision
      ? { decision: decision.enum?.[0] ?? decision.oneOf?.[0]?.const ?? '' }
      : { confirm: true },
  };
};

const info = { name: 'e2e', version: '1.0.0' };

/** @param person `opens`: the host opens pages, and the person does this with them */
export async function connect(
  kind: ClientKind,
  reach: Reach,
  { asks = true, opens }: { asks?: boolean; opens?: (url: string) => Promise<Answer> } = {},
): Promise<Agent> {
  const questions: Question[] = [];
  const news: string[] = [];
  const person = { answer: yes as Agent['person']['answer'] };
  const ask = async (question: unknown) => {
    const { mode, url } = question as { mode?: string; url?: string };
    if (mode === 'url' && opens) return opens(url ?? '');
    questions.push(question as Question);
    return person.answer(question as Question);
  };
  const capabilities = asks ? { elicitation: { form: {}, ...(opens && { url: {} }) } } : {};

  if (kind === 'v1 client') {
    const client = new ClientV1(info, { capabilities });
    if (asks) client.setRequestHandler(ElicitRequestSchema, (request) => ask(request.params));
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void news.push(params.uri),
    );
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void news.push('list'));
    await client.connect(transport(reach, v1));
    return {
      ...common(client as unknown as Client, news, questions, person),
      // Its options come third.
      call: async (name, args = {}, signal) =>
        (await client.callTool({ name, arguments: args as Record<string, unknown> }, undefined, {
          ...(signal && { signal }),
        })) as ToolAnswer,
      watch: async (uris) => {
        for (const uri of uris) await client.subscribeResource({ uri });
      },
    };
  }

  const modern = kind === 'v2 client, 2026-07-28';
  const client = new Client(info, {
    capabilities,
    versionNegotiation: { mode: modern ? { pin: '2026-07-28' } : 'legacy' },
  });
  if (asks) client.setRequestHandler('elicitation/create', (request) => ask(request.params));
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void news.push(params.uri),
  );
  client.setNotificationHandler('notifications/resources/list_changed', () => void news.push('list'));
  await client.connect(transport(reach, v2));
  return {
    ...common(client, news, questions, person),
    watch: async (uris) => {
      if (modern) await client.listen({ resourceSubscriptions: uris, resourcesListChanged: true });
      else for (const uri of uris) await client.subscribeResource({ uri });
    },
  };
}

function common(client: Client, news: string[], questions: Question[], person: Agent['person']) {
  return {
    news,
    questions,
    person,
    tools: async () => (await client.listTools()).tools,
    call: async (name: string, args: object = {}, signal?: AbortSignal) =>
      (await client.callTool(
        { name, arguments: args as Record<string, unknown> },
        ...(signal ? [{ signal }] : []),
      )) as ToolAnswer,
    prompt: async (name: string, args: Record<string, string>) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      return messages.map(({ content }) => (content as { text: string }).text).join('\n');
    },
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse((content as { text: string }).text);
    },
    close: () => client.close(),
  };
}

/** The same three ways in; the two SDKs name their classes alike. */
interface Transports<Stdio, Http, Sse, Provider> {
  Stdio: new (options: {
    command: string;
    args: string[];
    env: Record<string, string>;
    stderr: 'pipe';
  }) => Stdio;
  Http: new (url: URL, options: Options<Provider>) => Http;
  Sse: new (url: URL, options: Options<Provider>) => Sse;
  Credentials: new (account: Account) => Provider;
}
interface Options<Provider> {
  requestInit: RequestInit;
  fetch?: typeof fetch;
  authProvider?: Provider;
}

const v2 = {
  Stdio: StdioClientTransport,
  Http: StreamableHTTPClientTransport,
  Sse: SSEClientTransport,
  Credentials: ClientCredentialsProvider,
};
const v1 = {
  Stdio: StdioClientTransportV1,
  Http: StreamableHTTPClientTransportV1,
  Sse: SSEClientTransportV1,
  Credentials: ClientCredentialsProviderV1,
};

function transport<Stdio, Http, Sse, Provider>(
  reach: Reach,
  { Stdio, Http, Sse, Credentials }: Transports<Stdio, Http, Sse, Provider>,
): Stdio | Http | Sse {
  if ('stdio' in reach) {
    const { args, env, binary: other = binary } = reach.stdio;
    return new Stdio({ command: process.execPath, args: [other, ...args], env, stderr: 'pipe' });
  }
  const { headers = {}, account, authProvider, fetch } = reach;
  const options = {
    requestInit: { headers },
    ...(fetch && { fetch }),
    ...(account && { authProvider: new Credentials(account) }),
    ...(authProvider && { authProvider: authProvider as Provider }),
  };
  return 'http' in reach ? new Http(new URL(reach.http), options) : new Sse(new URL(reach.sse), options);
}
