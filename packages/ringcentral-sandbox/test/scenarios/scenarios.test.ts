import { describe, expect, it } from 'vitest';
import { chooseScenario } from '../../src/scenarios/scenarios.ts';
import { openSandbox } from '../support.ts';
import { Played } from './support.ts';

describe('every scenario', () => {
  it.each([
    ['front-desk', {}, 600],
    ['team', {}, 600],
    ['call-center', { calls: 50, rate: 20 }, 120],
  ])('%s tells the same with the same seed, and something else with another', (name, load, seconds) => {
    const told = (seed: number) => new Played(name, load, seed).seconds(seconds).events;
    expect(told(7)).toEqual(told(7));
    expect(told(8)).not.toEqual(told(7));
  });

  it.each(['front-desk', 'team', 'call-center'])('%s stops, and what it began can be ended', (name) => {
    const played = new Played(name).seconds(60);
    played.scenario.stop();
    played.events = [];
    for (const { telephonySessionId } of played.live()) played.engine.dropCall(telephonySessionId);
    played.seconds(3600);
    expect(played.live()).toEqual([]);
    expect(played.events.filter((event) => event.includes(' Setup '))).toEqual([]);
  });

  it('quiet leaves the default world alone', () => {
    const played = new Played('quiet').seconds(3600);
    expect(played.events).toEqual([]);
    expect(played.engine.world.extensions.size).toBe(7);
  });
});

describe('choosing one', () => {
  it.each([
    ['night-shift', {}, /quiet, front-desk, team, call-center/],
    ['constructor', {}, /there is no "constructor"/],
    ['quiet', { calls: 5 }, /quiet has no use/],
    ['front-desk', { rate: 5 }, /front-desk has no use/],
    ['team', { calls: 8 }, /team has no use/],
    ['call-center', { calls: 10_001 }, /1 to 10000/],
    ['call-center', { calls: 0 }, /1 to 10000/],
    ['call-center', { calls: 1.5 }, /1 to 10000/],
    ['call-center', { rate: 0 }, /above 0/],
  ])('refuses %s with %o', (name, load, message) => {
    expect(() => chooseScenario(name, load)).toThrow(RangeError);
    expect(() => chooseScenario(name, load)).toThrow(message);
  });

  it('is refused before the sandbox opens its port', async () => {
    await expect(openSandbox({ scenario: 'night-shift' })).rejects.toThrow(RangeError);
  });
});

describe('in the running sandbox', () => {
  it('begins anew after a reset, with the same calls', async () => {
    const sandbox = await openSandbox({ scenario: 'call-center', calls: 5, rate: 10 });
    const legs = async () => {
      await sandbox.advance(20_000);
      const { calls } = await sandbox.state();
      return calls.map((call: { parties: { status: unknown; from: unknown; to: unknown }[] }) =>
        call.parties.map(({ status, from, to }) => ({ status, from, to })),
      );
    };
    const first = await legs();
    expect(first.length).toBeGreaterThanOrEqual(5);
    await sandbox.control('POST', '/reset');
    expect(await legs()).toEqual(first);
  });

  it('ends when it is told to', async () => {
    const sandbox = await openSandbox({ scenario: 'call-center', calls: 5, rate: 10 });
    await sandbox.advance(20_000);
    await sandbox.control('DELETE', '/scenario');
    // Phones that ring do so until nobody has answered.
    await sandbox.advance(60_000);
    const { calls } = await sandbox.state();
    await sandbox.advance(60_000);
    expect((await sandbox.state()).calls).toEqual(calls);
  });
});
