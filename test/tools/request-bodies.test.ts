import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Leg } from '../e2e/support/operations.ts';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
});

interface Case {
  args(ids: { leg: Leg; device: string; agent: string; other: Leg }): object;
  body: unknown;
}

/**
 * What goes over the wire, to the letter of platform.md 2.3; `leg` is a call of ours, talking unless said otherwise.
 */
const talking: Record<string, Case> = {
  hold_call_party: { args: () => ({}), body: undefined },
  update_call_party: { args: () => ({ muted: true }), body: { muted: true } },
  transfer_call_party: { args: () => ({ extensionNumber: '102' }), body: { extensionNumber: '102' } },
  call_flip_party: { args: () => ({ callFlipId: '1' }), body: { callFlipId: '1' } },
  call_park_party: { args: () => ({}), body: undefined },
  start_call_recording: { args: () => ({}), body: undefined },
};
const ringing: Record<string, Case> = {
  reject_party: { args: () => ({}), body: undefined },
  forward_call_party: { args: () => ({ extensionNumber: '102' }), body: { extensionNumber: '102' } },
  answer_call_party: { args: ({ device }) => ({ deviceId: device }), body: { deviceId: expect.any(String) } },
  reply_party: {
    args: () => ({ pattern: 'CallMeBack', time: 10, timeUnit: 'Minute' }),
    body: { replyWithPattern: { pattern: 'CallMeBack', time: 10, timeUnit: 'Minute' } },
  },
};

async function bodySent(tool: string, args: object): Promise<unknown> {
  const since = await testbed.mark();
  const answer = await host.call(tool, args);
  expect(answer.isError, answer.text).toBeFalsy();
  const [request, ...more] = await testbed.acts(since);
  expect(more).toEqual([]);
  return request?.body;
}

const nothing = { deviceId: '', agent: '' };

it.each(Object.entries(talking))('%s', async (tool, { args, body }) => {
  const leg = await testbed.stage.talking();
  const sent = await bodySent(tool, {
    telephonySessionId: leg.telephonySessionId,
    ...args({ leg, device: nothing.deviceId, agent: nothing.agent, other: leg }),
  });
  expect(sent ?? undefined).toEqual(body);
});

it.each(Object.entries(ringing))('%s', async (tool, { args, body }) => {
  const leg = await testbed.stage.ringing();
  const device = await testbed.control.deviceId('101');
  const sent = await bodySent(tool, {
    telephonySessionId: leg.telephonySessionId,
    ...args({ leg, device, agent: '', other: leg }),
  });
  expect(sent ?? undefined).toEqual(body);
});

it('create_call_out_call_session', async () => {
  const deviceId = await testbed.control.deviceId('101');
  const sent = await bodySent('create_call_out_call_session', {
    fromDeviceId: deviceId,
    toExtensionNumber: '103',
  });
  expect(sent).toEqual({ from: { deviceId }, to: { extensionNumber: '103' } });
});

it('bridge_call_party names the other call and your party in it', async () => {
  const leg = await testbed.stage.held();
  const other = await testbed.stage.consulting();
  const sent = await bodySent('bridge_call_party', {
    telephonySessionId: leg.telephonySessionId,
    targetTelephonySessionId: other.telephonySessionId,
  });
  expect(sent).toEqual(other);
});

it('create_call_party_with_bring_in calls it sessionId', async () => {
  const telephonySessionId = await testbed.stage.hosting(async (name) => {
    const opened = await host.call(name);
    expect(JSON.stringify(opened)).not.toContain('voiceCallToken');
    return opened;
  });
  const leg = await testbed.stage.talking();
  const sent = await bodySent('create_call_party_with_bring_in', {
    telephonySessionId,
    targetTelephonySessionId: leg.telephonySessionId,
  });
  expect(sent).toEqual({ sessionId: leg.telephonySessionId, partyId: leg.partyId });
});

it.each(['supervise_call_session', 'supervise_call_party'])('%s only listens', async (tool) => {
  const leg = await testbed.stage.othersCall();
  const supervisorDeviceId = await testbed.control.deviceId('101');
  const agentExtensionId = await testbed.control.extensionId('102');
  const sent = await bodySent(tool, {
    telephonySessionId: leg.telephonySessionId,
    ...(tool === 'supervise_call_party' && { partyId: leg.partyId }),
    supervisorDeviceId,
    agentExtensionId,
  });
  expect(sent).toEqual({ mode: 'Listen', supervisorDeviceId, agentExtensionId });
});

it('pause_resume_call_recording', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  const started = await host.call('start_call_recording', { telephonySessionId });
  const recordingId = started.structuredContent.recording.id;
  expect(started.text).toContain(recordingId);
  const sent = await bodySent('pause_resume_call_recording', {
    telephonySessionId,
    recordingId,
    active: false,
  });
  expect(sent).toEqual({ active: false });
});
