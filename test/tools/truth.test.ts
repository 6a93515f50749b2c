import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* What a result says is so for the people, is so. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
  await vi.waitUntil(() => testbed.line.sync.status().state === 'live', 10_000);
});
afterAll(() => testbed.close());
afterEach(async () => {
  for (const { telephonySessionId } of (await testbed.control.state()).calls)
    await testbed.control.drop(telephonySessionId).catch(() => {});
});

const caller = '+14155550123';

describe('an act says what is now so for the people', () => {
  it('who hears music, and who talks again', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    expect((await host.call('hold_call_party', { telephonySessionId })).text).toMatch(
      /^On hold: \+1\d+ hears music, not you\./,
    );
    expect((await host.call('unhold_call_party', { telephonySessionId })).text).toMatch(
      /^You and \+1\d+ hear each other again\./,
    );
  });

  it('that the voicemail has taken a call that was forwarded to it, once it has', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { text, structuredContent } = await host.call('forward_call_party', {
      telephonySessionId,
      voicemail: await testbed.control.extensionId('101'),
    });
    expect(text).toContain(`The voicemail has taken the call: ${caller} hears its greeting.`);
    const codes = structuredContent.call.parties.map(
      ({ status }: { status: { code: string } }) => status.code,
    );
    expect(codes).toContain('VoiceMail');
  });

  it('that somebody has joined a conference only once they have', async () => {
    const { structuredContent } = await host.call('create_conference_call_session');
    const telephonySessionId: string = structuredContent.call.id;
    await testbed.control.act(telephonySessionId, `${telephonySessionId}-1`, 'join', {
      deviceId: await testbed.control.deviceId('101'),
    });
    await testbed.control.party(telephonySessionId, ({ conferenceRole }) => conferenceRole === 'Host');
    const leg = await testbed.stage.talking();
    const brought = await host.call('create_call_party_with_bring_in', {
      telephonySessionId,
      targetTelephonySessionId: leg.telephonySessionId,
    });
    const [member] = brought.structuredContent.call.members;
    expect(member).toMatchObject({ state: 'joined', telephonySessionId: leg.telephonySessionId });
    expect(brought.text).toContain('They have joined: all in the conference hear each other.');
  });

  it('that nobody has answered yet, of a call that was placed', async () => {
    const { text } = await host.call('create_call_out_call_session', {
      fromDeviceId: await testbed.control.deviceId('101'),
      toExtensionNumber: '102',
    });
    expect(text).toMatch(/nobody has answered yet|is being connected/);
  });

  it('which your party is now, where the act has changed it', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { flipNumbers } = (await host.call('list_call_flip_numbers')).structuredContent;
    expect(flipNumbers.length).toBeGreaterThan(1);
    const flipping = host.call('call_flip_party', { telephonySessionId, callFlipId: '2' });
    const rings = await testbed.control.party(
      telephonySessionId,
      ({ id, status }) => id !== partyId && status.code === 'Proceeding',
    );
    await testbed.control.act(telephonySessionId, rings.id, 'answer', {
      deviceId: await testbed.control.deviceId('101'),
    });
    const { text, structuredContent } = await flipping;
    expect(structuredContent.outcome, text).toBe('observed');
    expect(text).toContain('You are now on the other phone');
    expect(text).toContain(`Your party is now ${rings.id}, no longer ${partyId}.`);
  });
});
