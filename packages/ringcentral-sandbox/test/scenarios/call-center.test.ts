import { describe, expect, it } from 'vitest';
import { isLive, Played } from './support.ts';

/** Time for the calls to come in: five events each. */
const filled = (calls: number, rate: number, seed = 1) =>
  new Played('call-center', { calls, rate }, seed).seconds((calls * 5) / rate + 5);

/** A call that is hung up is replaced at once, while its last leg still takes some milliseconds to end. */
const hangingUp = (rate: number) => Math.ceil(rate / 25);

describe('the load', () => {
  it.each([
    // Nothing can happen to the only call while it rings.
    [1, 5, 0.6],
    [20, 100, 0.9],
    [500, 400, 0.9],
  ])('of %i calls at %i events a second stays as told', (calls, rate, least) => {
    const played = filled(calls, rate);
    for (let minute = 0; minute < 5; minute++) {
      played.events = [];
      played.seconds(60);
      expect(played.live().length).toBeGreaterThanOrEqual(Math.floor(calls * 0.98));
      expect(played.live().length).toBeLessThanOrEqual(calls + hangingUp(rate));
      expect(played.events.length / 60 / rate).toBeGreaterThan(least);
      expect(played.events.length / 60 / rate).toBeLessThan(1.1);
    }
  });

  it('is the same while others end calls', () => {
    const played = filled(100, 200);
    for (let second = 0; second < 60; second++) {
      const [victim] = played.live();
      if (victim !== undefined) played.engine.dropCall(victim.telephonySessionId);
      played.seconds(1);
    }
    expect(played.live().length).toBeGreaterThanOrEqual(95);
  });
});

it('gives each agent one call', () => {
  const played = filled(200, 200).seconds(60);
  const agents = played
    .live()
    .flatMap(({ parties }) =>
      parties
        .filter((party) => isLive(party) && party.extensionId !== undefined)
        .map((party) => party.extensionId),
    );
  expect(new Set(agents).size).toBe(agents.length);
});

it('forgets what is over: neither calls nor lists grow', () => {
  const played = filled(50, 100);
  const known = () => played.engine.state().calls.length;
  played.seconds(180);
  const calls = known();
  const listed = played.engine.activeCalls().length;
  played.seconds(1800);
  expect(known()).toBeLessThan(calls * 1.2);
  expect(played.engine.activeCalls().length).toBeLessThan(listed * 1.2);
});

it('holds the account that it needs, beside the default world', () => {
  const { world } = new Played('call-center', { calls: 10_000 }).engine;
  expect(world.extensions.size).toBe(10_507);
  expect(world.dialPlan.size).toBe(world.extensions.size + 10_500 + 5);
  expect(world.extensions.get(world.dialPlan.get('101') ?? '')?.name).toBe('Alice Admin');
});
