import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { Fixture } from '../support/fixture.ts';
import { type Ask, ask, initialize, modern, openSession } from '../support/wire.ts';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const list = modern('tools/list');
const asModern = { headers: list.headers };
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

let http: HttpServer;
let session: Awaited<ReturnType<typeof openSession>>;
/** What was logged from `warn` on: a client that misbehaves is no fault of this server. */
const logged: string[] = [];
beforeAll(async () => {
  const log = pino({ level: 'warn' }, { write: (line) => void logged.push(line) });
  http = await new Fixture().start({ log });
  session = await openSession(http.url);
});
afterAll(() => http.close());
beforeEach(() => void logged.splice(0));

const ofSession = (more: Ask): Ask => ({ ...more, headers: { ...session.headers, ...more.headers } });
const resuming = (id: string) => () => ofSession({ method: 'GET', headers: { 'last-event-id': id } });

describe('a client that misbehaves is told so, and is nothing to log', () => {
  it.each<[string, number, () => Ask]>([
    ['a batch in 2026-07-28', 400, () => ({ ...asModern, body: [list.body, list.body] })],
    ['an empty batch in 2026-07-28', 400, () => ({ ...asModern, body: [] })],
    ['a batch of batches', 400, () => ofSession({ body: [[ping]] })],
    ['an answer in 2026-07-28', 400, () => ({ ...asModern, body: { jsonrpc: '2.0', id: 1, result: {} } })],
    ['the handshake of 2025 in 2026-07-28', 400, () => ({ ...asModern, body: initialize() })],
    ['an id of 257 characters', 400, () => ofSession({ body: { ...ping, id: 'x'.repeat(257) } })],
    ['the same in 2026-07-28', 400, () => ({ ...asModern, body: { ...list.body, id: 'x'.repeat(257) } })],
    ['lists in lists', 400, () => ofSession({ body: nested(100_000) })],
    ['the same in 2026-07-28', 400, () => ({ ...asModern, body: nested(100_000) })],
    ['the same as an id', 400, () => ({ ...asModern, body: `{"jsonrpc":"2.0","id":${nested(100_000)}}` })],
    ['a body that is text', 415, () => ofSession({ body: ping, headers: { 'content-type': 'text/plain' } })],
    ['a body that is packed', 415, () => ofSession({ body: ping, headers: { 'content-encoding': 'gzip' } })],
    ['an answer that cannot be had', 406, () => ofSession({ body: ping, headers: { accept: 'image/png' } })],
    ['DELETE of no session', 400, () => ({ method: 'DELETE' })],
    [
      'DELETE of one that is not known',
      404,
      () => ofSession({ method: 'DELETE', headers: { 'mcp-session-id': 'x' } }),
    ],
    ['an event id that is none', 400, resuming('rubbish')],
    ['an event that has not come yet', 400, resuming('999999-_GET_stream')],
    ['an event id with a path', 400, resuming('1-../../x')],
  ])('%s: %i', async (_what, status, abuse) => {
    const answer = await ask(http.url, abuse());
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ jsonrpc: '2.0', error: { message: expect.stringMatching(/\w/) } });
    expect(answer.text.length).toBeLessThan(1_000);
    expect(logged).toEqual([]);
  });

  it.each([
    ['ends before its length', 'content-length: 100', '{"jsonrpc"'],
    ['ends within a chunk', 'transfer-encoding: chunked', '20\r\n{"jsonrpc"'],
    ['has a chunk that is none', 'transfer-encoding: chunked', 'zz\r\n'],
  ])('a body that %s', async (_what, header, body) => {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
    const closed = once(socket, 'close');
    socket.on('error', () => {}).resume();
    socket.end(
      `POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n${body}`,
    );
    await closed;
    // The server has come to an end with that one before it answers this one.
    expect((await ask(http.url, ofSession({ body: ping }))).status).toBe(200);
    expect(logged).toEqual([]);
  });
});
