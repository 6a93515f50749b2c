import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, run } from './support/process.ts';
import { type Answer, Wire } from './support/wire.ts';

/** What an SDK's validator says, as its users should never see it. */
const dump = /"code":\s*"|invalid_type|expected string|\[\\n/;

async function open(protocolVersion: string): Promise<{ wire: Wire; running: Running }> {
  const running = run(['serve', '--sandbox', '--log-level', 'silent']);
  const wire = new Wire(running);
  const clientInfo = { name: 'raw', version: '1' };
  const params = { protocolVersion, capabilities: null, clientInfo };
  const { result } = await wire.ask({ jsonrpc: '2.0', id: 'init', method: 'initialize', params });
  expect(result).toMatchObject({ protocolVersion });
  wire.write({ jsonrpc: '2.0', method: 'notifications/initialized', params: null, id: null });
  return { wire, running };
}

/** Parameters in every form that hosts give to what is empty. */
const empty: [string, unknown][] = [
  ['tools/list', null],
  ['tools/list', []],
  ['tools/list', { cursor: null }],
  ['tools/list', { cursor: '' }],
  ['tools/list', { _meta: null }],
  ['resources/list', { cursor: null, _meta: { progressToken: null } }],
  ['resources/templates/list', null],
  ['prompts/list', null],
  ['ping', null],
  ['ping', []],
  ['notifications/initialized', null],
  ['tools/call', { name: 'list_devices', arguments: null }],
  ['tools/call', { name: 'list_devices', arguments: [] }],
  ['tools/call', { name: 'list_devices', arguments: '' }],
  ['tools/call', { name: 'list_devices', arguments: '{}' }],
  ['tools/call', { name: 'list_devices', arguments: 'null' }],
  ['tools/call', { name: 'list_devices', arguments: '{"limit":"1"}' }],
  ['tools/call', { name: 'list_devices', _meta: null }],
  ['prompts/get', { name: 'screen_call', arguments: null }],
  ['prompts/get', { name: 'warm_transfer', arguments: { colleague: 102, note: null } }],
  ['prompts/get', { name: 'warm_transfer', arguments: '{"colleague":"Tom"}' }],
  ['prompts/get', { name: 'warm_transfer', arguments: { colleague: ' ' } }],
  ['resources/read', { uri: 'ringcentral://guard', _meta: null }],
];

/** Parameters that cannot be read, and what is said of them. */
const wrong: [string, unknown, RegExp][] = [
  ['tools/call', null, /name is missing/],
  ['tools/call', { name: null }, /name is missing/],
  ['tools/call', { name: { a: 1 } }, /name must be a string/],
  ['tools/call', { name: 'list_devices', arguments: 'x' }, /arguments must be an object/],
  ['tools/call', { name: 'list_devices', arguments: [1] }, /arguments must be an object/],
  ['tools/call', { name: 'list_devices', arguments: 7 }, /arguments must be an object/],
  ['tools/call', { name: 'list_devices', _meta: { progressToken: {} } }, /progressToken must be/],
  ['tools/list', { cursor: {} }, /cursor must be a string/],
  ['tools/list', 'x', /params must be an object/],
  ['tools/list', 7, /params must be an object/],
  ['resources/read', {}, /uri is missing/],
  ['resources/read', { uri: ['a'] }, /uri must be a string/],
  ['prompts/get', {}, /name is missing/],
  ['prompts/get', { name: 'warm_transfer', arguments: { colleague: [1] } }, /colleague must be a string/],
  ['completion/complete', {}, /ref is missing/],
  ['completion/complete', { ref: { type: 'x' }, argument: {} }, /ref\.type must be one of/],
  ['completion/complete', { ref: { type: 'ref/prompt' }, argument: {} }, /ref\.name is missing/],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'a' }, argument: null }, /argument is missing/],
  ['logging/setLevel', { level: 'loud' }, /not found/],
  ['no/such/method', null, /not found/],
  ['tools/call', { name: 'no_such_tool', arguments: {} }, /no_such_tool/],
  ...['constructor', 'toString', '__proto__'].flatMap((name): [string, unknown, RegExp][] => [
    ['tools/call', { name, arguments: {} }, new RegExp(`^tools/call: name ${name} was not found\\.$`)],
    ['prompts/get', { name }, new RegExp(`^prompts/get: name ${name} was not found\\.$`)],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name }, argument: { name: 'a', value: '' } },
      /ref\.name \w+ was not found/,
    ],
  ]),
];

