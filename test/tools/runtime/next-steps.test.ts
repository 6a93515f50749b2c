import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
});
afterAll(() => testbed.close());
afterEach(async () => {
  for (const { telephonySessionId } of (await testbed.control.state()).calls) {
    await testbed.control.drop(telephonySessionId).catch(() => {});
  }
});

/** 101 has called 102, whose phone rings. */
async function callingOut() {
  const { structuredContent } = await host.call('create_call_out_call_session', {
    fromDeviceId: await testbed.control.deviceId('101'),
    toExtensionNumber: '102',
  });
  const telephonySessionId: string = structuredContent.call.id;
  const theirs = await testbed.control.party(
    telephonySessionId,
    ({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding',
  );
  return { telephonySessionId, theirs, next: structuredContent.next };
}
const offlinePhone = async () => {
  const { devices } = (await host.call('list_devices')).structuredContent;
  return devices.find(({ status }: { status: string }) => status === 'Offline').id;
};

describe('what makes sense next', () => {
  it('is to wait, while the other side rings', async () => {
    const { telephonySessionId, next } = await callingOut();
    expect(next).toEqual(['wait_for_call_event', 'delete_call_session']);
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId });
    expect(structuredContent.error).toMatchObject({
      kind: 'wrong_state',
      message: expect.stringContaining('the other side still rings'),
      next: ['wait_for_call_event', 'delete_call_session'],
    });
  });

  it('is no conversation with a voicemail', async () => {
    const { telephonySessionId, theirs } = await callingOut();
    await testbed.control.act(telephonySessionId, theirs.id, 'decline');
    await testbed.control.party(telephonySessionId, ({ status }) => /^voicemail$/i.test(status.code));
    const { structuredContent } = await host.call('read_call_session_status', {
      telephonySessionId,
      fresh: true,
    });
    expect(structuredContent.next).toContain('delete_call_session');
    expect(structuredContent.next).not.toContain('hold_call_party');
    expect(structuredContent.next).not.toContain('transfer_call_party');
  });

  it('is to pause or resume a recording, once there is one', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent: started } = await host.call('start_call_recording', { telephonySessionId });
    expect(started.next).toContain('pause_resume_call_recording');
    expect(started.next).not.toContain('start_call_recording');
    const { structuredContent: paused } = await host.call('pause_resume_call_recording', {
      telephonySessionId,
      recordingId: started.recording.id,
      active: false,
    });
    expect(paused.next).toContain('pause_resume_call_recording');
  });

  it('is to bring in the next call', async () => {
    const { structuredContent } = await host.call('create_conference_call_session');
    const telephonySessionId: string = structuredContent.call.id;
    await testbed.control.act(telephonySessionId, `${telephonySessionId}-1`, 'join', {
      deviceId: await testbed.control.deviceId('101'),
    });
    await testbed.control.party(telephonySessionId, ({ conferenceRole }) => conferenceRole === 'Host');
    const leg = await testbed.stage.talking();
    const { structuredContent: brought } = await host.call('create_call_party_with_bring_in', {
      telephonySessionId,
      targetTelephonySessionId: leg.telephonySessionId,
    });
    expect(brought.next).toEqual([
      'wait_for_call_event',
      'create_call_party_with_bring_in',
      'delete_call_party',
    ]);
  });

  it('does not call voicemail a destination that rings', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { text } = await host.call('forward_call_party', {
      telephonySessionId,
      voicemail: await testbed.control.extensionId('101'),
    });
    expect(text).toContain('voicemail');
    expect(text).not.toContain('rings at its destination');
  });
});

describe('a refusal', () => {
  it('of a bridge names the call that is not there yet', async () => {
    const { telephonySessionId } = await testbed.stage.held();
    const consultation = await callingOut();
    const { structuredContent } = await host.call('bridge_call_party', {
      telephonySessionId,
      targetTelephonySessionId: consultation.telephonySessionId,
    });
    expect(structuredContent.error).toMatchObject({
      kind: 'wrong_state',
      message: expect.stringMatching(new RegExp(`${consultation.telephonySessionId}.*still rings`)),
      next: ['wait_for_call_event', 'delete_call_session'],
    });
  });

  it('says that the phone is the reason', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const deviceId = await offlinePhone();
    const { structuredContent } = await host.call('answer_call_party', { telephonySessionId, deviceId });
    expect(structuredContent.error).toMatchObject({
      message: expect.stringMatching(new RegExp(`${deviceId}.*Offline`)),
      next: ['list_devices'],
    });
  });

  it('says that the call is of another kind', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { structuredContent } = await host.call('ignore_call_in_queue', {
      telephonySessionId,
      deviceId: await testbed.control.deviceId('101'),
    });
    expect(structuredContent.error).toMatchObject({
      message: expect.stringContaining('works on queue calls'),
      next: expect.arrayContaining(['reject_party']),
    });
  });

  it('of a call without an argument names it and where it is found', async () => {
    const { structuredContent } = await host.call('answer_call_party', {});
    expect(structuredContent.error).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringMatching(/telephonySessionId: is missing/),
      parameter: 'telephonySessionId',
      next: ['list_active_calls'],
    });
  });
});
