import type { LoginSession } from '../oauth/sessions.ts';
import type { Envelope, Subscription, Transport } from './subscriptions.ts';

export const RECOVERY_BUFFER_SIZE = 100;

/** Position in the stream of frames that a client may come back to. */
export interface Wsc {
  readonly token: string;
  readonly sequence: number;
}

/** The socket of the moment, as far as a context needs it. */
export interface FrameSink {
  send(meta: object, body?: unknown): void;
  close(code?: number): void;
}

/**
 * What survives the loss of a socket: the subscription, and the newest notifications. Each frame moves the
 * position on; coming back with the token of a position brings everything after it (platform.md 5.5). That way
 * frames that were sent into a dead socket are not lost either.
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

  attach(sink: FrameSink): void {
    this.#sink = sink;
  }

  /** False if another socket has taken over meanwhile. */
  detach(sink: FrameSink): boolean {
    if (this.#sink !== sink) return false;
    this.#sink = undefined;
    return true;
  }

  nextWsc(): Wsc {
    const sequence = ++this.#sequence;
    return { token: `${this.id}.${sequence}`, sequence };
  }

  /** Sends the envelope if there is a socket; in any case it can be recovered while it is among the newest. */
  notify(envelope: Envelope): void {
    const wsc = this.nextWsc();
    this.#sent.push({ sequence: wsc.sequence, envelope });
    if (this.#sent.length > RECOVERY_BUFFER_SIZE) this.#sent.shift();
    this.#sink?.send(notificationMeta(envelope, wsc), envelope);
  }

  /** Sends again what came after a position. */
  replay(after: number): void {
    const missed = this.#sent.filter(({ sequence }) => sequence > after);
    this.#sent = [];
    for (const { envelope } of missed) this.notify(envelope);
  }

  /** One active subscription per connection: a new one replaces the old (platform.md 5.4). */
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
