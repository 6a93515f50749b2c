import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import type { Faults } from '../control/faults.ts';
import { secret } from '../oauth/apps.ts';
import type { LoginSession, LoginSessions } from '../oauth/sessions.ts';
import type { WebSocketTokens } from '../oauth/ws-tokens.ts';
import type { Platform } from '../rest/platform.ts';
import { Connection, type ConnectionTimes, MAX_ACTIVE_REQUESTS } from './connection.ts';
import { ConnectionContext, type Connections, parseWscToken, RECOVERY_BUFFER_SIZE } from './context.ts';
import type { NotificationFaults } from './notification-faults.ts';
import type { Subscriptions, Transport } from './subscriptions.ts';

export const GATEWAY_PATH = '/ws';

/** Times of the gateway in milliseconds. */
export interface GatewayTimes extends ConnectionTimes {
  /** How long after its loss a connection can be recovered. */
  readonly recoveryTimeoutMs: number;
}

/** The platform's times (platform.md 5.3, 5.6); how often it pings is assumed. */
export const PLATFORM_TIMES: GatewayTimes = {
  recoveryTimeoutMs: 180_000,
  idleTimeoutMs: 1_800_000,
  absoluteTimeoutMs: 86_400_000,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 10_000,
};

const MAX_CONNECTIONS_PER_SESSION = 50;
const MAX_FRAME_BYTES = 256 * 1024;
const CLOSE_UNAUTHORIZED = 4400;

export interface GatewayParts {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly faults: Faults;
  readonly notificationFaults: NotificationFaults;
  readonly logins: LoginSessions;
  readonly wsTokens: WebSocketTokens;
  readonly subscriptions: Subscriptions;
  readonly times: GatewayTimes;
}

