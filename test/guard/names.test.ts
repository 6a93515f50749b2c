import { DESK_101, hostileNames } from 'ringcentral-sandbox/testing';
import { describe, expect, test } from 'vitest';
import { presets } from '../../src/guard/policy/presets.ts';
import { clean } from '../../src/shared/untrusted.ts';
import { type Act, StepTestbed } from './support/step-testbed.ts';

const mark = 'Zqx';

const strings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
};

/** Names of colleagues, phones and groups: the account's own words, which may be badly chosen all the same. */
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
  test('of a colleague, phone, label or group is only stripped: it is no outsider who chose it', async () => {
    const testbed = await officeOf(name);
    const one = testbed.talking();
    const looks: Act[] = [];
    for (const tool of [
      ...['find_extensions', 'list_devices', 'list_call_flip_numbers', 'list_monitored_extensions'],
      ...['list_active_calls', 'read_call_session_status'],
    ]) {
      const args = tool === 'read_call_session_status' ? { telephonySessionId: one.call } : { detail: true };
      looks.push(await testbed.call(tool, args));
    }
    for (const { tool, answer = '' } of looks) {
      const { content, structuredContent } = JSON.parse(answer);
      const told = strings(structuredContent).filter((text) => text.includes(mark));
      expect(told.length, tool).toBeGreaterThan(0);
      for (const text of told) expect(clean(text), tool).toBe(text);
      // Advice holds arguments as JSON, ids and states of ours alone.
      expect(content[0].text.replace(/Next: .*/, ''), tool).not.toMatch(/[<>[\]{}|*`\\«»]/);
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
