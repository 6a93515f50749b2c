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

export interface GatewayConnection {
  send(text: string): void;
  /** Sends a heartbeat whose answer is reported as `probeAnswered`. */
  probe(): void;
  close(): void;
}

/** Opens one connection to the gateway and watches it: pings and heartbeats with deadlines find a dead one. */
export function openGatewayConnection(
  uri: string,
  listener: GatewayConnectionListener,
  clock: Clock,
  timing: Timing,
): GatewayConnection {
  const opened = clock.now();
  let activity: ConnectionActivity = {
    lastFrameAt: opened,
    lastTextFrameAt: opened,
    checkedAt: opened,
    uptimeAtCheck: clock.uptime?.(),
  };
  /** Own heartbeats that are not answered yet. */
  const heartbeats = new Set<string>();
  let socket: Socket | undefined;
  let probe: string | undefined;
  let over = false;
  let stopWatch = (): void => undefined;

  const close = (): void => {
    over = true;
    stopWatch();
    socket?.drop();
  };

  const lose = (trouble: FeedFault, aliveAt: number): void => {
    if (over) return;
    close();
    listener.lost(trouble, aliveAt);
  };

  const heartbeat = (): string => {
    const messageId = randomUUID();
    heartbeats.add(messageId);
    socket?.send(heartbeatFrame(messageId));
    return messageId;
  };

  const watch = (): void => {
    stopWatch = clock.after(timing.watchMs, () => {
      const now = clock.now();
      activity = adjustToClock(activity, now, clock.uptime?.(), timing);
      const action = checkActivity(activity, now, timing);
      activity.checkedAt = now;
      if (action.do === 'lose') return lose(passing(action.why), Math.min(activity.lastFrameAt, now));
      if (action.do === 'ping') {
        activity.pingedAt = now;
        socket?.ping();
      }
      if (action.do === 'heartbeat') {
        activity.heartbeatAt = now;
        heartbeat();
      }
      watch();
    });
  };

  const receive = (text: string): void => {
    const now = clock.now();
    activity.lastFrameAt = now;
    activity.lastTextFrameAt = now;
    const frame = readFrame(text);
    if (frame?.type !== 'Heartbeat') {
      listener.frame(frame, now);
      return;
    }
    // Both sides send them and answer with the same id (platform.md 5.3).
    const { messageId = '' } = frame;
    if (!heartbeats.delete(messageId)) socket?.send(heartbeatFrame(messageId));
    else if (messageId === probe) listener.probeAnswered();
  };

  const controlFrame = (): void => {
    activity.lastFrameAt = clock.now();
  };
  const ended = (trouble: FeedFault): void => lose(trouble, clock.now());
  openSocket(uri, { frame: receive, controlFrame, ended, opened: listener.opened }, timing.handshakeMs).then(
    (ready) => {
      if (over) return ready.drop();
      socket = ready;
      watch();
    },
    () => ended(passing('no connection to the gateway could be opened')),
  );

  return {
    send: (text) => socket?.send(text),
    probe() {
      probe = heartbeat();
    },
    close,
  };
}
