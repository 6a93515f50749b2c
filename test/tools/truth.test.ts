import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* What a result says is so for the people, is so. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.liveHost('2025', yes);
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
});

const caller = '+14155550123';

describe('a leg that listens in', () => {
  const listening = async () => {
    const { telephonySessionId } = await testbed.stage.othersCall();
    const { structuredContent } = await host.call('supervise_call_session', {
      ...{ telephonySessionId, agentExtensionNumber: '102' },
      supervisorDeviceId: await testbed.control.deviceId('101'),
    });
    return { telephonySessionId, partyId: structuredContent.party.id as string };
  };

  it.each(['hold_call_party', 'unhold_call_party'])('%s is refused, and the truth told', async (tool) => {
    const { telephonySessionId, partyId } = await listening();
    const { structuredContent } = await host.call(tool, { telephonySessionId });
    expect(structuredContent.error).toMatchObject({
      kind: 'wrong_state',
      message: expect.stringMatching(/only listens in: .* hear each other all the while, and no music/),
    });
    expect(structuredContent.error.next).toContainEqual(
      expect.objectContaining({ tool: 'delete_call_party', arguments: { telephonySessionId, partyId } }),
    );
  });

  it('stays one, whatever its phone does', async () => {
    const { telephonySessionId, partyId } = await listening();
    const sent = await host.call('transfer_call_party', { telephonySessionId, extensionNumber: '104' });
    expect(sent.structuredContent.error).toMatchObject({
      kind: 'denied',
      next: [
        { tool: 'delete_call_party', arguments: { telephonySessionId, partyId }, why: 'stops listening' },
      ],
    });
    const wait = { telephonySessionId, timeoutSeconds: 5 };
    for (const [how, code] of [
      ['hold', 'Hold'],
      ['unhold', 'Answered'],
    ] as const) {
      await testbed.control.act(telephonySessionId, partyId, how);
      const told = await host.call('wait_for_call_event', { ...wait, partyId, until: code });
      expect(told.text).not.toMatch(/you have put the call on hold|taken the call off hold/);
      const { text } = await host.call('read_call_session_status', { telephonySessionId });
      expect(text).toMatch(new RegExp(`${partyId} is ${code}\\S* \\(.*listening in`));
      const listed = await host.call('list_active_calls');
      expect(listed.text).toContain('listening in');
      expect(listed.text).toContain('to +12055550102 Bob Brown,');
      expect(text).toContain(': to +12055550102 Bob Brown, your party');
      expect(listed.text).not.toMatch(/transfer_call_party|unhold_call_party/);
    }
    const held = await host.call('hold_call_party', { telephonySessionId });
    expect(held.structuredContent.error.kind).toBe('wrong_state');
    const { text } = await host.call('delete_call_party', { telephonySessionId, partyId });
    expect(text).toContain('You no longer listen in');
  });
});

