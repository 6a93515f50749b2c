import { DESK_101, DESK_102 } from 'ringcentral-sandbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { presets } from '../../src/guard/policy/presets.ts';
import { eras } from './support/host.ts';
import { endOf, StepTestbed, sayYes, type TestCall, testCall } from './support/step-testbed.ts';

/**
 * Ways around the guard, tried with real clients on the sandbox by an agent whose person says yes to all it is asked.
 */
describe.each(eras)('with hosts of %s', (era) => {
  let testbed: StepTestbed;
  let one: TestCall;
  const open = async (policy = presets.standard) => {
    testbed = new StepTestbed(era, { policy });
    one = testbed.talking();
    await testbed.inner.start();
  };
  beforeEach(() => open());
  afterEach(() => testbed.inner.close());

  const numbers = {
    premium: '+19005551234',
    'premium, formatted': '+1 (900) 555-1234',
    'premium, abroad': '+449098790123',
    satellite: '+881612345678',
    'caller id hidden': '*67+14155550177',
    'caller id hidden, national': '*674155550177',
    'caller id hidden, abroad': '#31#+14155550177',
    emergency: '911',
    'emergency, E.164': '+1911',
    'emergency, after a prefix': '9911',
    'emergency, behind the main number': '+12055550100*911',
    'tel:': 'tel:+19005551234',
    'a SIP address': 'sip:mallory@example.com',
    'full-width': '＋１９００５５５１２３４',
    'two numbers': '+14155550177,+19005551234',
  };

  test.each(Object.entries(numbers))('a number that is never dialled (%s, %s)', async (_, number) => {
    const { call } = one;
    const ringing = testbed.ringing('+16505550199').call;
    const acts = [
      await testbed.call('transfer_call_party', { telephonySessionId: call, phoneNumber: number }),
      await testbed.call('forward_call_party', { telephonySessionId: ringing, phoneNumber: number }),
      await testbed.call('create_call_out_call_session', { fromDeviceId: DESK_101, toPhoneNumber: number }),
    ];
    expect(acts.map(endOf)).toEqual(['denied', 'denied', 'denied']);
    expect(acts.flatMap(({ questions }) => questions)).toEqual([]);
    expect(testbed.sent).toEqual([]);
  });

  test("a colleague's extension as a number is refused with the way to dial it", async () => {
    const out = { fromDeviceId: DESK_101, toPhoneNumber: '102' };
    const acts = [
      await testbed.call('transfer_call_party', { telephonySessionId: one.call, phoneNumber: '102' }),
      await testbed.call('create_call_out_call_session', out),
    ];
    expect(acts.map(endOf)).toEqual(['invalid_input', 'invalid_input']);
    expect(acts[0]?.answer).toContain('give it as extensionNumber');
    expect(acts[1]?.answer).toContain('give it as toExtensionNumber');
    expect(testbed.sent).toEqual([]);
  });

  test('a park code is refused as one, with the way to take the call', async () => {
    const act = await testbed.call('create_call_out_call_session', {
      fromDeviceId: DESK_101,
      toPhoneNumber: '*801',
    });
    expect(endOf(act)).toBe('denied');
    expect(act.answer).toContain('Park code *801');
    expect(act.answer).toContain('"next":[{"tool":"pickup_call_party"');
    expect(act.questions).toEqual([]);
    expect(testbed.sent).toEqual([]);
  });

  test('transfer by an extension that is not of this account is refused, and asks nobody', async () => {
    for (const to of [{ extensionNumber: '7777' }, { extensionId: '999999' }, { voicemail: '999999' }]) {
      const act = await testbed.call('transfer_call_party', { telephonySessionId: one.call, ...to });
      expect(endOf(act)).toBe('not_found');
      expect(act.answer).toContain(`"parameter":"${Object.keys(to)[0]}"`);
      expect(act.questions).toEqual([]);
    }
    expect(testbed.sent).toEqual([]);
  });

  test('an extension number that is none is refused', async () => {
    const ends: Record<string, string> = {
      ...{ '911': 'denied', '9911': 'denied', '*67102': 'denied', '102#': 'invalid_input' },
      ...{ '+102': 'invalid_input', '14155550177': 'invalid_input', '１０２': 'invalid_input' },
    };
    for (const [extensionNumber, end] of Object.entries(ends)) {
      const act = await testbed.call('transfer_call_party', {
        telephonySessionId: one.call,
        extensionNumber,
      });
      expect({ extensionNumber, end: endOf(act) }).toEqual({ extensionNumber, end });
      expect(act.questions).toEqual([]);
    }
    expect(testbed.sent).toEqual([]);
  });

  test('a target that is something else than its argument says', async () => {
    const { sandbox } = testbed;
    const ends: [object, string, RegExp][] = [
      [{ parkOrbit: sandbox.ext('102') }, 'invalid_input', /not a park location/],
      [{ parkOrbit: sandbox.ext('200') }, 'invalid_input', /not a park location/],
      [{ parkOrbit: sandbox.ext('400') }, 'invalid_input', /not a park location/],
      [{ parkOrbit: '300' }, 'invalid_input', new RegExp(`extension number.*is ${sandbox.ext('300')}`)],
      [{ voicemail: sandbox.ext('300') }, 'invalid_input', /no mailbox/],
      [{ voicemail: sandbox.ext('400') }, 'invalid_input', /no mailbox/],
      [{ voicemail: '102' }, 'invalid_input', new RegExp(`extension number.*is ${sandbox.ext('102')}`)],
      [{ extensionId: '102' }, 'invalid_input', new RegExp(`extension number.*is ${sandbox.ext('102')}`)],
    ];
    for (const [to, end, words] of ends) {
      const act = await testbed.call('transfer_call_party', { telephonySessionId: one.call, ...to });
      expect({ to, end: endOf(act) }).toEqual({ to, end });
      expect(act.answer).toMatch(words);
      expect(act.questions).toEqual([]);
    }
    expect(testbed.sent).toEqual([]);
  });

  test('a colleague who is called 112 is reached, and never as a number', async () => {
    const { engine } = testbed.sandbox;
    const twelfth = engine.world.extensions.get(testbed.sandbox.ext('104'));
    if (!twelfth) throw new Error('no extension 104');
    twelfth.extensionNumber = '112';
    engine.world.dialPlan.set('112', twelfth.id);
    for (const to of [{ toExtensionNumber: '112' }, { toPhoneNumber: '112' }]) {
      const act = await testbed.call('create_call_out_call_session', { fromDeviceId: DESK_101, ...to });
      expect({ to, end: endOf(act) }).toEqual({ to, end: 'denied' });
    }
    expect(testbed.sent).toEqual([]);
    await testbed.call('transfer_call_party', { telephonySessionId: one.call, extensionId: twelfth.id });
    expect(testbed.sent).toHaveLength(1);
  });

  test('what is denied for an extension is denied by each of its names', async () => {
    await testbed.inner.close();
    await open({ ...presets.trusted, targets: [{ to: { extension: '102' }, verdict: 'deny' }] });
    const { sandbox } = testbed;
    const bob = sandbox.ext('102');
    sandbox.engine.world.extensions.get(sandbox.ext('101'))?.flipNumbers.push({
      ...{ id: '51009', phoneNumber: '+12055550102', label: 'Bob', flipNumber: '3' },
      ...{ features: ['CallFlip'], type: 'Work' as const },
    });
    for (const to of [
      ...[{ extensionNumber: '102' }, { extensionId: bob }, { voicemail: bob }],
      ...[{ phoneNumber: '+12055550102' }, { phoneNumber: '+12055550100*102' }, { extensionNumber: '200' }],
    ]) {
      const act = await testbed.call('transfer_call_party', { telephonySessionId: one.call, ...to });
      expect({ to, end: endOf(act) }).toEqual({ to, end: 'denied' });
    }
    const flip = await testbed.call('call_flip_party', { telephonySessionId: one.call, callFlipId: '3' });
    expect(endOf(flip)).toBe('denied');
    for (const to of [{ toExtensionNumber: '102' }, { toPhoneNumber: '+12055550102' }]) {
      const act = await testbed.call('create_call_out_call_session', { fromDeviceId: DESK_101, ...to });
      expect({ to, end: endOf(act) }).toEqual({ to, end: 'denied' });
    }
    expect(testbed.sent).toEqual([]);
    await testbed.call('transfer_call_party', { telephonySessionId: one.call, extensionNumber: '103' });
    expect(testbed.sent).toHaveLength(1);
  });

  test.each([
    ['an in-house emergency service', { emergency: [{ extension: '102' }] }],
    ['a number', { targets: [{ to: { number: '+12055550102' }, verdict: 'deny' }] }],
  ] as const)('%s is not reached through a queue that it is in', async (_, rules) => {
    await testbed.inner.close();
    await open({ ...presets.trusted, ...structuredClone(rules) } as typeof presets.trusted);
    const acts = [
      await testbed.call('transfer_call_party', { telephonySessionId: one.call, extensionNumber: '200' }),
      await testbed.call('create_call_out_call_session', {
        fromDeviceId: DESK_101,
        toExtensionNumber: '200',
      }),
    ];
    expect(acts.map(endOf)).toEqual(['denied', 'denied']);
    expect(testbed.sent).toEqual([]);
  });

  test('a leg that listens in is not handed to somebody else, nor connected with others', async () => {
    const { call } = testbed.talking('+16505550188', '+12055550102', DESK_102);
    const listening = await testbed.call('supervise_call_session', {
      ...{ telephonySessionId: call, agentExtensionNumber: '102', supervisorDeviceId: DESK_101 },
    });
    expect(endOf(await testbed.answer(listening, sayYes))).toBe('done');
    testbed.sandbox.clock.advance(1_000);
    const before = testbed.sent.length;
    const handOver = async () => [
      await testbed.call('transfer_call_party', { telephonySessionId: call, extensionNumber: '104' }),
      await testbed.call('call_flip_party', { telephonySessionId: call, callFlipId: '2' }),
      await testbed.call('bridge_call_party', {
        telephonySessionId: one.call,
        targetTelephonySessionId: call,
      }),
    ];
    expect((await handOver()).map(endOf)).toEqual(['denied', 'denied', 'denied']);
    for (const how of ['hold', 'unhold'] as const) testbed.sandbox.act(call, 3, how);
    testbed.sandbox.clock.advance(1_000);
    expect((await handOver()).map(endOf)).toEqual(['denied', 'denied', 'denied']);
    expect(testbed.sent).toHaveLength(before);
  });

  test('a colleague who has left is none', async () => {
    const leaver = testbed.sandbox.engine.world.extensions.get(testbed.sandbox.ext('104'));
    if (!leaver) throw new Error('no extension 104');
    leaver.status = 'Disabled';
    for (const to of [
      { extensionNumber: '104' },
      { phoneNumber: '+12055550104' },
      { phoneNumber: '+12055550100*104' },
      { extensionId: leaver.id },
      { voicemail: leaver.id },
    ]) {
      const act = await testbed.call('transfer_call_party', { telephonySessionId: one.call, ...to });
      expect({ to, end: endOf(act), questions: act.questions }).toEqual({
        // 104 is an emergency number somewhere, and now nobody's extension.
        ...{
          to,
          end: /^(?:104|.*\*104)$/.test(Object.values(to)[0]) ? 'denied' : 'not_found',
          questions: [],
        },
      });
    }
    expect(testbed.sent).toEqual([]);
  });

  test.each(['.', '..'])('an id that would climb in a path is none (%s)', async (recordingId) => {
    const act = await testbed.call('pause_resume_call_recording', {
      ...{ telephonySessionId: one.call, recordingId, active: false },
    });
    expect(act.answer).toContain('is not an id');
    expect(testbed.sent).toEqual([]);
  });

  test('no call from a foreign phone, nor an answer, a pickup or a listening on one', async () => {
    const ringing = testbed.ringing('+16505550199').call;
    const acts = [
      await testbed.call('create_call_out_call_session', {
        fromDeviceId: DESK_102,
        toExtensionNumber: '103',
      }),
      await testbed.call('answer_call_party', { telephonySessionId: ringing, deviceId: DESK_102 }),
      await testbed.call('supervise_call_session', {
        ...{ telephonySessionId: one.call, agentExtensionNumber: '102', supervisorDeviceId: DESK_102 },
      }),
    ];
    expect(acts.map(endOf)).toEqual(['invalid_input', 'invalid_input', 'invalid_input']);
    expect(acts.map(({ answer }) => /"parameter":"(\w+)"/.exec(answer ?? '')?.[1])).toEqual([
      ...['fromDeviceId', 'deviceId', 'supervisorDeviceId'],
    ]);
    expect(testbed.sent).toEqual([]);
  });

  test('flip to an outside mobile asks, to the own desk phone does not', async () => {
    const flip = (callFlipId: string) =>
      testbed.call('call_flip_party', { telephonySessionId: one.call, callFlipId });
    const out = await flip('1');
    expect(out.questions[0]?.form.message).toMatch(
      /^SANDBOX.* to your own phone «.*» at \+\d+ .*outside your company/,
    );
    expect(testbed.sent).toEqual([]);
    await testbed.answer(out, { action: 'decline' });
    expect((await flip('2')).questions).toEqual([]);
    expect(testbed.sent).toHaveLength(1);
  });

  test('a bridge of two outside parties asks, of an outsider and a colleague does not', async () => {
    const second = testbed.talking('+16505550199');
    const out = await testbed.call('bridge_call_party', {
      telephonySessionId: one.call,
      targetTelephonySessionId: second.call,
    });
    expect(out.questions[0]?.form.message).toContain('+16505550123');
    expect(out.questions[0]?.form.message).toContain('+16505550199');
    await testbed.answer(out, { action: 'decline' });
    expect(testbed.sent).toEqual([]);

    const colleague = testCall(testbed.sandbox.call('101', '102'));
    testbed.sandbox.clock.advance(500);
    testbed.sandbox.act(colleague.call, 2, 'answer', { deviceId: DESK_102 });
    testbed.sandbox.clock.advance(500);
    await testbed.call('read_call_session_status', { telephonySessionId: colleague.call, fresh: true });
    const inside = await testbed.call('bridge_call_party', {
      telephonySessionId: one.call,
      targetTelephonySessionId: colleague.call,
    });
    expect(inside.questions).toEqual([]);
    expect(testbed.sent).toHaveLength(1);
  });

  test('bringing an outsider into a conference asks, the first too', async () => {
    const made = await testbed.call('create_conference_call_session', {});
    const conference = testCall(/"id":"(s-\w+)"/.exec(made.answer ?? '')?.[1] ?? '');
    testbed.sandbox.act(conference.call, 1, 'join', { deviceId: DESK_101 });
    testbed.sandbox.clock.advance(500);
    const before = testbed.sent.length;
    const act = await testbed.call('create_call_party_with_bring_in', {
      telephonySessionId: conference.call,
      targetTelephonySessionId: one.call,
    });
    expect(act.questions[0]?.form.message).toContain('+16505550123');
    expect(testbed.sent).toHaveLength(before);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('done');
    expect(testbed.sent).toHaveLength(before + 1);
  });

  test('bringing a colleague into a conference asks where an outsider is in it, and only there', async () => {
    const made = await testbed.call('create_conference_call_session', {});
    const conference = testCall(/"id":"(s-\w+)"/.exec(made.answer ?? '')?.[1] ?? '');
    testbed.sandbox.act(conference.call, 1, 'join', { deviceId: DESK_101 });
    testbed.sandbox.clock.advance(500);
    const bring = (call: string) =>
      testbed.call('create_call_party_with_bring_in', {
        telephonySessionId: conference.call,
        targetTelephonySessionId: call,
      });
    const colleague = async (extensionNumber: string, deviceId: string) => {
      const { call } = testCall(testbed.sandbox.call('101', extensionNumber));
      testbed.sandbox.clock.advance(500);
      testbed.sandbox.act(call, 2, 'answer', { deviceId });
      testbed.sandbox.clock.advance(500);
      await testbed.call('read_call_session_status', { telephonySessionId: call, fresh: true });
      return call;
    };
    expect((await bring(await colleague('102', DESK_102))).questions).toEqual([]);
    await testbed.answer(await bring(one.call), sayYes);
    testbed.sandbox.clock.advance(2_000);
    const asked = await bring(await colleague('103', '60103001'));
    expect(asked.questions[0]?.form.message).toMatch(
      /^.* to bring Carol .* into your conference with .*\+16505550123/,
    );
  });

  describe.each(['standard', 'trusted'] as const)('on a call with an emergency service, %s', (preset) => {
    /** What an agent might do, with arguments that would fit. */
    const acts: Record<string, object> = {
      hold_call_party: {},
      update_call_party: { muted: true },
      transfer_call_party: { extensionNumber: '102' },
      forward_call_party: { extensionNumber: '102' },
      call_flip_party: { callFlipId: '2' },
      call_park_party: {},
      reject_party: {},
      ignore_call_in_queue: { deviceId: DESK_101 },
      reply_party: { replyWithText: 'Later.' },
      start_call_recording: {},
      pause_resume_call_recording: { recordingId: '1', active: false },
      delete_call_session: {},
      delete_call_party: { partyId: 'theirs' },
      pickup_call_party: { partyId: 'theirs', deviceId: DESK_101 },
      supervise_call_party: { partyId: 'theirs', agentExtensionId: 'own', supervisorDeviceId: DESK_101 },
      supervise_call_session: { agentExtensionNumber: '101', supervisorDeviceId: DESK_101 },
      bridge_call_party: { targetTelephonySessionId: 'another' },
      create_call_party_with_bring_in: { targetTelephonySessionId: 'another' },
    };

    const dialled = () => {
      const call = testCall(
        testbed.sandbox.call({ extensionNumber: '101', deviceId: DESK_101 }, { phoneNumber: '911' }),
      );
      testbed.sandbox.clock.advance(1_000);
      return call.call;
    };
    const callsBack = () => {
      const call = testbed.sandbox.call({ phoneNumber: '911' }, '+12055550101');
      testbed.sandbox.clock.advance(500);
      return call;
    };

    test.each(Object.keys(acts))('no %s, whether it was dialled or calls back', async (tool) => {
      await testbed.inner.close();
      await open(presets[preset]);
      for (const emergency of [dialled(), callsBack()]) {
        const named: Record<string, string> = {
          theirs: testCall(emergency).theirs,
          own: testbed.sandbox.ext('101'),
          another: one.call,
        };
        const given = Object.entries(acts[tool] ?? {}).map(([name, value]) => [name, named[value] ?? value]);
        const act = await testbed.call(tool, { telephonySessionId: emergency, ...Object.fromEntries(given) });
        expect(endOf(act)).toBe('denied');
        expect(act.answer).toContain('Emergency services are on this call');
        expect(act.questions).toEqual([]);
      }
      expect(testbed.sent).toEqual([]);
    });

    test('no bridge or bring-in of it into another call', async () => {
      await testbed.inner.close();
      await open(presets[preset]);
      const emergency = dialled();
      for (const tool of ['bridge_call_party', 'create_call_party_with_bring_in']) {
        const target = { telephonySessionId: one.call, targetTelephonySessionId: emergency };
        expect(endOf(await testbed.call(tool, target))).toBe('denied');
      }
      expect(testbed.sent).toEqual([]);
    });

    test('sound is given back', async () => {
      await testbed.inner.close();
      await open(presets[preset]);
      const emergency = dialled();
      const unmute = await testbed.call('update_call_party', { telephonySessionId: emergency, muted: false });
      const unhold = await testbed.call('unhold_call_party', { telephonySessionId: emergency });
      expect([unmute, unhold].flatMap(({ questions }) => questions)).toEqual([]);
      expect(testbed.sent).toHaveLength(2);
    });
  });
});
