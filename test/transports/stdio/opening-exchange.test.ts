import { InitializeRequestSchema } from '@modelcontextprotocol/core/internal';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { RpcBody } from '../../../src/transports/json-rpc.ts';
import { OpeningExchange } from '../../../src/transports/stdio/opening-exchange.ts';

const answers = {
  revisions: ['2025-11-25', '2025-03-26'],
  initialize: { capabilities: { tools: {} } },
  lists: { 'tools/list': { tools: ['hold'] } },
};
const handshake = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: { form: {} }, roots: { listChanged: true } },
  clientInfo: { name: 'host', version: '1' },
};

const request = (id: number, method: string, params?: unknown): RpcBody => ({
  ...{ jsonrpc: '2.0', id, method },
  ...(params !== undefined && { params }),
});
const initialize = request(1, 'initialize', handshake);
const initialized: RpcBody = { jsonrpc: '2.0', method: 'notifications/initialized' };
const result = (id: number, value: object) => ({ jsonrpc: '2.0', id, result: value });

/** An exchange with what it sent and handed on, and the loads that it has asked for. */
function opened(written?: 'nothing') {
  const sent: unknown[] = [];
  const handedOn: unknown[] = [];
  const loads: { resolve(): void; reject(why: Error): void }[] = [];
  const exchange = new OpeningExchange({
    answers: written ? undefined : answers,
    send: async (message) => void sent.push(message),
    load: () =>
      new Promise((resolve, reject) =>
        loads.push({
          resolve: () =>
            resolve({
              receive: (message) => void handedOn.push(message),
              repeat: (message) => void handedOn.push(['repeated', message]),
            }),
          reject,
        }),
      ),
    log: pino({ level: 'silent' }),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { exchange, sent, handedOn, loads, settled };
}

describe('the opening exchange', () => {
  it('answers the handshake, lists and pings, and loads nothing for them', () => {
    const { exchange, sent, loads } = opened();
    expect(exchange.revision).toBeUndefined();
    for (const message of [
      initialize,
      initialized,
      request(2, 'tools/list'),
      request(3, 'tools/list', { _meta: { progressToken: 7 } }),
      request(4, 'ping', {}),
    ]) {
      exchange.receive(message);
    }
    expect(sent).toEqual([
      result(1, { protocolVersion: '2025-11-25', ...answers.initialize }),
      result(2, answers.lists['tools/list']),
      result(3, answers.lists['tools/list']),
      result(4, {}),
    ]);
    expect(exchange.revision).toBe('2025-11-25');
    expect(loads).toEqual([]);
  });

  it('repeats the handshake to what is loaded, then hands on all that came, in its order', async () => {
    const { exchange, sent, handedOn, loads, settled } = opened();
    exchange.receive(initialize);
    exchange.receive(initialized);
    sent.length = 0;
    const held = [request(2, 'tools/call', { name: 'x' }), request(3, 'tools/list'), request(4, 'ping')];
    for (const message of held) exchange.receive(message);
    expect(handedOn).toEqual([]);
    loads[0]?.resolve();
    await settled();
    expect(handedOn).toEqual([['repeated', initialize], ['repeated', initialized], ...held]);
    exchange.receive(request(5, 'tools/list'));
    expect(handedOn).toHaveLength(6);
    expect([sent, loads]).toMatchObject([[], { length: 1 }]);
  });

  it('refuses what waits where nothing can be loaded, and tries again with the next', async () => {
    const { exchange, sent, handedOn, loads, settled } = opened();
    exchange.receive(initialize);
    sent.length = 0;
    exchange.receive(request(2, 'tools/call', { name: 'x' }));
    exchange.receive({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
    loads[0]?.reject(new Error('a file is gone'));
    await settled();
    expect(sent).toMatchObject([{ id: 2, error: { code: -32603 } }]);
    exchange.receive(request(3, 'tools/call', { name: 'x' }));
    loads[1]?.resolve();
    await settled();
    expect(handedOn).toMatchObject([['repeated', { method: 'initialize' }], { id: 3 }]);
  });

  it.each<[string, RpcBody[]]>([
    ['another revision', [request(1, 'initialize', { ...handshake, protocolVersion: '2024-01-01' })]],
    ['a client of 2026-07-28', [request(1, 'initialize', { ...handshake, _meta: {} })]],
    ['wrong parameters', [request(1, 'initialize', { ...handshake, clientInfo: {} })]],
    [
      'more than it keeps',
      [request(1, 'initialize', { ...handshake, clientInfo: { name: 'x'.repeat(40_000), version: '' } })],
    ],
    ['members that no message has', [{ ...initialize, extra: 1 } as RpcBody]],
    ['a request that is an answer, too', [initialize, { ...request(2, 'ping'), result: {} } as RpcBody]],
    ['no handshake', [request(1, 'tools/list')]],
    ['a second handshake', [initialize, initialize]],
    ['another page', [initialize, request(2, 'tools/list', { cursor: 'x' })]],
    ['an envelope of 2026-07-28', [initialize, request(2, 'tools/list', { _meta: { 'x/y': 1 } })]],
    ['what is not written down', [initialize, request(2, 'prompts/list')]],
    ['what any object has', [initialize, request(2, 'toString')]],
    [
      'a notification of another kind',
      [initialize, { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }],
    ],
    ['an answer', [initialize, { jsonrpc: '2.0', id: 2, result: {} } as RpcBody]],
  ])('leaves %s to what is loaded', (_what, messages) => {
    const { exchange, loads } = opened();
    for (const message of messages) exchange.receive(message);
    expect(loads).toHaveLength(1);
  });

  it('leaves all of it to what is loaded where nothing is written down', () => {
    const { exchange, sent, loads } = opened('nothing');
    exchange.receive(initialize);
    expect([sent, loads]).toMatchObject([[], { length: 1 }]);
  });

  it('takes no handshake that the SDK does not take', () => {
    const json = fc.constantFrom(true, 'x', 1, null, [], ['x'], {}, { form: {} }, { listChanged: true });
    const among = (...names: string[]) => fc.constantFrom(...names);
    const inner = fc.dictionary(among('listChanged', 'applyDefaults', 'form', 'url', 'requests'), json, {
      maxKeys: 2,
    });
    const capabilities = fc.dictionary(
      among('roots', 'sampling', 'elicitation', 'tasks', 'experimental', 'extensions', 'other'),
      fc.oneof(json, inner, fc.dictionary(among('elicitation', 'a'), inner, { maxKeys: 1 })),
      { maxKeys: 2 },
    );
    const others = fc.dictionary(among('title', 'icons', 'websiteUrl', 'version'), json, { maxKeys: 1 });
    const params = fc.record({
      protocolVersion: fc.constantFrom('2025-11-25', '2025-03-26', 'x'),
      capabilities,
      clientInfo: others.map((more) => ({ name: 'x', version: '1', ...more })),
    });
    let taken = 0;
    fc.assert(
      fc.property(params, (given) => {
        const { exchange, loads } = opened();
        exchange.receive(request(1, 'initialize', given));
        if (loads.length > 0) return;
        taken += 1;
        expect(
          InitializeRequestSchema.safeParse({ method: 'initialize', params: given }).error,
        ).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
