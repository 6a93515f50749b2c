import { describe, expect, it } from 'vitest';
import { defaultTiming as timing } from '../../../src/ringcentral/feed/timing.ts';
import { checkPulse, onClock, type Pulse } from '../../../src/ringcentral/feed/watchdog.ts';

const fresh: Pulse = { heardAt: 0, spokeAt: 0, lookedAt: 0 };
const at = (now: number, pulse: Partial<Pulse> = {}) =>
  checkPulse({ ...fresh, lookedAt: now - 5_000, ...pulse }, now, timing);

describe('watchdog', () => {
  it('leaves a lively connection alone', () => {
    expect(at(10_000)).toEqual({ do: 'nothing' });
  });
  it('pings a silent socket, and loses it when nothing comes', () => {
    expect(at(15_000)).toEqual({ do: 'ping' });
    expect(at(20_000, { pingedAt: 15_000 })).toEqual({ do: 'nothing' });
    expect(at(25_000, { pingedAt: 15_000 })).toMatchObject({ do: 'lose' });
    expect(at(25_000, { pingedAt: 15_000, heardAt: 15_001 })).toEqual({ do: 'nothing' });
  });
  it('does not take a proxy that answers pings for the gateway', () => {
    const proxied = { heardAt: 29_000, pingedAt: 28_000 };
    expect(at(30_000, proxied)).toEqual({ do: 'heartbeat' });
    expect(at(40_000, { ...proxied, heardAt: 39_000, heartbeatAt: 30_000 })).toMatchObject({ do: 'lose' });
    expect(at(40_000, { heardAt: 39_000, spokeAt: 31_000, heartbeatAt: 30_000 })).toEqual({ do: 'nothing' });
  });
  it('knows that the machine slept, from its own lateness', () => {
    expect(
      checkPulse({ ...fresh, heardAt: 99_999, spokeAt: 99_999, lookedAt: 0 }, 100_000, timing),
    ).toMatchObject({
      do: 'lose',
    });
  });
});

describe('a clock that is set', () => {
  const hour = 3_600_000;
  const pulse: Pulse = { heardAt: 99_000, spokeAt: 97_000, lookedAt: 100_000, lookedUptime: 7_000 };
  const seen = (now: number, uptime?: number) => {
    const shifted = onClock(pulse, now, uptime, timing);
    return { verdict: checkPulse(shifted, now, timing), silentFor: now - shifted.spokeAt };
  };

  it.each([
    ['back', -hour],
    ['forward', hour],
  ])('%s: the connection is as old as before, and nobody slept', (_, set) => {
    expect(seen(105_000 + set, 12_000)).toEqual({ verdict: { do: 'nothing' }, silentFor: 8_000 });
  });

  it('back is known also where the machine tells no uptime', () => {
    expect(seen(105_000 - hour)).toEqual({ verdict: { do: 'nothing' }, silentFor: 8_000 });
  });

  it('is told from a sleep, which the uptime counts', () => {
    expect(seen(105_000 + hour, 12_000 + hour).verdict).toEqual({ do: 'lose', why: 'this machine slept' });
    // Set back by the same hour on top of it.
    expect(seen(105_000, 12_000 + hour).verdict).toEqual({ do: 'lose', why: 'this machine slept' });
  });
});