/** The WebSocket gateway (platform.md 5): opens connections, keeps what can be recovered, and applies its faults. */
export class Gateway implements Connections {
  readonly #parts: GatewayParts;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  readonly #connections = new Set<Connection>();
  /** Sockets that a fault left without ConnectionDetails. */
  readonly #silent = new Set<WebSocket>();
  readonly #contexts = new Map<string, ConnectionContext>();
  readonly #forgetting = new Map<string, () => void>();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    parts.logins.onEnd((session) => this.#endSession(session));
  }

  /** Takes an HTTP upgrade over. The query has the token, `access_token`, and for a recovery `wsc`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#parts.faults.take('ws-refuse')) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://gateway');
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // A client that breaks the protocol loses its connection: ws closes it.
      webSocket.on('error', () => undefined);
      this.#open(webSocket, searchParams);
    });
  }

  transport(connectionId: string): Transport | undefined {
    const context = this.#contexts.get(connectionId);
    return context?.transport((envelope) => this.#parts.notificationFaults.deliver(context, envelope));
  }

  context(connectionId: string): ConnectionContext | undefined {
    return this.#contexts.get(connectionId);
  }

  /** Fault `ws-close`. */
  closeAll(code?: number): void {
    for (const connection of this.#connections) connection.close(code);
    for (const socket of this.#silent) socket.terminate();
  }

  /** Fault `ws-freeze`: freezes the connections that are open now; returns what thaws them. */
  freeze(): () => void {
    const frozen = [...this.#connections];
    for (const connection of frozen) connection.freeze();
    return () => {
      for (const connection of frozen) connection.thaw();
    };
  }

  /** Fault `ws-garbage`: sends broken frames, as many as are armed; without a connection the next one gets them. */
  sendGarbage(): void {
    while (this.#connections.size > 0 && this.#parts.faults.take('ws-garbage')) {
      for (const connection of this.#connections) connection.sendText('[{"type":"ServerNotific');
    }
  }

  /** Closes every connection. */
  close(): void {
    for (const forget of this.#forgetting.values()) forget();
    for (const connection of this.#connections) connection.close(1001);
    for (const socket of [...this.#silent, ...this.#server.clients]) socket.terminate();
    this.#server.close();
  }

  #open(socket: WebSocket, parameters: URLSearchParams): void {
    const token = parameters.get('access_token');
    const session = token ? this.#parts.wsTokens.redeem(token) : undefined;
    if (!session) {
      if (token) {
        const error = { errorCode: 'OAU-213', message: 'Token not found' };
        socket.send(JSON.stringify([{ type: 'Error', messageId: randomUUID() }, error]));
      }
      socket.close(CLOSE_UNAUTHORIZED);
      return;
    }
    if (this.#parts.faults.take('ws-silent')) {
      this.#silent.add(socket);
      socket.on('close', () => this.#silent.delete(socket));
      return;
    }
    const open = [...this.#connections].filter(({ context }) => context.session === session).length;
    if (open >= MAX_CONNECTIONS_PER_SESSION) {
      socket.close(1008, 'Too many connections');
      return;
    }
    this.#connect(socket, session, parameters.get('wsc'));
  }

  #connect(socket: WebSocket, session: LoginSession, wscToken: string | null): void {
    const { clock, platform, times } = this.#parts;
    const position = wscToken === null ? undefined : parseWscToken(wscToken);
    const recovered = position && this.#recover(position.contextId, session);
    const context = recovered ?? this.#newContext(session);
    const connection = new Connection(socket, context, { platform, clock, times });
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (context.detach(connection)) this.#forgetLater(context);
    });
    context.attach(connection);
    connection.send(
      { type: 'ConnectionDetails', messageId: randomUUID(), status: 200, wsc: context.nextWsc() },
      {
        creationTime: new Date(clock.now()).toISOString().replace('Z', '+0000'),
        maxConnectionsPerSession: MAX_CONNECTIONS_PER_SESSION,
        recoveryBufferSize: RECOVERY_BUFFER_SIZE,
        recoveryTimeout: times.recoveryTimeoutMs / 1000,
        idleTimeout: times.idleTimeoutMs / 1000,
        absoluteTimeout: times.absoluteTimeoutMs / 1000,
        maxActiveRequests: MAX_ACTIVE_REQUESTS,
        ...(position ? recoveryVerdict(recovered !== undefined) : {}),
      },
    );
    if (recovered && position) recovered.replay(position.sequence);
    this.sendGarbage();
  }

  /** The context that a client comes back to; undefined where it is unknown, of another login, or a fault says so. */
  #recover(contextId: string, session: LoginSession): ConnectionContext | undefined {
    const context = this.#contexts.get(contextId);
    if (context?.session !== session) return undefined;
    this.#forgetting.get(contextId)?.();
    this.#forgetting.delete(contextId);
    if (this.#parts.faults.take('ws-recovery-fails')) {
      this.#forget(context);
      return undefined;
    }
    // The client came back before the loss of its old connection was noticed.
    for (const old of this.#connections) if (old.context === context) old.close();
    return context;
  }

  #newContext(session: LoginSession): ConnectionContext {
    const context = new ConnectionContext(secret(16), session);
    this.#contexts.set(context.id, context);
    return context;
  }

  /** Forgets a context when the time for recovery, which begins with the loss, is over (platform.md 5.5). */
  #forgetLater(context: ConnectionContext): void {
    const cancel = this.#parts.clock.setTimeout(
      () => this.#forget(context),
      this.#parts.times.recoveryTimeoutMs,
    );
    this.#forgetting.set(context.id, cancel);
  }

  #forget(context: ConnectionContext): void {
    this.#forgetting.delete(context.id);
    this.#contexts.delete(context.id);
    if (context.subscription) this.#parts.subscriptions.remove(context.subscription);
  }

  /** Closes the connections of a login that has ended (assumed, platform.md 5.2). */
  #endSession(session: LoginSession): void {
    this.#parts.wsTokens.revoke(session);
    for (const connection of this.#connections) {
      if (connection.context.session === session) connection.fail('OAU-213', 'Token not found');
    }
    for (const context of this.#contexts.values()) {
      if (context.session !== session) continue;
      this.#forgetting.get(context.id)?.();
      this.#forget(context);
    }
  }
}

function recoveryVerdict(successful: boolean): object {
  return successful
    ? { recoveryState: 'Successful' }
    : { recoveryState: 'Failed', recoveryErrorCode: 'WSG-1005' };
}
