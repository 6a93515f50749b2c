import { isLegacyRequest } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLegacy } from '../../../src/transports/http/era.ts';

const version = 'io.modelcontextprotocol/protocolVersion';
const meta = fc.constantFrom(
  undefined,
  null,
  {},
  { [version]: '2026-07-28' },
  { [version]: '2025-11-25' },
  { [version]: 3 },
  {
    ...{ [version]: '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' } },
    'io.modelcontextprotocol/clientCapabilities': {},
  },
);
const params = fc.oneof(
  fc.constantFrom(undefined, null, [], 'x'),
  fc.record({ _meta: meta, protocolVersion: fc.constantFrom('2025-11-25', 7) }, { requiredKeys: [] }),
);
const message = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '1.0', 2),
    id: fc.constantFrom<unknown>(1, 'a', null, {}, 1.5),
    method: fc.constantFrom<unknown>('initialize', 'tools/call', 'ping', 'notifications/initialized', '', 3),
    params,
    result: fc.constantFrom<unknown>({}, null, 1),
    error: fc.constantFrom<unknown>({ code: 1, message: 'x' }, null, undefined),
  },
  { requiredKeys: [] },
);
const answer = fc.oneof(
  fc.record({ jsonrpc: fc.constant('2.0'), id: fc.constantFrom(1, 'a', null), result: fc.constant({}) }),
  fc.record({
    jsonrpc: fc.constant('2.0'),
    id: fc.constantFrom(1, 'a', null),
    error: fc.constant({ code: 1, message: 'x' }),
  }),
);
const body = fc.oneof(
  { weight: 4, arbitrary: message },
  { weight: 2, arbitrary: answer },
  { weight: 1, arbitrary: fc.array(message, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, 1, 'x', true) },
);
const header = fc.constantFrom(
  undefined,
  '2026-07-28',
  '2026-07-28',
  '2026-07-28',
  ' 2026-07-28 ',
  '2025-11-25',
  '2027-01-01',
  'x',
  '2026-07-28, 2026-07-28',
);
const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'DELETE', 'PUT');
const rpcMethod = fc.constantFrom(undefined, 'ping', 'initialize');

test('requests are told apart as the SDK does it', async () => {
  await fc.assert(
    fc.asyncProperty(method, header, rpcMethod, body, async (method, header, rpcMethod, body) => {
      const request = new Request('http://localhost/mcp', {
        method,
        headers: {
          ...(header !== undefined && { 'mcp-protocol-version': header }),
          ...(rpcMethod !== undefined && { 'mcp-method': rpcMethod }),
        },
      });
      expect(await isLegacy(request, body)).toBe(await isLegacyRequest(request, body));
    }),
    { numRuns: 2_000 },
  );
});
