import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { Fixture } from '../support/fixture.ts';
import { ask, initialize, openSession, stream } from '../support/wire.ts';

it('ends the stream of a client that does not read, and of nobody else', async () => {
  const fixture = new Fixture();
  const http = await fixture.start({ limits: { unsentBytes: 100_000 } });
  const lazy = await openSession(http.url);
  const keen = await openSession(http.url);
  for (const session of [lazy, keen])
    await session.request('resources/subscribe', { uri: 'fixture://value' });
  const read = await stream(http.url, { headers: keen.headers });

  const { hostname, port } = new URL(http.url);
  const socket = connect(Number(port), hostname);
  const headers = { host: 'localhost', accept: 'text/event-stream', ...lazy.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'readable');
  // Until the kernel's buffers are full as well; the GET of a session whose stream is open is a 409.
  let again = 409;
  for (let turn = 0; turn < 400 && again === 409; turn += 1) {
    for (let n = 0; n < 200; n += 1) fixture.change();
    const probe = await stream(http.url, { headers: lazy.headers });
    again = probe.status;
    probe.close();
  }
  expect(again).toBe(200);
  const before = read.messages.length;
  fixture.change();
  await expect.poll(() => read.messages.length, { interval: 5 }).toBeGreaterThan(before);
  read.close();
  socket.destroy();
  await http.close();
}, 60_000);

it('writes nothing to an SSE stream that has been ended and is still read', async () => {
  const broken: Error[] = [];
  const note = (error: Error) => void broken.push(error);
  process.on('uncaughtException', note);
  const fixture = new Fixture();
  const http = await fixture.start({ limits: { keepAliveMs: 10, unsentBytes: 100_000_000 } });
  const { hostname, port } = new URL(http.url);
  const socket = connect(Number(port), hostname);
  socket.write('GET /sse HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n');
  let head = '';
  while (!head.includes('sessionId=')) head += String((await once(socket, 'data'))[0]);
  socket.pause();
  const path = /data: (\S+)/.exec(head)?.[1] ?? '';
  const say = (id: number, method: string, params: object) =>
    ask(http.url, { path, body: { jsonrpc: '2.0', id, method, params } });
  await ask(http.url, { path, body: initialize('2024-11-05') });
  await say(1, 'resources/subscribe', { uri: 'fixture://value' });
  // More than the kernel takes.
  for (let n = 0; n < 100_000; n += 1) fixture.change();
  const closed = http.close();
  const stop = setInterval(() => fixture.change(), 10);
  await closed;
  clearInterval(stop);
  socket.destroy();
  process.off('uncaughtException', note);
  expect(broken).toEqual([]);
}, 60_000);
