import type { Timing } from './timing.ts';

/** What is known of a connection's life, in epoch ms. */
export interface Pulse {
  /** Anything came: a frame, a ping, a pong. */
  heardAt: number;
  /** The gateway itself spoke: a text frame. A proxy can answer pings for a dead gateway. */
  spokeAt: number;
  pingedAt?: number;
  heartbeatAt?: number;
  /** The last look at it. */
  lookedAt: number;
  /** The machine's uptime then, where that is known. */
  lookedUptime?: number;
}

export type Verdict = { do: 'nothing' } | { do: 'ping' } | { do: 'heartbeat' } | { do: 'lose'; why: string };

/** `uptime` tells whole seconds. */
const uptimeGrainMs = 2_500;

/** The same pulse on a clock that has been set since the last look: nothing has got older or younger by that. */
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

/** One look at a connection: finds half-open sockets, gateways that stopped speaking, and a machine that slept. */
export function look(pulse: Pulse, now: number, timing: Timing): Verdict {
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
