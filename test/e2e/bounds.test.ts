import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { ask, initialize, modern, openSession, stream } from '../transports/support/wire.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';

const MB = 1_000_000;
const huge = 'x'.repeat(MB);

/**
 * What a client with the smallest key does to a server, so that it grows: each input is large, and much of it is said
 * many times. The process has 160 MB of heap, so what is kept of them ends it.
 */
describe('a server with little memory', () => {
  /** One for each test: what is tried here goes past what one may send in a while. */
  const readers = Array.from({ length: 30 }, (_, n) => createKey(`reader-${n}`, ['calls:read']));
  const other = createKey('other', ['calls:read']);
  let bearer: Record<string, string>;
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let server: Running;
  let url: string;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('what must not grow is asked for more often than any limit allows'),
    );
    server = run(['serve', '--http', '127.0.0.1:0', '--log-level', 'trace'], {
      ...environmentOf(sandbox.address),
      NODE_OPTIONS: '--max-old-space-size=160',
      RC_MCP_KEYS: JSON.stringify([...readers, other].map(({ entry }) => entry)),
    });
    url = String((await server.logged('listening')).url);
  });
  beforeEach(() => {
    bearer = { authorization: `Bearer ${readers.pop()?.key}` };
  });
  afterAll(async () => {
    expect(server.child.exitCode, server.stderr().slice(-500)).toBeNull();
    await server.stop();
    await sandbox.stop();
  });

  const session = () => openSession(url, '2025-11-25', bearer);
  /** Another's request is answered as ever. */
  async function servesOthers() {
    const headers = { authorization: `Bearer ${other.key}` };
    const asked = modern('tools/call', call('list_active_calls'));
    const { status, json } = await ask(url, {
      body: asked.body,
      headers: { ...asked.headers, ...headers },
    });
    expect(status).toBe(200);
    expect(json.result.isError).toBeUndefined();
  }

  it.each([
    ['an unknown argument', () => call('list_active_calls', { [huge]: 1 })],
    ['an argument', () => call('read_call_session_status', { telephonySessionId: huge })],
    ['many arguments', () => call('list_active_calls', Object.fromEntries(manyNames(50_000)))],
    ['nested arguments', () => call('list_active_calls', { deep: { deeper: [huge] } })],
  ])('%s of 1 MB, again and again: invalid input in a few words', async (_what, params) => {
    const client = await session();
    for (let time = 0; time < 20; time += 1) {
      const { status, json, text } = await client.request('tools/call', params());
      expect(status).toBe(200);
      expect(json.result.structuredContent.error.kind).toBe('invalid_input');
      expect(text.length).toBeLessThan(10_000);
    }
    await servesOthers();
  });

  it.each([
    ['the name of a tool', 'tools/call', { name: huge, arguments: {} }],
    ['the name of a prompt', 'prompts/get', { name: huge }],
    ['an argument of a prompt', 'prompts/get', { name: 'screen_call', arguments: { x: huge } }],
    ['a URI to read', 'resources/read', { uri: `ringcentral://telephony/sessions/${huge}` }],
    ['a URI to subscribe', 'resources/subscribe', { uri: `ringcentral://telephony/sessions/${huge}` }],
    ['a URI to unsubscribe', 'resources/unsubscribe', { uri: huge }],
    ['a cursor', 'tools/list', { cursor: huge }],
    ['a progress token', 'tools/list', { _meta: { progressToken: huge } }],
    ['a note', 'tools/list', { _meta: { note: huge } }],
    ['a level', 'logging/setLevel', { level: huge }],
    ['a value to complete', 'completion/complete', completion({ value: huge })],
    ['a name to complete', 'completion/complete', completion({ name: huge })],
    ['a method', huge, {}],
  ])('%s of 1 MB: -32602 in both eras, in our words', async (_what, method, params) => {
    const client = await session();
    const old = await client.request(method, params);
    const now = modern(method, params);
    const { 'mcp-name': name = '' } = now.headers;
    const headers = { ...bearer, ...now.headers, 'mcp-method': method.slice(0, 100) };
    if (name.length > 1_000) Object.assign(headers, { 'mcp-name': name.slice(0, 1_000) });
    const modernAnswer = await ask(url, { body: now.body, headers });
    expect([old.status, modernAnswer.status]).toEqual([200, 400]);
    for (const { json, text } of [old, modernAnswer]) {
      expect(json.error, json.error.message).toMatchObject({ code: -32602 });
      expect(json.id).toBe(1);
      expect(json.error.message).toMatch(/longer than|larger than/);
      expect(text.length).toBeLessThan(1_000);
    }
    await servesOthers();
  });

  it('keeps nothing of a client that introduces itself with 1 MB, and says so', async () => {
    for (const large of [
      { clientInfo: { name: huge, version: '1' } },
      { capabilities: { experimental: { huge } } },
    ]) {
      for (let time = 0; time < 80; time += 1) {
        const { json, headers } = await ask(url, {
          headers: bearer,
          body: {
            jsonrpc: '2.0',
            id: 1,
            method: 'initialize',
            params: {
              protocolVersion: '2025-11-25',
              capabilities: {},
              clientInfo: { name: 'n', version: '1' },
              ...large,
            },
          },
        });
        expect(json.error, json.error.message).toMatchObject({ code: -32602 });
        expect(headers['mcp-session-id']).toBeUndefined();
      }
    }
    await servesOthers();
  });

  it('has no room for a listener to everything there could be', async () => {
    const uris = Array.from(
      { length: 5_000 },
      (_, n) => `ringcentral://telephony/sessions/${n}${'x'.repeat(100)}`,
    );
    const asked = modern('subscriptions/listen', { notifications: { resourceSubscriptions: uris } });
    const answer = await ask(url, { body: asked.body, headers: { ...asked.headers, ...bearer } });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: -32602 } } });
  });

  it('logs no line that is longer than 8 KiB', async () => {
    for (const line of server.stderr().split('\n')) expect(line.length).toBeLessThanOrEqual(8_192);
  });

  it('counts the requests of one session that are under way', async () => {
    const client = await session();
    const open = await Promise.all(
      Array.from({ length: 110 }, (_, id) =>
        stream(url, {
          method: 'POST',
          headers: client.headers,
          body: {
            jsonrpc: '2.0',
            id: `wait-${id}`,
            method: 'tools/call',
            params: call('wait_for_call_event', { timeoutSeconds: 20 }),
          },
        }),
      ),
    );
    expect(open.filter(({ status }) => status === 429)).toHaveLength(10);
    for (const one of open) one.close();
    await servesOthers();
  });
});

