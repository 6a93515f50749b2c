import type { LoginSession } from '../oauth/sessions.ts';
import type { Envelope, Subscription, Transport } from './subscriptions.ts';

/** Notifications that can be recovered (platform.md 5.5). */
export const RECOVERY_BUFFER_SIZE = 100;

/** A position in the sequence of frames, to which a client can come back (platform.md 5.5). */
export interface Wsc {
  readonly token: string;
  readonly sequence: number;
}

/** What a context needs of its current connection. */
export interface FrameSink {
  send(meta: object, body?: unknown): void;
  close(code?: number): void;
}

/**
 * What outlives a connection that was lost: the subscription, and the newest notifications. Each frame has the next
 * position; a client that comes back with the token of a position gets everything after it (platform.md 5.5), frames
 * that were sent before the loss was noticed included.
 */
export class ConnectionContext {
  readonly id: string;
  readonly session: LoginSession;
  subscription: Subscription | undefined;
  #sequence = 0;
  #sent: { sequence: number; envelope: Envelope }[] = [];
  #sink: FrameSink | undefined;

  constructor(id: string, session: LoginSession) {
    this.id = id;
    this.session = session;
  }

  get sink(): FrameSink | undefined {
    return this.#sink;
  }

  /** That connection sends from now on. */
  attach(sink: FrameSink): void {
    this.#sink = sink;
  }

  /** The connection is lost. False if another one has been attached meanwhile. */
  detach(sink: FrameSink): boolean {
    if (this.#sink !== sink) return false;
    this.#sink = undefined;
    return true;
  }

  /** Moves on to the next position and returns it. */
  nextWsc(): Wsc {
    const sequence = ++this.#sequence;
    return { token: `${this.id}.${sequence}`, sequence };
  }

  /** Sends the envelope if there is a connection. It can be recovered as long as it is among the newest. */
  notify(envelope: Envelope): void {
    const wsc = this.nextWsc();
    this.#sent.push({ sequence: wsc.sequence, envelope });
    if (this.#sent.length > RECOVERY_BUFFER_SIZE) this.#sent.shift();
    this.#sink?.send(notificationMeta(envelope, wsc), envelope);
  }

  /** Sends again what came after that position. */
  replay(after: number): void {
    const missed = this.#sent.filter(({ sequence }) => sequence > after);
    this.#sent = [];
    for (const { envelope } of missed) this.notify(envelope);
  }

  /** How notifications reach this connection. When the subscription ends, the connection has none. */
  transport(deliver: (envelope: Envelope) => void): Transport {
    return {
      type: 'WebSocket',
      deliver,
      close: () => {
        this.subscription = undefined;
      },
    };
  }
}

/** The gateway's connections by id, open or still recoverable. Both are undefined for an id that is neither. */
export interface Connections {
  context(connectionId: string): ConnectionContext | undefined;
  /** The way of notifications to that connection. */
  transport(connectionId: string): Transport | undefined;
}

/** The context and position that a `wsc` token names. */
export function parseWscToken(token: string): { contextId: string; sequence: number } {
  const [contextId = '', sequence = ''] = token.split('.', 2);
  return { contextId, sequence: Number(sequence) || 0 };
}

function notificationMeta(envelope: Envelope, wsc: Wsc): object {
  return { type: 'ServerNotification', messageId: envelope.uuid, status: 200, wsc };
}