describe('a hold of the host of a conference', () => {
  it('is no music for those in it, who hear each other', async () => {
    const conference = await testbed.stage.hosting(host.call);
    for (const phoneNumber of [caller, '+14155550171']) {
      const { telephonySessionId } = await testbed.stage.talking({ phoneNumber });
      const target = { telephonySessionId: conference, targetTelephonySessionId: telephonySessionId };
      await host.call('create_call_party_with_bring_in', target);
    }
    const held = await host.call('hold_call_party', { telephonySessionId: conference });
    expect(held.text).toMatch(
      /^On hold: you are out of the conference .* the others hear each other as before\./,
    );
    expect(held.text).not.toMatch(/music|nobody else/);
    expect(held.structuredContent.next).toEqual([
      {
        tool: 'unhold_call_party',
        arguments: { telephonySessionId: conference },
        why: 'you are in the conference again',
      },
    ]);
    const back = await host.call('unhold_call_party', { telephonySessionId: conference });
    expect(back.text).toMatch(/^You are back in the conference\. .*three people hear each other/);
    expect(back.text).not.toContain('nobody else');
  });
});

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

  it('why a call that was picked up is not parked again', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await host.call('call_park_party', { telephonySessionId });
    await host.call('pickup_call_party', { telephonySessionId });
    const { structuredContent } = await host.call('call_park_party', { telephonySessionId });
    const { message, next } = structuredContent.error;
    expect(message).toContain(
      'works only on calls that rang at you (one that you picked up counts as placed by you)',
    );
    const tools = next.map(({ tool }: { tool: string }) => tool);
    expect(tools).toContain('hold_call_party');
    expect(tools).not.toContain('call_park_party');
  });

  it('that a hold made at the phone ends only there', async () => {
    const { telephonySessionId } = await testbed.stage.held();
    const { text, structuredContent } = await host.call('unhold_call_party', { telephonySessionId });
    expect(structuredContent.outcome).toBe('accepted');
    expect(text).toContain('a hold made at the phone ends only at the phone');
  });

  it('that the voicemail has taken a call that was forwarded to it, once it has', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { text, structuredContent } = await host.call('forward_call_party', {
      telephonySessionId,
      voicemail: await testbed.control.extensionId('101'),
    });
    expect(text).toMatch(
      /^The mailbox of Alice Admin \(extension 101\) has taken the call: \S+ hears its greeting\./,
    );
    const codes = structuredContent.call.parties.map(
      ({ status }: { status: { code: string } }) => status.code,
    );
    expect(codes).toContain('VoiceMail');
  });

  it('that the voicemail has taken a call that was transferred to it, once it has', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { text } = await host.call('transfer_call_party', {
      telephonySessionId,
      voicemail: await testbed.control.extensionId('102'),
    });
    expect(text).toMatch(
      /^The mailbox of Bob Brown \(extension 102\) has taken the call: \S+ hears its greeting;/,
    );
  });

  it('colleagues by name, and outsiders by number', async () => {
    const { telephonySessionId } = await testbed.stage.held();
    const bob = await testbed.stage.consulting();
    const { text, structuredContent } = await host.call('bridge_call_party', {
      telephonySessionId,
      targetTelephonySessionId: bob.telephonySessionId,
    });
    expect(structuredContent.outcome, text).toBe('observed');
    expect(text).toContain(`${caller} and Bob Brown hear each other; you are off both calls.`);
  });

  it('under which code a call is parked, and, once it is picked up, that nobody is parked any more', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { text: parked, structuredContent } = await host.call('call_park_party', { telephonySessionId });
    expect(parked).toMatch(/^Parked under \*80\d: \+14155550123 hears music until somebody takes the call\./);
    const { arguments: args } = structuredContent.next[0];
    const { text, structuredContent: taken } = await host.call('pickup_call_party', args);
    expect(text).toContain(`You and ${caller} talk: your microphone is open. Your party is now p-`);
    expect(text).toContain(`, no longer ${partyId}.`);
    expect(text).not.toContain('is Parked');
    expect((await host.call('list_active_calls')).text).not.toContain('parked');
    expect(taken.call.yourPartyId).not.toBe(partyId);
  });

  it('with whom you talk after picking up from a park location', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const parkOrbit = await testbed.control.extensionId('300');
    await host.call('transfer_call_party', { telephonySessionId, parkOrbit });
    const { text } = await host.call('pickup_call_party', { telephonySessionId });
    expect(text).toContain(`You and ${caller} talk: your microphone is open.`);
  });

  it('whom to wait for where a call was sent on, and for nobody where two were connected', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const sent = await host.call('transfer_call_party', { telephonySessionId, extensionNumber: '103' });
    expect(sent.structuredContent.next[0]).toMatchObject({
      arguments: { telephonySessionId, until: 'Answered' },
      why: `tells when somebody else talks with ${caller}`,
    });
    const held = await testbed.stage.held();
    const bob = await testbed.stage.consulting();
    const bridged = await host.call('bridge_call_party', {
      telephonySessionId: held.telephonySessionId,
      targetTelephonySessionId: bob.telephonySessionId,
    });
    expect(bridged.structuredContent.next[0].arguments).not.toHaveProperty('until');
  });

  describe('that you and the other side do not hear each other', () => {
    const talking = async () => {
      const { telephonySessionId } = await testbed.stage.talking();
      const { structuredContent } = await host.call('read_call_session_status', { telephonySessionId });
      const { parties, yourPartyId } = structuredContent.call;
      const theirs = parties.find(({ id }: { id: string }) => id !== yourPartyId).id as string;
      return { telephonySessionId, theirs };
    };

    it.each([
      ['have you on hold, too', 'hold', `${caller} has you on hold: neither hears the other`],
      ['are muted', 'mute', `${caller} is muted: you do not hear them`],
    ])('where they %s', async (_, act, why) => {
      const { telephonySessionId, theirs } = await talking();
      await host.call('hold_call_party', { telephonySessionId });
      await testbed.control.act(telephonySessionId, theirs, act);
      const { text } = await host.call('unhold_call_party', { telephonySessionId });
      expect(text).toContain(`Off hold, but ${why}.`);
    });

    it('where you are muted', async () => {
      const { telephonySessionId } = await talking();
      await host.call('hold_call_party', { telephonySessionId });
      await host.call('update_call_party', { telephonySessionId, muted: true });
      const { text } = await host.call('unhold_call_party', { telephonySessionId });
      expect(text).toContain('Off hold, but you are muted: they do not hear you.');
    });

    it('where the one whom you swap to has you on hold', async () => {
      const { telephonySessionId, theirs } = await talking();
      await host.call('hold_call_party', { telephonySessionId });
      await testbed.control.act(telephonySessionId, theirs, 'hold');
      const other = await testbed.stage.consulting();
      const { text } = await host.call('swap_calls', {
        telephonySessionId: other.telephonySessionId,
        targetTelephonySessionId: telephonySessionId,
      });
      expect(text).toContain(`You are on the line with ${caller}, but ${caller} has you on hold`);
    });
  });

  it('nothing on a call that was connected with another, although no event has told yet that you are off it', async () => {
    const held = await testbed.stage.held();
    const bob = await testbed.stage.consulting();
    await testbed.control.fault({ kind: 'ws-lose', count: 10 });
    const { structuredContent } = await host.call('bridge_call_party', {
      telephonySessionId: bob.telephonySessionId,
      targetTelephonySessionId: held.telephonySessionId,
    });
    await testbed.control.clearFaults();
    const named = structuredContent.next.map(
      ({ arguments: args }: { arguments: Record<string, unknown> }) => args.telephonySessionId,
    );
    expect(named).not.toContain(held.telephonySessionId);
  });

  it('who was dropped', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent } = await host.call('call_park_party', { telephonySessionId });
    const { partyId } = structuredContent.next[0].arguments;
    const { text } = await host.call('delete_call_party', { telephonySessionId, partyId });
    expect(text).toContain(`${caller} is off the call.`);
  });

  it('that somebody has joined a conference only once they have', async () => {
    const telephonySessionId = await testbed.stage.hosting(host.call);
    const leg = await testbed.stage.talking();
    const brought = await host.call('create_call_party_with_bring_in', {
      telephonySessionId,
      targetTelephonySessionId: leg.telephonySessionId,
    });
    const [member] = brought.structuredContent.call.members;
    expect(member).toMatchObject({ state: 'joined', telephonySessionId: leg.telephonySessionId });
    expect(brought.text).toContain(`${caller} has joined: two people hear each other.`);
    const bob = await testbed.stage.consulting();
    const { text } = await host.call('create_call_party_with_bring_in', {
      telephonySessionId,
      targetTelephonySessionId: bob.telephonySessionId,
    });
    expect(text).toMatch(/^Bob Brown has joined: three people hear each other\./);
  });

  it('that nobody has answered yet, of a call that was placed', async () => {
    const { text } = await host.call('create_call_out_call_session', {
      fromDeviceId: await testbed.control.deviceId('101'),
      toExtensionNumber: '102',
    });
    expect(text).toMatch(
      /Bob Brown \(extension 102\) is being called; nobody has answered yet|is being connected, then Bob Brown/,
    );
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
    expect(structuredContent.call.yourPartyId).toBe(rings.id);
    expect(text).toContain('You are now on the other phone');
    expect(text).toContain(`Your party is now ${rings.id}, no longer ${partyId}.`);
  });
});

