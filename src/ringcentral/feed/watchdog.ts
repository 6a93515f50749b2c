import type { Timing } from './timing.ts';

/** When frames last came over a connection, and went; times in epoch ms. */
export interface ConnectionActivity {
  /** Last frame of any kind: text, ping or pong. */
  lastFrameAt: number;
  /** Last text frame, which the gateway itself sent: a proxy can answer pings for a dead one. */
  lastTextFrameAt: number;
  pingedAt?: number;
  heartbeatAt?: number;
  /** Last check of the connection. */
  checkedAt: number;
  /** The machine's uptime at that check, where it is known. */
  uptimeAtCheck?: number;
}

export type WatchdogAction =
  | { do: 'nothing' }
  | { do: 'ping' }
  | { do: 'heartbeat' }
  | { do: 'lose'; why: string };

/** `uptime` tells whole seconds. */
const uptimeGrainMs = 2_500;

/** Moves all times to a clock that was set since the last check, so that nothing looks older or younger by that. */
export function adjustToClock(
  activity: ConnectionActivity,
  now: number,
  uptime: number | undefined,
  { watchMs }: Timing,
): ConnectionActivity {
  const { checkedAt, uptimeAtCheck } = activity;
  const passed = uptime === undefined || uptimeAtCheck === undefined ? undefined : uptime - uptimeAtCheck;
  // Without an uptime only a clock that runs backwards is known to have been set.
  const expected = checkedAt + (passed ?? (now < checkedAt ? watchMs : now - checkedAt));
  const set = now - expected;
  const shift = (at: number) => (Math.abs(set) > uptimeGrainMs ? at + set : at);
  return {
    lastFrameAt: shift(activity.lastFrameAt),
    lastTextFrameAt: shift(activity.lastTextFrameAt),
    checkedAt: shift(checkedAt),
    ...(activity.pingedAt !== undefined && { pingedAt: shift(activity.pingedAt) }),
    ...(activity.heartbeatAt !== undefined && { heartbeatAt: shift(activity.heartbeatAt) }),
    ...(uptime !== undefined && { uptimeAtCheck: uptime }),
  };
}

/**
 * What to do about a connection now: finds half-open sockets, gateways that stopped speaking, and a machine that
 * slept.
 */
export function checkActivity(activity: ConnectionActivity, now: number, timing: Timing): WatchdogAction {
  const { lastFrameAt, lastTextFrameAt, pingedAt, heartbeatAt, checkedAt } = activity;
  if (now - checkedAt > timing.watchMs + timing.sleptMs) {
    return { do: 'lose', why: 'this machine slept' };
  }
  if (pingedAt !== undefined && lastFrameAt < pingedAt && now - pingedAt >= timing.answerMs) {
    return { do: 'lose', why: 'the connection went silent' };
  }
  if (heartbeatAt !== undefined && lastTextFrameAt < heartbeatAt && now - heartbeatAt >= timing.answerMs) {
    return { do: 'lose', why: 'the gateway went silent' };
  }
  const awaitingHeartbeat = heartbeatAt !== undefined && lastTextFrameAt < heartbeatAt;
  if (!awaitingHeartbeat && now - lastTextFrameAt >= timing.heartbeatAfterMs) return { do: 'heartbeat' };
  const awaitingPing = pingedAt !== undefined && lastFrameAt < pingedAt;
  if (!awaitingPing && now - lastFrameAt >= timing.pingAfterMs) return { do: 'ping' };
  return { do: 'nothing' };
}
