import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createHttp } from '../../../src/ringcentral/rest/http.ts';
import { HttpRequest } from '../../../src/ringcentral/rest/http-message.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';

let server: Server;
let clock: ManualClock;
let handle: (socket: Socket) => void;
const sockets = new Set<Socket>();

beforeEach(async () => {
  clock = manualClock();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** How a POST to the server ends. */
const post = (scheme: 'http' | 'https') => {
  const { port } = server.address() as AddressInfo;
  const request = new HttpRequest(`${scheme}://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  return createHttp(clock, 10_000)
    .exchange(request)
    .then(
      () => 'answered',
      (error: unknown) => error,
    );
};
/** The other side has this connection. */
const accepted = () =>
  new Promise<Socket>((resolve) => {
    handle = resolve;
  });

describe('a request that fails has reached nobody', () => {
  it('when the connection is refused', async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    const request = new HttpRequest(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
    await expect(createHttp(clock, 10_000).exchange(request)).rejects.toMatchObject({
      message: 'ECONNREFUSED',
      reached: false,
    });
  });

  it('when the handshake is reset', async () => {
    handle = (socket) => socket.once('data', () => socket.resetAndDestroy());
    expect(await post('https')).toMatchObject({ message: 'ECONNRESET', reached: false });
  });

  it('when no handshake comes about in time, which is sooner than an answer is given up', async () => {
    const connection = accepted();
    const ended = post('https');
    await connection;
    await clock.advanceAsync(4_000);
    expect(await ended).toMatchObject({ message: 'no connection within 4 s', reached: false });
  });
});

describe('a request that fails may have reached somebody', () => {
  it('when the connection breaks after it was sent', async () => {
    handle = (socket) => socket.once('data', () => socket.resetAndDestroy());
    expect(await post('http')).toMatchObject({ message: 'ECONNRESET', reached: true });
  });

  it('when no answer comes', async () => {
    const connection = accepted();
    const ended = post('http');
    await once(await connection, 'data');
    await clock.advanceAsync(9_999);
    await clock.advanceAsync(1);
    expect(await ended).toMatchObject({ message: 'no answer within 10 s', reached: true });
  });
});

it('what is given up is cancelled unless it is answered in time, and nothing else is', async () => {
  const { port } = server.address() as AddressInfo;
  const http = createHttp(clock, 10_000);
  const send = (method: string) => {
    const connection = accepted();
    const ended = http.exchange(new HttpRequest(`http://127.0.0.1:${port}/`, { method })).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    return { connection, ended };
  };
  const answer = async (connection: Promise<Socket>) => {
    (await connection).write('HTTP/1.1 204 No Content\r\n\r\n');
  };
  const fast = send('GET');
  await fast.connection;
  const slow = send('GET');
  await slow.connection;
  const act = send('POST');
  await act.connection;
  http.giveUp(1_000, ({ method }) => method === 'GET');
  const later = send('GET');
  await later.connection;
  await answer(fast.connection);
  expect(await fast.ended).toBe(204);
  await clock.advanceAsync(1_000);
  expect(await slow.ended).toMatchObject({ why: 'cancelled' });
  await answer(act.connection);
  await answer(later.connection);
  expect([await act.ended, await later.ended]).toEqual([204, 204]);
});

it('many requests that one signal cancels are not warned of', async () => {
  const { port } = server.address() as AddressInfo;
  const warnings: string[] = [];
  const note = ({ name }: Error) => void warnings.push(name);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const stop = new AbortController();
  const { exchange } = createHttp(clock, 10_000);
  const requests = Array.from({ length: 20 }, () =>
    exchange(new HttpRequest(`http://127.0.0.1:${port}/`, { method: 'GET', rules: { signal: stop.signal } })),
  );
  const ended = Promise.allSettled(requests);
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  expect((await ended).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'rejected'));
  expect(warnings).toEqual([]);
});
