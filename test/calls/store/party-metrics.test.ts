import { expect, test } from 'vitest';
import { event, inboundCall, me, storeTestbed } from '../support/store-testbed.ts';

const metrics = (calls: ReturnType<typeof storeTestbed>['calls'], party: number) =>
  calls.party('s-a', `p-a-${party}`)?.metrics;

test('ring, talk and hold of a recorded call (platform.md 4.6.1)', () => {
  const { calls, apply } = storeTestbed();
  apply(...inboundCall());
  expect(metrics(calls, 3)).toEqual({ ringMs: 5000, talkMs: 18_000, holdMs: 3000 });
  // The caller's leg never rings, and talks to the IVR from the first moment.
  expect(metrics(calls, 1)).toEqual({ talkMs: 29_906, holdMs: 0 });
  expect(metrics(calls, 2)).toEqual({ talkMs: 0, holdMs: 0 });
});

test.each([
  ['voicemail takes it', 'Voicemail'],
  ['it goes on in another call', 'Gone'],
  ['nobody answers', 'Disconnected'],
])('ringing ends when %s', (_, code) => {
  const { calls, apply } = storeTestbed();
  apply(event({ party: 2, sequence: 2, code: 'Proceeding', extensionId: me, at: 0 }));
  expect(metrics(calls, 2)).toEqual({ talkMs: 0, holdMs: 0 });
  apply(event({ party: 2, sequence: 3, code, extensionId: me, at: 20_000 }));
  expect(metrics(calls, 2)).toEqual({ ringMs: 20_000, talkMs: 0, holdMs: 0 });
});

test('only finished intervals count, and changes that are no change of state do not end one', () => {
  const { calls, apply } = storeTestbed();
  apply(event({ party: 2, sequence: 2, code: 'Answered', extensionId: me, at: 1000 }));
  apply(event({ party: 2, sequence: 3, code: 'Answered', extensionId: me, at: 5000, muted: true }));
  expect(metrics(calls, 2)).toEqual({ talkMs: 0, holdMs: 0 });
  apply(event({ party: 2, sequence: 4, code: 'Hold', extensionId: me, at: 11_000 }));
  expect(metrics(calls, 2)).toEqual({ talkMs: 10_000, holdMs: 0 });
});

test('a party that changes for ever keeps exact metrics in bounded room', () => {
  const { calls, apply } = storeTestbed();
  for (let sequence = 2; sequence < 1002; sequence += 1) {
    const code = sequence % 2 === 0 ? 'Answered' : 'Hold';
    apply(event({ party: 2, sequence, code, extensionId: me, at: sequence * 1000 }));
  }
  expect(metrics(calls, 2)).toEqual({ talkMs: 500_000, holdMs: 499_000 });
});
