import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { type FeedFault, passing } from './feed-fault.ts';
import { type Frame, heartbeatFrame, readFrame } from './frames.ts';
import { openSocket, type Socket } from './socket.ts';
import type { Timing } from './timing.ts';
import { adjustToClock, type ConnectionActivity, checkActivity } from './watchdog.ts';

export interface GatewayConnectionListener {
  /** Every frame but heartbeats; undefined for one that cannot be read. `at` in epoch ms. */
  frame(frame: Frame | undefined, at: number): void;
  /** The gateway accepted the upgrade, and with it the token. */
  opened(): void;
  /** The heartbeat of `probe` was answered. */
  probeAnswered(): void;
  /**
   * The connection ended, or is useless. Called once, and not after `close`. `aliveAt`: epoch ms at which it was last
   * known to work.
   */
  lost(trouble: FeedFault, aliveAt: number): void;
}

export interface GatewayConnectionOptions {
  listener: GatewayConnectionListener;
  clock: Clock;
  timing: Timing;
}

/** One connection to the gateway, and its watch: pings and heartbeats with deadlines find a dead one. */
export class GatewayConnection {
  readonly #options: GatewayConnectionOptions;
  /** Ids of own heartbeats that are not answered yet. */
  readonly #heartbeats = new Set<string>();
  #activity: ConnectionActivity;
  #socket: Socket | undefined;
  #probeId: string | undefined;
  #isOver = false;
  #stopWatch = (): void => undefined;

  constructor(options: GatewayConnectionOptions) {
    const { clock } = options;
    const now = clock.now();
    this.#options = options;
    this.#activity = {
      lastFrameAt: now,
      lastTextFrameAt: now,
      checkedAt: now,
      uptimeAtCheck: clock.uptime?.(),
    };
  }

  /** Opens the connection, once; what comes of it is reported to the listener. */
  async open(uri: string): Promise<void> {
    const { listener, clock, timing } = this.#options;
    const ended = (trouble: FeedFault): void => this.#lose(trouble, clock.now());
    const socketListener = {
      frame: (text: string) => this.#receive(text),
      controlFrame: () => this.#noteFrame(clock.now()),
      ended,
      opened: () => listener.opened(),
    };
    const socket = await openSocket(uri, socketListener, timing.handshakeMs).catch(() => undefined);
    if (!socket) return ended(passing('no connection to the gateway could be opened'));
    if (this.#isOver) return socket.drop();
    this.#socket = socket;
    this.#watch();
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Sends a heartbeat whose answer is reported as `probeAnswered`. */
  probe(): void {
    this.#probeId = this.#sendHeartbeat();
  }

  close(): void {
    this.#isOver = true;
    this.#stopWatch();
    this.#socket?.drop();
  }

  #lose(trouble: FeedFault, aliveAt: number): void {
    if (this.#isOver) return;
    this.close();
    this.#options.listener.lost(trouble, aliveAt);
  }

  /** Checks the connection at each interval, for as long as it lasts. */
  #watch(): void {
    const { clock, timing } = this.#options;
    this.#stopWatch = clock.after(timing.watchMs, () => {
      this.#check();
      if (!this.#isOver) this.#watch();
    });
  }

  #check(): void {
    const { clock, timing } = this.#options;
    const now = clock.now();
    this.#activity = adjustToClock(this.#activity, now, clock.uptime?.(), timing);
    const action = checkActivity(this.#activity, now, timing);
    this.#activity.checkedAt = now;
    if (action.do === 'lose') this.#lose(passing(action.why), Math.min(this.#activity.lastFrameAt, now));
    if (action.do === 'ping') {
      this.#activity.pingedAt = now;
      this.#socket?.ping();
    }
    if (action.do === 'heartbeat') {
      this.#activity.heartbeatAt = now;
      this.#sendHeartbeat();
    }
  }

  #receive(text: string): void {
    const { listener, clock } = this.#options;
    const now = clock.now();
    this.#noteFrame(now);
    this.#activity.lastTextFrameAt = now;
    const frame = readFrame(text);
    if (frame?.type === 'Heartbeat') this.#receiveHeartbeat(frame);
    else listener.frame(frame, now);
  }

  /** Both sides send heartbeats and answer them with the same id (platform.md 5.3). */
  #receiveHeartbeat({ messageId = '' }: Frame): void {
    const isAnswer = this.#heartbeats.delete(messageId);
    if (!isAnswer) this.#socket?.send(heartbeatFrame(messageId));
    else if (messageId === this.#probeId) this.#options.listener.probeAnswered();
  }

  #sendHeartbeat(): string {
    const messageId = randomUUID();
    this.#heartbeats.add(messageId);
    this.#socket?.send(heartbeatFrame(messageId));
    return messageId;
  }

  #noteFrame(now: number): void {
    this.#activity.lastFrameAt = now;
  }
}