describe('an act that has not shown yet', () => {
  it('says that the other phone still rings, and has it waited for', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { text, structuredContent } = await host.call('call_flip_party', {
      telephonySessionId,
      callFlipId: '2',
    });
    expect(structuredContent.outcome, text).toBe('accepted');
    expect(text).toMatch(
      /nothing shows yet that you are on the other phone\. So far you are waiting for another phone of yours, which rings(?: for \d s)?, to be answered there\./,
    );
    const [{ tool, arguments: args }] = structuredContent.next;
    expect({ tool, args }).toMatchObject({ args: { telephonySessionId, partyId, until: 'left' } });
    const waiting = host.call(tool, args);
    const rings = await testbed.control.party(
      telephonySessionId,
      ({ status }) => status.code === 'Proceeding',
    );
    const deviceId = await testbed.control.deviceId('101');
    await testbed.control.act(telephonySessionId, rings.id, 'answer', { deviceId });
    const waited = await waiting;
    expect(waited.structuredContent, waited.text).toMatchObject({ reached: true, timedOut: false });
    expect(waited.text).toContain(`${partyId}: you have left this phone for another one of yours`);
    const unnamed = { telephonySessionId, until: 'left', after: structuredContent.cursor, timeoutSeconds: 0 };
    expect((await host.call(tool, unnamed)).structuredContent).toMatchObject({ reached: true });
  });

  it('does not say that a message was spoken while the caller hears it', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { text } = await host.call('reply_party', {
      telephonySessionId,
      replyWithText: 'I call you back.',
    });
    expect(text).toContain(
      'nothing shows yet that the message was spoken to its end. So far the caller hears',
    );
    expect(text).not.toContain('ringing');
  });
});
