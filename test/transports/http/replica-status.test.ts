import { expect, it } from 'vitest';
import { type ReplicaReadings, readinessOfReplica } from '../../../src/transports/http/replica-status.ts';

const replica = {
  name: 'a',
  version: '1.0.0',
  policy: 'a'.repeat(64),
  startedAt: '2026-01-01T00:00:00.000Z',
};
const readings: ReplicaReadings = {
  ...{ isRedisUp: true, lines: 1, led: 0, term: 2, lag: { entries: 0, ms: 0 }, silenceMs: 10 },
  replicas: [replica],
};

it('is ready where RingCentral or Redis is away, with the reason: they are away for all replicas', () => {
  const denied = { ready: false, reason: 'RingCentral denies the event feed.' };
  expect(readinessOfReplica(denied, readings)).toMatchObject({ ...denied, ready: true });
  const { ready, reason } = readinessOfReplica(denied, { ...readings, isRedisUp: false });
  expect([ready, reason]).toEqual([
    true,
    expect.stringMatching(/^Redis does not answer.*RingCentral denies/),
  ]);
});

it.each([
  { other: replica, differ: false },
  { other: { ...replica, version: '1.0.1' }, differ: true },
  { other: { ...replica, policy: 'b'.repeat(64) }, differ: true },
])('tells whether replicas differ: $differ', ({ other, differ }) => {
  const told = readinessOfReplica({ ready: true, reason: '' }, { ...readings, replicas: [replica, other] });
  expect(told.differ).toBe(differ);
  expect(told.replicas.map(({ policy }) => policy)).toEqual(
    [replica, other].map(({ policy }) => policy.slice(0, 12)),
  );
});
