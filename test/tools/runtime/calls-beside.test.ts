import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';
import { advised } from '../support/advised.ts';

/* Advice on one call has the way back to the other one in it. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  await vi.waitUntil(() => testbed.line.calls.yours().length === 0, 5_000);
});

const read = (telephonySessionId: string) =>
  host.call('read_call_session_status', { telephonySessionId, fresh: true });

/** A call that you have put on hold. */
async function waiting(phoneNumber: string): Promise<string> {
  const { telephonySessionId } = await testbed.stage.talking({ phoneNumber });
  await read(telephonySessionId);
  await host.call('hold_call_party', { telephonySessionId });
  return telephonySessionId;
}

it('two calls that were swapped can be swapped back at once', async () => {
  const first = await waiting('+14155550171');
  const { telephonySessionId: second } = await testbed.stage.talking();
  await read(second);
  const { structuredContent } = await host.call('swap_calls');
  expect(structuredContent.plan.ending).toBe('done');
  expect(advised(structuredContent.next)[0]).toEqual([
    'swap_calls',
    { telephonySessionId: first, targetTelephonySessionId: second },
  ]);
});

it('a consultation that was left to you is advised on with its own caller, though another waits', async () => {
  const { telephonySessionId: caller } = await testbed.stage.talking();
  await read(caller);
  await host.call('hold_call_party', { telephonySessionId: caller });
  await waiting('+14155550171');
  const begun = await host.call('consult_and_transfer', {
    ...{ colleague: '102', telephonySessionId: caller, ifAnswered: 'tell_me' },
  });
  const { telephonySessionId, party } = await testbed.control.ringsAt('102');
  await testbed.control.act(telephonySessionId, party.id, 'answer', {
    deviceId: await testbed.control.deviceId('102'),
  });
  const { planId } = begun.structuredContent.plan;
  const { structuredContent } = await host.call('wait_for_call_event', { planId });
  expect(structuredContent.plan.ending).toBe('told');
  expect(advised(structuredContent.next)[0]).toEqual([
    'bridge_call_party',
    { telephonySessionId: caller, targetTelephonySessionId: telephonySessionId },
  ]);
});

it('while a colleague rings, the caller who waits can be taken back, whatever ended before', async () => {
  const caller = await waiting('+14155550172');
  const { structuredContent } = await host.call('create_call_out_call_session', {
    fromDeviceId: await testbed.control.deviceId('101'),
    toExtensionNumber: '102',
  });
  const telephonySessionId = structuredContent.call.id;
  const steps = [
    ['wait_for_call_event', { telephonySessionId, until: 'Answered' }],
    ['delete_call_session', { telephonySessionId }],
    ['unhold_call_party', { telephonySessionId: caller }],
  ];
  expect(advised(structuredContent.next)).toEqual(steps);
  const { cursor } = (await host.call('list_active_calls')).structuredContent;
  const missed = await testbed.stage.ringing();
  await testbed.control.drop(missed.telephonySessionId);
  await host.call('wait_for_call_event', { telephonySessionId: missed.telephonySessionId, until: 'left' });
  const told = await host.call('wait_for_call_event', { after: cursor });
  expect(told.text).toContain('it no longer rings here');
  expect(advised(told.structuredContent.next)).toEqual(steps);
});
