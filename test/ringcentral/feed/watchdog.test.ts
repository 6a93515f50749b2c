import { describe, expect, it } from 'vitest';
import { defaultTiming as timing } from '../../../src/ringcentral/feed/timing.ts';
import { look, type Pulse } from '../../../src/ringcentral/feed/watchdog.ts';

const fresh: Pulse = { heardAt: 0, spokeAt: 0, lookedAt: 0 };
const at = (now: number, pulse: Partial<Pulse> = {}) =>
  look({ ...fresh, lookedAt: now - 5_000, ...pulse }, now, timing);

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
    expect(look({ ...fresh, heardAt: 99_999, spokeAt: 99_999, lookedAt: 0 }, 100_000, timing)).toMatchObject({
      do: 'lose',
    });
  });
  it('does not trust a connection whose last signs of life are in the future, because the clock was set back', () => {
    expect(look({ heardAt: 9e9, spokeAt: 9e9, lookedAt: 9e9 }, 0, timing)).toMatchObject({ do: 'lose' });
  });
});
