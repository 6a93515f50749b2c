import type { ClientCapabilities, ElicitResult } from '@modelcontextprotocol/client';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { createMcpHandler, InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Guard } from '../../../src/guard/contract.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { hangUp, inboundCall } from '../support/fake-ports.ts';
import type { GuardTestbed } from '../support/guard-testbed.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { authorize } from '../support/host.ts';

/** Real clients and servers of the SDK, with one tool that does what the tool loop does with the guard. */
function createServer(guard: Guard, acted: string[]): McpServer {
  const server = new McpServer({ name: 'guarded', version: '0' }, { requestState: guard.requestState });
  server.registerTool(
    'delete_call_session',
    { inputSchema: z.object({ telephonySessionId: z.string() }) },
    async ({ telephonySessionId }, context: ServerContext) => {
      try {
        const asker = { context, capabilities: server.server.getClientCapabilities() };
        const decision = await authorize(guard, hangUp(telephonySessionId), asker);
        if (decision.kind === 'question') return decision.result as never;
        acted.push(telephonySessionId);
        decision.done({ result: 'observed' });
        return { content: [{ type: 'text', text: 'done' }] };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { isError: true, content: [{ type: 'text', text: `${error.kind} ${error.details.reason}` }] };
      }
    },
  );
  return server;
}

interface Connection extends GuardTestbed {
  client: Client;
  acted: string[];
  close(): Promise<void>;
}

type Elicitation = ClientCapabilities['elicitation'];
type Person = (message: string) => ElicitResult | Promise<ElicitResult>;

async function connect(era: '2025' | '2026', elicitation: Elicitation, person: Person): Promise<Connection> {
  const all = guardTestbed();
  all.ports.sessions.set('s-1', inboundCall('s-1'));
  const acted: string[] = [];
  const client = new Client(
    { name: 'host', version: '0' },
    {
      capabilities: elicitation ? { elicitation } : {},
      versionNegotiation: { mode: era === '2025' ? 'legacy' : { pin: '2026-07-28' } },
    },
  );
  if (elicitation) {
    client.setRequestHandler('elicitation/create', async (request) => person(request.params.message));
  }
  if (era === '2025') {
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const server = createServer(all.guard, acted);
    await Promise.all([server.connect(serverSide), client.connect(clientSide as never)]);
    return { ...all, client, acted, close: () => client.close() };
  }
  const handler = createMcpHandler(() => createServer(all.guard, acted), { legacy: 'reject' });
  const transport = new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
    fetch: (url, init) => handler.fetch(new Request(url, init as RequestInit)),
  });
  await client.connect(transport);
  return { ...all, client, acted, close: () => client.close() };
}

let connection: Connection | undefined;
afterEach(() => connection?.close());

const drop = async (client: Client): Promise<string> => {
  const answer = (await client.callTool({
    name: 'delete_call_session',
    arguments: { telephonySessionId: 's-1' },
  })) as CallToolResult;
  const [first] = answer.content;
  return first?.type === 'text' ? first.text : '';
};

const sayYes: Person = () => ({ action: 'accept', content: { confirm: true } });

describe.each(['2025', '2026'] as const)('the SDK of %s', (era) => {
  test.each<[string, Elicitation]>([
    ['form', { form: {} }],
    ['the bare capability', {}],
    ['form and url', { form: {}, url: {} }],
  ])('asks a host that declares %s, and acts after a yes', async (_, elicitation) => {
    const messages: string[] = [];
    connection = await connect(era, elicitation, (message) => {
      messages.push(message);
      return sayYes(message);
    });
    expect(await drop(connection.client)).toBe('done');
    expect(connection.acted).toEqual(['s-1']);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain('+14155550199');
  });

  test.each<[string, Elicitation]>([
    ['nothing', undefined],
    ['urls alone', { url: {} }],
  ])('refuses a host that declares %s', async (_, elicitation) => {
    connection = await connect(era, elicitation, sayYes);
    expect(await drop(connection.client)).toBe('not_confirmed unsupported');
    expect(connection.acted).toEqual([]);
  });

  test.each<[string, Person]>([
    ['declined', () => ({ action: 'decline' })],
    ['cancelled', () => ({ action: 'cancel' })],
    ['invalid', () => ({ action: 'accept', content: { confirm: 'yes' } })],
    ['invalid', () => ({ action: 'accept', content: {} })],
  ])('does nothing when it is %s', async (reason, person) => {
    connection = await connect(era, { form: {} }, person);
    expect(await drop(connection.client)).toBe(`not_confirmed ${reason}`);
    expect(connection.acted).toEqual([]);
  });

  test('asks again when the call changed, and acts once', async () => {
    let asked = 0;
    connection = await connect(era, { form: {} }, (message) => {
      asked += 1;
      connection?.ports.sessions.set('s-1', inboundCall('s-1', 'Answered', 'Carol', '+14155550111'));
      return sayYes(message);
    });
    expect(await drop(connection.client)).toBe('done');
    expect(asked).toBe(2);
    expect(connection.acted).toEqual(['s-1']);
  });
});

test('2025: a host whose handler fails is one that cannot ask', async () => {
  connection = await connect('2025', { form: {} }, () => Promise.reject(new Error('no dialog')));
  expect(await drop(connection.client)).toBe('not_confirmed unsupported');
});
