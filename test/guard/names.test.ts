import { DESK_101, hostileNames } from 'ringcentral-sandbox/testing';
import { describe, expect, test } from 'vitest';
import { presets } from '../../src/guard/policy/presets.ts';
import { type Act, StepTestbed } from './support/step-testbed.ts';

const mark = 'Zqx';

/** Names that colleagues and the user gave to themselves, their phones and groups: also words of somebody. */
async function officeOf(name: string): Promise<StepTestbed> {
  const testbed = new StepTestbed('2026', { policy: presets.cautious });
  const { world } = testbed.sandbox.engine;
  for (const extension of world.extensions.values()) {
    Object.assign(extension, { name, firstName: name, lastName: name });
    for (const flip of extension.flipNumbers) flip.label = name;
  }
  for (const device of world.devices.values()) device.name = name;
  for (const group of world.monitoringGroups.values()) group.name = name;
  await testbed.inner.start();
  return testbed;
}

describe.each(hostileNames.map((name) => [`${mark}${name}`]))('%j', (name) => {
  test('of a colleague, phone, label or group is marked for the model and stripped in a question', async () => {
    const testbed = await officeOf(name);
    const one = testbed.talking();
    const looks: Act[] = [];
    for (const tool of [
      ...['find_extensions', 'list_devices', 'list_call_flip_numbers', 'list_monitored_extensions'],
      ...['list_active_calls', 'read_call_session_status'],
    ]) {
      const args = tool === 'read_call_session_status' ? { telephonySessionId: one.call } : {};
      looks.push(await testbed.call(tool, args));
    }
    for (const { tool, answer = '' } of looks) {
      const seen = answer.match(new RegExp(`.{0,12}${mark}[^»]*.?`, 'gu')) ?? [];
      expect(seen.length, tool).toBeGreaterThan(0);
      for (const text of seen)
        expect(text, tool).toMatch(new RegExp(`«untrusted: ${mark}[^<>\\[\\]{}«|]*»$`, 'u'));
      expect(answer).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    }

    const acts = [
      await testbed.call('transfer_call_party', { telephonySessionId: one.call, extensionNumber: '102' }),
      await testbed.call('call_flip_party', { telephonySessionId: one.call, callFlipId: '1' }),
      await testbed.call('answer_call_party', {
        ...{ telephonySessionId: testbed.ringing('+16505550199').call, deviceId: DESK_101 },
      }),
    ];
    for (const { tool, questions } of acts) {
      const { message = '' } = questions[0]?.form ?? {};
      expect(message, tool).toContain(mark);
      const ours =
        /^(SANDBOX|An AI agent wants to|Goes to|The call|- |What they hear|Opens the microphone of|You listen on|Listens to|Stops ringing|Where |Dialled by )/;
      for (const line of message.split('\n')) {
        expect(line).toMatch(ours);
        expect(line).not.toMatch(/[\p{C}\p{DI}<>[\]{}`|\\*]/u);
      }
    }
    await testbed.inner.close();
  });
});
