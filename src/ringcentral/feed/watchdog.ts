import type { Timing } from './timing.ts';

/** When a connection last showed signs of life; times in epoch ms. */
export interface Pulse {
  /** Last time that anything came: a frame, a ping, a pong. */
  heardAt: number;
  /** Last text frame of the gateway itself: a proxy can answer pings for a dead one. */
  spokeAt: number;
  pingedAt?: number;
  heartbeatAt?: number;
  /** Last check of the connection. */
  lookedAt: number;
  /** The machine's uptime at that check, where it is known. */
  lookedUptime?: number;
}

export type PulseAction =
  | { do: 'nothing' }
  | { do: 'ping' }
  | { do: 'heartbeat' }
  | { do: 'lose'; why: string };

/** `uptime` tells whole seconds. */
const uptimeGrainMs = 2_500;

/** The pulse moved to a clock that was set since the last check, so that nothing looks older or younger by that. */
export function onClock(pulse: Pulse, now: number, uptime: number | undefined, { watchMs }: Timing): Pulse {
  const { lookedAt, lookedUptime } = pulse;
  const passed = uptime === undefined || lookedUptime === undefined ? undefined : uptime - lookedUptime;
  // Without an uptime only a clock that runs backwards is known to have been set.
  const expected = lookedAt + (passed ?? (now < lookedAt ? watchMs : now - lookedAt));
  const set = now - expected;
  const shift = (at: number) => (Math.abs(set) > uptimeGrainMs ? at + set : at);
  return {
    heardAt: shift(pulse.heardAt),
    spokeAt: shift(pulse.spokeAt),
    lookedAt: shift(lookedAt),
    ...(pulse.pingedAt !== undefined && { pingedAt: shift(pulse.pingedAt) }),
    ...(pulse.heartbeatAt !== undefined && { heartbeatAt: shift(pulse.heartbeatAt) }),
    ...(uptime !== undefined && { lookedUptime: uptime }),
  };
}

/**
 * What to do about a connection now: finds half-open sockets, gateways that stopped speaking, and a machine that
 * slept.
 */
export function checkPulse(pulse: Pulse, now: number, timing: Timing): PulseAction {
  const { heardAt, spokeAt, pingedAt, heartbeatAt, lookedAt } = pulse;
  if (now - lookedAt > timing.watchMs + timing.sleptMs) {
    return { do: 'lose', why: 'this machine slept' };
  }
  if (pingedAt !== undefined && heardAt < pingedAt && now - pingedAt >= timing.answerMs) {
    return { do: 'lose', why: 'the connection went silent' };
  }
  if (heartbeatAt !== undefined && spokeAt < heartbeatAt && now - heartbeatAt >= timing.answerMs) {
    return { do: 'lose', why: 'the gateway went silent' };
  }
  const awaitingHeartbeat = heartbeatAt !== undefined && spokeAt < heartbeatAt;
  if (!awaitingHeartbeat && now - spokeAt >= timing.heartbeatAfterMs) return { do: 'heartbeat' };
  const awaitingPing = pingedAt !== undefined && heardAt < pingedAt;
  if (!awaitingPing && now - heardAt >= timing.pingAfterMs) return { do: 'ping' };
  return { do: 'nothing' };
}
