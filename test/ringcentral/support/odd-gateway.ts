import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { WebSocketFeed } from '../../../src/ringcentral/feed/websocket-feed.ts';
import { MemoryRateLimiter } from '../../../src/ringcentral/rest/memory-rate-limiter.ts';
import type { RestClient } from '../../../src/ringcentral/rest/rest-client.ts';
import type { Feed, FeedContinuation } from '../../../src/ringcentral/wire/feed.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { type FeedRecording, quick, recordFeed, silent } from './testbed.ts';

export type Frame = [
  { type: string; messageId: string; [member: string]: unknown },
  Record<string, unknown>?,
];

export interface OddGateway {
  feed: Feed;
  seen: FeedRecording;
  /** Frames that the client sent, in order; waits for one that fits. */
  received(fits: (frame: Frame) => boolean): Promise<Frame>;
  send(...frame: unknown[]): void;
  sendRaw(data: string | Buffer): void;
  connections: number;
  close(): Promise<void>;
}

interface Oddities {
  /** How it answers the subscription; by default with success. */
  subscription?: (frame: Frame) => unknown[] | undefined;
  serverUrl?: string;
  /** The feed goes on where another stopped. */
  continuation?: FeedContinuation;
  /** Its first frame. */
  connected?: Frame;
}

/** A gateway for what the sandbox's does not do: it is told what to send. */
export async function openOddGateway({
  subscription,
  serverUrl,
  continuation,
  connected = [{ type: 'ConnectionDetails', messageId: 'c', status: 200 }, { recoveryTimeout: 180 }],
}: Oddities = {}): Promise<OddGateway> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const uri = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  let socket: WebSocket | undefined;

  const rest = {
    send: async () => ({ body: { uri, ws_access_token: 'token', expires_in: 60 }, text: '' }),
    rateLimiter: new MemoryRateLimiter(systemClock),
    login: { scopes: async () => new Set(['ReadPresence']), ended: undefined },
    serverUrl: serverUrl ?? 'http://127.0.0.1',
  } as unknown as RestClient;
  const feed = new WebSocketFeed({
    rest,
    scope: 'extension',
    clock: systemClock,
    log: silent,
    timing: quick,
    ...(continuation && { continuation }),
  });

  const gateway: OddGateway = {
    feed,
    seen: recordFeed({ feed }),
    connections: 0,
    received: (fits) =>
      new Promise((resolve) => {
        const check = (): void => {
          const frame = frames.find(fits);
          if (!frame) return;
          waiting.delete(check);
          resolve(frame);
        };
        waiting.add(check);
        check();
      }),
    send: (...frame) => socket?.send(JSON.stringify(frame)),
    sendRaw: (data) => socket?.send(data),
    async close() {
      await feed.close();
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
  server.on('connection', (opened) => {
    gateway.connections += 1;
    socket = opened;
    opened.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as Frame;
      frames.push(frame);
      const [{ type, messageId }] = frame;
      const answer = subscription
        ? subscription(frame)
        : [
            { type, messageId, status: 200 },
            { id: 'sub', status: 'Active' },
          ];
      if (type === 'ClientRequest' && answer) gateway.send(...answer);
      for (const check of waiting) check();
    });
    gateway.send(...connected);
  });
  return gateway;
}