const manyNames = (count: number) => Array.from({ length: count }, (_, n) => [`name${n}`, 1] as const);

const completion = (argument: object) => ({
  ref: { type: 'ref/resource', uri: 'ringcentral://telephony/sessions/{telephonySessionId}' },
  argument: { name: 'telephonySessionId', value: '', ...argument },
});

describe('a server over stdio', () => {
  it('answers what is too large, in both eras and without an id, and goes on', async () => {
    const server = run(['serve', '--sandbox']);
    const answers: Record<string, { error?: { code: number; message: string }; result?: unknown }> = {};
    createInterface({ input: server.child.stdout as Readable }).on('line', (line) => {
      const message = JSON.parse(line);
      answers[message.id] = message;
    });
    const say = (message: object) =>
      server.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const { params } = initialize();
    say({
      id: 'large',
      method: 'initialize',
      params: { ...params, capabilities: { experimental: { x: { huge } } } },
    });
    say({ id: 'first', method: 'initialize', params });
    say({ method: huge });
    say({ id: 'uri', method: 'resources/read', params: { uri: huge } });
    say({
      id: 'deep',
      method: 'tools/list',
      params: { _meta: { deep: JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`) } },
    });
    say({ id: 'argument', method: 'tools/call', params: call('list_active_calls', { [huge]: 1 }) });
    say({ id: 'last', method: 'ping' });
    await expect.poll(() => Object.keys(answers)).toContain('argument');
    for (const id of ['large', 'uri', 'deep']) expect(answers[id]?.error, id).toMatchObject({ code: -32602 });
    for (const id of ['first', 'last']) expect(answers[id]?.error, id).toBeUndefined();
    expect(answers.argument).toMatchObject({
      result: { structuredContent: { error: { kind: 'invalid_input' } } },
    });
    expect(await server.stop()).toBe(0);
  });
});

const call = (name: string, args: object = {}) => ({ name, arguments: args });
