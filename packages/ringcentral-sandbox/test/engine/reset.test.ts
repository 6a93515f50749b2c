import { expect, test } from 'vitest';
import { OUTSIDE, Sandbox } from './harness.ts';

test('reset: the default world, no calls, and what was about to happen does not', () => {
  const sandbox = new Sandbox();
  sandbox.engine.world.account.ringSeconds = 3;
  sandbox.answeredCall();
  sandbox.call(OUTSIDE, '102');
  sandbox.engine.reset();
  sandbox.notifications.length = 0;
  sandbox.clock.advance(600_000);
  expect(sandbox.notifications).toEqual([]);
  expect(sandbox.engine.world.account.ringSeconds).toBe(20);
  expect(sandbox.engine.state()).toMatchObject({ calls: [], parked: [], recordings: [] });
  sandbox.answeredCall();
  expect(sandbox.notifications.length).toBeGreaterThan(0);
});

test('after a reset the seed begins anew', () => {
  const sandbox = new Sandbox(42);
  const randomPart = (call: string) => call.split('z')[0];
  const first = randomPart(sandbox.call('101', '102'));
  sandbox.engine.reset();
  expect(randomPart(sandbox.call('101', '102'))).toBe(first);
});

test('closed: every timer is disarmed', () => {
  const sandbox = new Sandbox();
  sandbox.call(OUTSIDE, '102');
  sandbox.engine.close();
  const told = sandbox.notifications.length;
  sandbox.clock.advance(600_000);
  expect(sandbox.notifications).toHaveLength(told);
});
