import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openSocket } from '../../../src/ringcentral/feed/socket.ts';

const frames = 4_000;
const frameBytes = 1_000;

let server: WebSocketServer;
let uri: string;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  uri = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

/** Everything at once, and then nothing to read it with until all of it has arrived. */
function flood(client: WebSocket): void {
  for (let nth = 0; nth < frames; nth += 1) client.send(String(nth).padEnd(frameBytes, '.'));
}

it('takes a bounded part of a flood in each turn of the event loop, all of it, and in order', async () => {
  const taken: number[] = [];
  let inTurn = 0;
  let most = 0;
  const whole = new Promise<void>((resolve, reject) => {
    server.once('connection', flood);
    openSocket(
      uri,
      {
        frame(text) {
          taken.push(Number.parseInt(text, 10));
          inTurn += 1;
          most = Math.max(most, inTurn);
          // Slower than what comes in.
          for (const until = performance.now() + 0.05; performance.now() < until; );
          if (taken.length === frames) resolve();
        },
        controlFrame() {},
        opened() {},
        ended: (trouble) => reject(new Error(trouble.message)),
      },
      5_000,
    ).catch(reject);
  });
  const turn = () => {
    inTurn = 0;
    if (taken.length < frames) setImmediate(turn);
  };
  turn();
  await whole;
  expect(taken).toEqual(Array.from({ length: frames }, (_, nth) => nth));
  // What is handled at once is what a turn may be, and what had been read of the socket when it was reached.
  expect(most * frameBytes).toBeLessThan(2.5 * 64 * 1024);
});
