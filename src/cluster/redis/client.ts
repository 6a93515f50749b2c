import { createClient, createSentinel } from '@redis/client';
import type { RedisAddress } from '../../config/redis.ts';

/** One connection that commands go over, one after the other; it connects again by itself. */
export interface RedisClient {
  /** Resolves once it is connected. Rejects where that is not so after `ms`, with what failed last. */
  connect(ms: number): Promise<void>;
  /** Rejects at once while there is no connection; nothing is kept to be sent later, or sent twice. */
  send(command: readonly string[]): Promise<unknown>;
  /** Ends the connection; what waits for an answer is rejected. */
  close(): void;
}

export interface RedisClientOptions {
  address: RedisAddress;
  /** In ms: with no byte for so long, the connection is replaced. */
  silenceMs: number;
  /** Called each time that the connection is there again, the first time included. */
  ready?: () => void;
  /** Called with the reason when the connection has ended. */
  lost?: (reason: string) => void;
}

/** How long, in ms, between two tries to connect, at most. */
const longestPause = 1_000;
const connectMs = 2_000;

export function createRedisClient(options: RedisClientOptions): RedisClient {
  return options.address.sentinelName === undefined ? direct(options) : bySentinels(options);
}

function socketOf({ address, silenceMs }: RedisClientOptions) {
  return {
    ...(address.tls && { tls: true as const }),
    connectTimeout: connectMs,
    socketTimeout: silenceMs,
    reconnectStrategy: (retries: number) => Math.min(longestPause, 50 * 2 ** retries),
  };
}

const credentialsOf = ({ username, password, database }: RedisAddress) => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(database !== undefined && { database }),
});

function direct(options: RedisClientOptions): RedisClient {
  const { address, silenceMs, ready, lost } = options;
  const [node = { host: '127.0.0.1', port: 6_379 }] = address.nodes;
  const client = createClient({
    ...credentialsOf(address),
    socket: { ...socketOf(options), host: node.host, port: node.port },
    // A command that was not sent must not be sent later, when whoever asked has given it up.
    disableOfflineQueue: true,
    pingInterval: silenceMs / 3,
    RESP: 2,
  });
  client.on('ready', () => ready?.());
  const trouble = noteTrouble(client, lost);
  return {
    connect: (ms) => within(ms, client.connect(), trouble),
    send: (command) => client.sendCommand([...command]),
    close: () => client.destroy(),
  };
}

function bySentinels(options: RedisClientOptions): RedisClient {
  const { address, silenceMs, ready, lost } = options;
  const node = {
    ...credentialsOf(address),
    socket: socketOf(options),
    disableOfflineQueue: true,
    pingInterval: silenceMs / 3,
  };
  const { database: _none, ...ofSentinel } = node;
  const client = createSentinel({
    name: address.sentinelName ?? '',
    sentinelRootNodes: [...address.nodes],
    nodeClientOptions: node,
    sentinelClientOptions: { socket: ofSentinel.socket },
    maxCommandRediscovers: 0,
    scanInterval: 1_000,
    masterPoolSize: 1,
    RESP: 2,
  });
  const trouble = noteTrouble(client, lost);
  client.on('topology-change', ({ type }: { type: string }) => type === 'MASTER_CHANGE' && ready?.());
  return {
    connect: (ms) =>
      within(ms, client.connect(), trouble).then(() => {
        ready?.();
      }),
    send: (command) => client.sendCommand(false, [...command]),
    close: () => void client.destroy(),
  };
}

interface Client {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Tells why the connection has ended. @returns tells why it did last */
function noteTrouble(client: Client, lost: RedisClientOptions['lost']): () => string | undefined {
  let last: string | undefined;
  client.on('error', ({ message, code }) => {
    // Of several addresses that are tried at once there is a code only.
    last = message || code;
    lost?.(last ?? 'no reason');
  });
  return () => last;
}

async function within(
  ms: number,
  connected: Promise<unknown>,
  trouble: () => string | undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const why = trouble();
      reject(new Error(`no connection within ${ms / 1000} s${why === undefined ? '' : `: ${why}`}`));
    }, ms);
  });
  connected.catch(() => {});
  await Promise.race([connected, late]).finally(() => clearTimeout(timer));
}
