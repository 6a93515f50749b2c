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
}

export type Verdict = { do: 'nothing' } | { do: 'ping' } | { do: 'heartbeat' } | { do: 'lose'; why: string };

/** One look at a connection: finds half-open sockets, gateways that stopped speaking, and a machine that slept. */
export function look(pulse: Pulse, now: number, timing: Timing): Verdict {
  const { heardAt, spokeAt, pingedAt, heartbeatAt, lookedAt } = pulse;
  if (now - lookedAt > timing.watchMs + timing.sleptMs) {
    return { do: 'lose', why: 'this machine slept' };
  }
  // Its signs of life lie in the future now: silence would not be noticed before the clock is that late again.
  if (now < lookedAt) return { do: 'lose', why: "this machine's clock was set back" };
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
