import { expect, it } from 'vitest';
import type { World } from '../../src/engine/world.ts';
import { Played } from './support.ts';

const usersOf = (world: World) => [...world.extensions.values()].filter(({ type }) => type === 'User');

/** A call as the test looks at it. */
interface Seen {
  dialled: string;
  /** Its first two parties: extension ids, or `outside`. */
  sides: string[];
  /** Who it shows of those outside. */
  outside: { number: string; name?: string }[];
}

/** An hour of the team, looked at every ten seconds. A call that has ended stays to be seen for a minute. */
function anHour() {
  const played = new Played('team');
  const { dialPlan } = played.engine.world;
  const seen = new Map<string, Seen>();
  let most = 0;
  for (let look = 0; look < 360; look++) {
    played.seconds(10);
    most = Math.max(most, played.live().length);
    for (const { telephonySessionId, parties } of played.engine.state().calls) {
      const ends = parties.flatMap(({ from, to }) => [from, to]) as { phoneNumber?: string; name?: string }[];
      seen.set(telephonySessionId, {
        dialled: ends[1]?.phoneNumber ?? '',
        sides: parties.slice(0, 2).map(({ extensionId }) => (extensionId as string | undefined) ?? 'outside'),
        outside: ends
          .map(({ phoneNumber: number = '', name }) => ({ number, name }))
          .filter(({ number }) => number.startsWith('+') && !dialPlan.has(number)),
      });
    }
  }
  return { played, calls: [...seen.values()], most };
}

/** A call between a user and somebody outside that was not fetched from where a colleague had parked it. */
const isWithCustomer = ({ dialled, sides }: Seen) => sides.includes('outside') && !dialled.startsWith('*');

it('has eight users with a desk phone, a direct number and a name of their own', () => {
  const { world } = new Played('team').engine;
  const users = usersOf(world);
  expect(users.map(({ extensionNumber }) => extensionNumber).sort()).toEqual(
    ['101', '102', '103', '104', '105', '106', '107', '108'], // 101 is who the printed credentials are for.
  );
  for (const key of ['name', 'firstName', 'lastName', 'directNumber', 'email'] as const)
    expect(new Set(users.map((user) => user[key])).size, key).toBe(8);
  for (const { id, directNumber } of users) {
    const desks = world.devicesOf.get(id)?.filter(({ type }) => type === 'HardPhone') ?? [];
    expect(desks).toMatchObject([{ status: 'Online', listed: true }]);
    expect(world.dialPlan.get(directNumber ?? '')).toBe(id);
  }
  expect(new Set([...world.devices.values()].map(({ serial }) => serial)).size).toBeGreaterThanOrEqual(8);
});

it('has everybody call colleagues and outsiders and be called by both', () => {
  const { played, calls } = anHour();
  const users = usersOf(played.engine.world);
  const isColleague = (side: string | undefined) => users.some(({ id }) => id === side);
  for (const { id, name } of users) {
    const others = {
      called: calls.filter(({ sides }) => sides[0] === id).map(({ sides }) => sides[1]),
      callers: calls.filter(({ sides }) => sides[1] === id).map(({ sides }) => sides[0]),
    };
    for (const [what, sides] of Object.entries(others)) {
      expect(sides.some(isColleague), `${what} of ${name}: colleagues`).toBe(true);
      expect(sides, `${what} of ${name}: outsiders`).toContain('outside');
    }
  }
});

it('has everything in the calls that people do', () => {
  const { events } = new Played('team').seconds(3600);
  for (const happening of ['Answered', 'Hold', 'Voicemail', 'BlindTransfer', 'Parked', 'Pickup', 'NoAnswer'])
    expect(
      events.some((event) => event.includes(happening)),
      happening,
    ).toBe(true);
});

it('has outsiders of one number and one name each, and each of them deals with one user', () => {
  const { calls } = anHour();
  const names = new Map<string, string>();
  const users = new Map<string, Set<string | undefined>>();
  for (const { sides, outside } of calls.filter(isWithCustomer))
    for (const { number, name } of outside) {
      if (name !== undefined) names.set(number, name);
      users.set(number, (users.get(number) ?? new Set()).add(sides.find((side) => side !== 'outside')));
    }
  expect(names.size).toBeGreaterThan(20);
  expect(new Set(names.values()).size).toBe(names.size);
  for (const [number, those] of users) expect([...those], number).toHaveLength(1);
});

it('has eight calls at a time at most, and ends every call', () => {
  const { played, calls, most } = anHour();
  expect(calls.length).toBeGreaterThan(200);
  expect(calls.length).toBeLessThan(600);
  expect(most).toBeLessThanOrEqual(8);
  const now = played.clock.now();
  for (const { telephonySessionId } of played.live()) {
    // The middle of an id is the time of its creation (platform.md 3.4).
    const begun = Number.parseInt(telephonySessionId.split('z')[1] ?? '', 16);
    expect(now - begun).toBeLessThan(30 * 60_000);
  }
});