const ofConnections: [string, unknown, RegExp][] = [
  ['resources/subscribe', {}, /uri is missing/],
  ['resources/unsubscribe', { uri: {} }, /uri must be a string/],
  ['initialize', {}, /protocolVersion is missing/],
  [
    'initialize',
    { protocolVersion: '2025-06-18', clientInfo: { name: 'x' } },
    /clientInfo\.version is missing/,
  ],
];

const message = (id: unknown, method: string, params: unknown) => ({ jsonrpc: '2.0', id, method, params });

describe('messages as hosts write them, over stdio', () => {
  let wire: Wire;
  let running: Running;
  beforeAll(async () => {
    ({ wire, running } = await open('2025-06-18'));
  });
  afterAll(() => running.stop());

  it.each(empty)('%s with %j is answered', async (method, params) => {
    const { error, result } = await wire.ask(message('empty', method, params));
    expect(error).toBeUndefined();
    expect(result?.isError).toBeUndefined();
  });

  it.each([...wrong, ...ofConnections])('%s with %j is answered in words', async (method, params, words) => {
    const { error } = await wire.ask(message('wrong', method, params));
    expect(error?.message).toMatch(words);
    expect(error?.message).not.toMatch(dump);
  });

  it.each([
    ['no JSON', 'garbage', null],
    ['half a message', '{"jsonrpc":"2.0",', null],
    ['no object', '7', null],
    ['an empty batch', '[]', null],
    ['no version of JSON-RPC', { id: 5, method: 'ping' }, 5],
    ['a foreign version', { jsonrpc: '1.0', id: 6, method: 'ping' }, 6],
    ['the id null', { jsonrpc: '2.0', id: null, method: 'ping' }, null],
    ['a fraction as id', { jsonrpc: '2.0', id: 1.5, method: 'ping' }, 1.5],
    ['an object as id', { jsonrpc: '2.0', id: {}, method: 'ping' }, null],
    ['no method', { jsonrpc: '2.0', id: 8 }, 8],
    ['a number as method', { jsonrpc: '2.0', id: 9, method: 1 }, 9],
  ])('%s is answered, and the connection lives', async (_what, body, id) => {
    wire.write(body);
    const answer = (await wire.next((one) => !Array.isArray(one) && one.id === id)) as Answer;
    expect(answer.error?.message).toMatch(/^(Parse error|Invalid Request): /);
    expect(answer.error?.message).not.toMatch(dump);
    await wire.alive();
  });

  it('a line that is too long is answered, and the connection lives', async () => {
    wire.write(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(2 ** 21)}"}}`);
    const answer = (await wire.next((one) => !Array.isArray(one) && one.id === null)) as Answer;
    expect(answer.error?.message).toMatch(/at most \d+ bytes/);
    await wire.alive();
  });

  it('blank lines, and lines that end as on Windows, are nothing special', async () => {
    wire.write('\r\n\r\n{"jsonrpc":"2.0","id":"cr","method":"ping"}\r');
    await wire.next((one) => !Array.isArray(one) && one.id === 'cr');
  });
});

it.each(['2025-03-26'])('a batch is answered as one in %s', async (revision) => {
  const { wire, running } = await open(revision);
  wire.write([
    message('b1', 'ping', null),
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
    message('b2', 'tools/list', { cursor: null }),
    message('b3', 'no/such', {}),
    { id: 'b4', method: 'ping' },
  ]);
  const answers = (await wire.next(Array.isArray)) as Answer[];
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(['b1', 'b2', 'b3', 'b4']));
  wire.write([{ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }]);
  await wire.alive();
  // One that is cancelled gets no answer, and the others do not wait for it.
  wire.write([
    message('slow', 'tools/call', { name: 'wait_for_call_event', arguments: { timeoutSeconds: 25 } }),
    message('quick', 'ping', {}),
  ]);
  await wire.alive();
  wire.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow' } });
  expect(await wire.next(Array.isArray)).toEqual([expect.objectContaining({ id: 'quick' })]);
  await running.stop();
});

