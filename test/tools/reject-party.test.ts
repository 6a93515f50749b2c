import { expect, it } from 'vitest';
import { StepTestbed } from '../guard/support/step-testbed.ts';

it('a call that rings on at another phone of yours is said to, until that is rejected, too', async () => {
  const testbed = new StepTestbed('2026');
  await testbed.inner.start();
  const { sandbox } = testbed;
  const { devices, extensions } = sandbox.engine.world;
  const ours = sandbox.ext('101');
  for (const device of devices.values())
    if (device.extensionId === ours && device.type !== 'HardPhone') device.status = 'Offline';
  // Two legs of yours ring for him.
  extensions.get(sandbox.ext('102'))?.delegates.push(ours, ours);
  const { call: telephonySessionId } = testbed.ringing(undefined, '+12055550102');
  const reject = async () => (await testbed.call('reject_party', { telephonySessionId })).answer ?? '';
  const first = await reject();
  expect(first).toMatch(/"The call no longer rings at that phone; it rings on at another one of yours\./);
  expect(first).toContain('answer_call_party');
  expect(await reject()).toMatch(/"The call no longer rings for you; the caller goes on/);
  await testbed.inner.close();
});
