import { DESK_101, DESK_102 } from 'ringcentral-sandbox/testing';
import { afterEach, expect, test } from 'vitest';
import { endOf, StepTestbed, sayYes } from '../guard/support/step-testbed.ts';

/**
 * Requests to the platform, until five quiet seconds after the answer. They are what a rate limit counts. While
 * others are waited for, reads in the background come with time: on a busy machine a warm transfer takes more of it.
 */
const most = { 'an allowed hold': 2, 'an asked hang-up': 4, 'a warm transfer': 20 };

const flows: Record<keyof typeof most, (desk: StepTestbed, call: string) => Promise<void>> = {
  async 'an allowed hold'(desk, call) {
    expect(endOf(await desk.call('hold_call_party', { telephonySessionId: call }))).toBe('done');
  },
  async 'an asked hang-up'(desk, call) {
    const act = await desk.call('delete_call_session', { telephonySessionId: call });
    expect(endOf(await desk.answer(act, sayYes))).toBe('done');
  },
  async 'a warm transfer'(desk, call) {
    await desk.call('hold_call_party', { telephonySessionId: call });
    const out = await desk.call('create_call_out_call_session', {
      fromDeviceId: DESK_101,
      toExtensionNumber: '102',
    });
    const [, consultation = ''] = /"id":"(s-[^"]+)"/.exec(out.answer ?? '') ?? [];
    await desk.inner.wait(500);
    desk.sandbox.act(consultation, 2, 'answer', { deviceId: DESK_102 });
    await desk.inner.wait(500);
    const bridged = await desk.call('bridge_call_party', {
      telephonySessionId: call,
      targetTelephonySessionId: consultation,
    });
    expect(endOf(bridged)).toBe('done');
  },
};

let desk: StepTestbed;
afterEach(() => desk.inner.close());

test.each(Object.entries(flows))('%s costs no more requests than it did', async (name, run) => {
  desk = new StepTestbed('2026');
  const { call } = desk.talking();
  await desk.inner.start();
  await desk.warm();
  desk.requests.length = 0;
  await run(desk, call);
  await desk.inner.wait(5_000);
  expect(desk.requests.length, desk.requests.join('\n')).toBeLessThanOrEqual(most[name as keyof typeof most]);
});