it.each(['2024-11-05', '2025-06-18', '2025-11-25'])(
  'in %s each request of a batch is told that there are none',
  async (revision) => {
    const { wire, running } = await open(revision);
    wire.write([message('b1', 'ping', null), message('b2', 'tools/list', null)]);
    for (const id of ['b1', 'b2']) {
      const answer = (await wire.next((one) => !Array.isArray(one) && one.id === id)) as Answer;
      expect(answer.error?.message).toMatch(/2025-03-26/);
    }
    await wire.alive();
    await running.stop();
  },
);

/** The envelope that each request of 2026-07-28 carries. */
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const isObject = (params: unknown): params is object =>
  typeof params === 'object' && params !== null && !Array.isArray(params);
const modern = (params: unknown) => ({ ...(isObject(params) ? params : {}), _meta: envelope });

describe('the same in 2026-07-28', () => {
  let running: Running;
  let url: string;
  const reach: Record<string, (body: { id: unknown; method: string; params: unknown }) => Promise<Answer>> =
    {};
  let wire: Wire;
  let stdio: Running;
  beforeAll(async () => {
    running = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
    url = String((await running.logged('listening')).url);
    stdio = run(['serve', '--sandbox', '--log-level', 'silent']);
    wire = new Wire(stdio);
    reach.stdio = (body) => wire.ask(body);
    reach.HTTP = async (body) => {
      const { name, uri } = body.params as { name?: unknown; uri?: unknown };
      const named = name ?? uri;
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': body.method,
          ...(typeof named === 'string' && { 'mcp-name': named }),
        },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      return JSON.parse(/^data: (.*"id".*)$/m.exec(text)?.[1] ?? text);
    };
  });
  afterAll(async () => {
    await running.stop();
    await stdio.stop();
  });

  const ways = ['stdio', 'HTTP'] as const;
  const fitting = <Case extends readonly unknown[]>(cases: Case[]) =>
    cases
      .filter(([method, params]) => isObject(params) && method !== 'ping' && method !== 'logging/setLevel')
      .flatMap((one) => ways.map((way) => [way, ...one] as const));

  it.each(fitting(empty))('over %s: %s with %j is answered', async (way, method, params) => {
    const { error, result } = (await reach[way]?.(message('empty', method, modern(params)) as never)) ?? {};
    expect(error).toBeUndefined();
    expect(result?.isError).toBeUndefined();
  });

  it.each(fitting(wrong.filter(([, params]) => !JSON.stringify(params).includes('progressToken'))))(
    'over %s: %s with %j is answered in words',
    async (way, method, params, words) => {
      const { error } = (await reach[way]?.(message('wrong', method, modern(params)) as never)) ?? {};
      expect(error?.message).not.toMatch(dump);
      // Over HTTP a header must name what is called: its absence is found first.
      if (!/missing|must be/.test(String(error?.message)) || way === 'stdio')
        expect(error?.message).toMatch(words);
    },
  );
});

describe('the same in a session over HTTP', () => {
  let running: Running;
  let ask: (body: unknown) => Promise<Answer>;
  beforeAll(async () => {
    running = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
    const { url } = await running.logged('listening');
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const post = (body: unknown) =>
      fetch(String(url), { method: 'POST', headers, body: JSON.stringify(body) });
    const opened = await post(
      message('init', 'initialize', {
        protocolVersion: '2025-06-18',
        capabilities: null,
        clientInfo: { name: 'raw', version: '1' },
      }),
    );
    headers['mcp-session-id'] = opened.headers.get('mcp-session-id') ?? '';
    await opened.text();
    ask = async (body) => {
      const text = await (await post(body)).text();
      return JSON.parse(/^data: (.*"id".*)$/m.exec(text)?.[1] ?? text);
    };
  });
  afterAll(() => running.stop());

  it.each(empty)('%s with %j is answered', async (method, params) => {
    const { error, result } = await ask(message(`${Math.random()}`, method, params));
    expect(error).toBeUndefined();
    expect(result?.isError).toBeUndefined();
  });

  it.each(wrong)('%s with %j is answered in words', async (method, params, words) => {
    const { error } = await ask(message(`${Math.random()}`, method, params));
    // What is no JSON-RPC message is turned away before anybody reads it.
    if (!error?.message.includes('not a valid JSON-RPC message')) expect(error?.message).toMatch(words);
    expect(error?.message).not.toMatch(dump);
  });
});
