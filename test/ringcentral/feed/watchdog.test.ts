import { describe, expect, it } from 'vitest';
import { defaultTiming as timing } from '../../../src/ringcentral/feed/timing.ts';
import {
  adjustToClock,
  type ConnectionActivity,
  checkActivity,
} from '../../../src/ringcentral/feed/watchdog.ts';

const fresh: ConnectionActivity = { lastFrameAt: 0, lastTextFrameAt: 0, checkedAt: 0 };
const at = (now: number, activity: Partial<ConnectionActivity> = {}) =>
  checkActivity({ ...fresh, checkedAt: now - 5_000, ...activity }, now, timing);

describe('watchdog', () => {
  it('leaves a lively connection alone', () => {
    expect(at(10_000)).toEqual({ do: 'nothing' });
  });
  it('pings a silent socket, and loses it when nothing comes', () => {
    expect(at(15_000)).toEqual({ do: 'ping' });
    expect(at(20_000, { pingedAt: 15_000 })).toEqual({ do: 'nothing' });
    expect(at(25_000, { pingedAt: 15_000 })).toMatchObject({ do: 'lose' });
    expect(at(25_000, { pingedAt: 15_000, lastFrameAt: 15_001 })).toEqual({ do: 'nothing' });
  });
  it('does not take a proxy that answers pings for the gateway', () => {
    const proxied = { lastFrameAt: 29_000, pingedAt: 28_000 };
    expect(at(30_000, proxied)).toEqual({ do: 'heartbeat' });
    expect(at(40_000, { ...proxied, lastFrameAt: 39_000, heartbeatAt: 30_000 })).toMatchObject({
      do: 'lose',
    });
    expect(at(40_000, { lastFrameAt: 39_000, lastTextFrameAt: 31_000, heartbeatAt: 30_000 })).toEqual({
      do: 'nothing',
    });
  });
  it('knows that the machine slept, from its own lateness', () => {
    expect(
      checkActivity(
        { ...fresh, lastFrameAt: 99_999, lastTextFrameAt: 99_999, checkedAt: 0 },
        100_000,
        timing,
      ),
    ).toMatchObject({
      do: 'lose',
    });
  });
});

describe('a clock that is set', () => {
  const hour = 3_600_000;
  const activity: ConnectionActivity = {
    lastFrameAt: 99_000,
    lastTextFrameAt: 97_000,
    checkedAt: 100_000,
    uptimeAtCheck: 7_000,
  };
  const seen = (now: number, uptime?: number) => {
    const shifted = adjustToClock(activity, now, uptime, timing);
    return { verdict: checkActivity(shifted, now, timing), silentFor: now - shifted.lastTextFrameAt };
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
