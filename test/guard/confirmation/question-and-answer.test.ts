import { DESK_101, DESK_102, id } from 'ringcentral-sandbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { presets } from '../../../src/guard/policy/presets.ts';
import { eras } from '../support/host.ts';
import { endOf, StepTestbed, sayYes, testCall } from '../support/step-testbed.ts';

/** What may happen between a question and its answer, on the sandbox and with real clients: what a person sees. */
describe.each(eras)('with hosts of %s', (era) => {
  let testbed: StepTestbed;
  const open = async (options?: ConstructorParameters<typeof StepTestbed>[1]) => {
    testbed = new StepTestbed(era, options);
    const one = testbed.talking();
    await testbed.inner.start();
    return one;
  };
  afterEach(() => testbed.inner.close());

  const drop = ({ call }: { call: string }) =>
    testbed.call('delete_call_session', { telephonySessionId: call });

  test('yes: one request, of just this act', async () => {
    const one = await open();
    const act = await drop(one);
    expect(act.questions[0]?.form.message).toContain('+16505550123');
    expect(testbed.sent).toEqual([]);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('done');
    expect(testbed.sent).toEqual([`DELETE /telephony/sessions/${one.call}`]);
  });

  test.each([
    ['decline', { action: 'decline' }, 'not_confirmed declined'],
    ['a form that says no', { action: 'accept', content: { confirm: false } }, 'not_confirmed declined'],
    ['cancel', { action: 'cancel' }, 'not_confirmed cancelled'],
  ] as const)('%s: nothing is sent', async (_, answer, end) => {
    const act = await drop(await open());
    expect(endOf(await testbed.answer(act, answer))).toBe(end);
    expect(testbed.sent).toEqual([]);
  });

  test('no capability: nothing is sent, and the ways out are told', async () => {
    const act = await drop(await open({ asks: false }));
    expect(endOf(act)).toBe('not_confirmed unsupported');
    expect(act.answer).toContain('--approvals');
    expect(testbed.sent).toEqual([]);
  });

  test('time-out: a yes after 45 seconds is none', async () => {
    const act = await drop(await open());
    await testbed.inner.wait(46_000);
    if (era === '2026') await testbed.answer(act, sayYes);
    expect(endOf(act)).toBe('not_confirmed timed_out');
    expect(testbed.sent).toEqual([]);
  });

  test('replay: a used answer is worth nothing, for this act or another', async () => {
    const one = await open();
    const other = testbed.talking('+16505550199');
    const act = await drop(one);
    await testbed.answer(act, { action: 'decline' });
    // 2025 has no state of its own; a host may still send one.
    const state = act.questions[0]?.state ?? 'none';
    const accept = { action: 'accept', content: { confirm: true } };
    for (const again of [act, { ...act, args: { telephonySessionId: other.call } }]) {
      const replayed = await testbed.forge(again, state, accept);
      if (era === '2026') expect(endOf(replayed)).toBe('not_confirmed invalid');
      expect(testbed.sent).toEqual([]);
    }
  });

  test('the far party leaves: the call is over, and nobody is asked again', async () => {
    const one = await open();
    const act = await drop(one);
    testbed.sandbox.act(one.call, 1, 'hangup');
    testbed.sandbox.clock.advance(5_000);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('wrong_state');
    expect(act.questions).toHaveLength(1);
    expect(testbed.sent).toEqual([]);
  });

  /** 101 hosts a conference into which two callers were brought. */
  async function conferring(...callers: string[]) {
    await open({ policy: { ...presets.trusted, caps: { ringing: 9, outside: 9, calls: 99 } } });
    const made = await testbed.call('create_conference_call_session', {});
    const conference = testCall(/"id":"(s-\w+)"/.exec(made.answer ?? '')?.[1] ?? '');
    testbed.sandbox.act(conference.call, 1, 'join', { deviceId: DESK_101 });
    testbed.sandbox.clock.advance(500);
    const conferenceParticipants = [];
    for (const caller of callers) {
      const participant = testbed.talking(caller);
      const bring = { telephonySessionId: conference.call, targetTelephonySessionId: participant.call };
      expect(endOf(await testbed.call('create_call_party_with_bring_in', bring))).toBe('done');
      testbed.sandbox.clock.advance(2_000);
      conferenceParticipants.push(participant);
    }
    testbed.requests.length = 0;
    return { conference, conferenceParticipants };
  }

  test('one of two far parties leaves: the person is asked about the one who stays', async () => {
    const [first, second] = ['+16505550191', '+16505550192'] as const;
    const { conference, conferenceParticipants } = await conferring(first, second);
    const act = await drop(conference);
    for (const caller of [first, second]) expect(act.questions[0]?.form.message).toContain(`- ${caller}`);
    testbed.sandbox.act(conferenceParticipants[1]?.call ?? '', 1, 'hangup');
    testbed.sandbox.clock.advance(500);
    await testbed.answer(act, sayYes);
    expect(act.questions[1]?.form.message).toContain('The call has changed since you were asked');
    expect(act.questions[1]?.form.message).toContain(`- ${first}`);
    expect(act.questions[1]?.form.message).not.toContain(second);
    expect(testbed.sent).toEqual([]);
    await testbed.answer(act, sayYes);
    expect(testbed.sent).toEqual([`DELETE /telephony/sessions/${conference.call}`]);
  });

  test('a participant of a conference is dropped alone, and the question marks who', async () => {
    const [first, second] = ['+16505550191', '+16505550192'] as const;
    const { conference } = await conferring(first, second);
    const on = { telephonySessionId: conference.call, partyId: id(conference.call, 3) };
    const act = await testbed.call('delete_call_party', on);
    const { message = '' } = act.questions[0]?.form ?? {};
    expect(message).toMatch(new RegExp(`^- \\${second} .*\\(the one meant\\)$`, 'm'));
    expect(message.match(/the one meant/g)).toHaveLength(1);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('done');
    expect(testbed.sent).toEqual([`DELETE /telephony/sessions/${conference.call}/parties/${on.partyId}`]);
    const left = await drop(conference);
    expect(left.questions[0]?.form.message).toContain(first);
    expect(left.questions[0]?.form.message).not.toContain(second);
  });

  test('the call is transferred: the person is asked about the one who has it now', async () => {
    const one = await open();
    const act = await drop(one);
    testbed.sandbox.act(one.call, 2, 'transfer', { extensionNumber: '102' });
    testbed.sandbox.clock.advance(500);
    testbed.sandbox.act(one.call, 3, 'answer', { deviceId: DESK_102 });
    testbed.sandbox.clock.advance(500);
    await testbed.answer(act, sayYes);
    expect(testbed.sent).toEqual([]);
    expect(act.questions[1]?.form.message).toContain('The call has changed since you were asked');
    expect(act.questions[1]?.form.message).toContain('extension 102');
    expect(act.questions[0]?.form.message).not.toContain('no longer on it');
    expect(act.questions[1]?.form.message).toContain('- You are no longer on it');
    await testbed.answer(act, sayYes);
    expect(testbed.sent).toEqual([`DELETE /telephony/sessions/${one.call}`]);
  });

  test.each(['answer', 'decline', 'hangup'] as const)('ringing ends (%s): the yes is void', async (how) => {
    await open();
    const one = testbed.ringing('+16505550199');
    const act = await testbed.call('reply_party', { telephonySessionId: one.call, replyWithText: 'Later.' });
    testbed.sandbox.act(one.call, how === 'hangup' ? 1 : 2, how);
    testbed.sandbox.clock.advance(500);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('wrong_state');
    expect(act.questions).toHaveLength(1);
    expect(testbed.sent).toEqual([]);
  });

  test('two questions at once: each answer is for its own', async () => {
    const one = await open();
    const other = testbed.talking('+16505550199');
    const [first, second] = [await drop(one), await drop(other)];
    expect(second.questions[0]?.form.message).toContain('+16505550199');
    expect(endOf(await testbed.answer(second, sayYes))).toBe('done');
    expect(testbed.sent).toEqual([`DELETE /telephony/sessions/${other.call}`]);
    expect(endOf(await testbed.answer(first, { action: 'decline' }))).toBe('not_confirmed declined');
    expect(testbed.sent).toHaveLength(1);
  });

  const yesToBoth = async (...acts: Awaited<ReturnType<typeof drop>>[]) => {
    for (const { questions } of acts) for (const shown of questions) shown.answer(sayYes(shown));
    await testbed.inner.settle();
    return acts.map(endOf).sort();
  };

  test('two yeses to two questions for one hang-up: one is sent, the other finds that it is done', async () => {
    const one = await open();
    const acts = [await drop(one), await drop(one)];
    expect(await yesToBoth(...acts)).toEqual(['done', 'wrong_state']);
    expect(acts.some(({ answer = '' }) => answer.includes('The call is over. Nothing was done.'))).toBe(true);
    expect(testbed.sent).toHaveLength(1);
  });

  test('two yeses to two recordings of one call: one is sent', async () => {
    const { call } = await open();
    const acts = [];
    for (const who of ['ann', 'bob'])
      acts.push(await testbed.call('start_call_recording', { telephonySessionId: call }, who));
    expect(await yesToBoth(...acts)).toEqual(['done', 'wrong_state']);
    expect(testbed.sent).toHaveLength(1);
  });

  test('while a person is asked about a call, other acts on it go on', async () => {
    const one = await open();
    const act = await drop(one);
    expect(endOf(await testbed.call('hold_call_party', { telephonySessionId: one.call }, 'bob'))).toBe(
      'done',
    );
    expect(endOf(act)).toBe('open');
    expect(testbed.sent).toHaveLength(1);
  });

  test('a fourth open question is refused until one of three is answered; another principal has its own', async () => {
    const one = await open();
    const calls = [one, ...['1', '2', '3'].map((last) => testbed.talking(`+1650555019${last}`))];
    const acts = [];
    for (const call of calls) acts.push(await drop(call));
    expect(acts.map(endOf)).toEqual(['open', 'open', 'open', 'denied']);
    expect(acts[3]?.questions).toEqual([]);
    const bobs = await testbed.call('delete_call_session', { telephonySessionId: one.call }, 'bob');
    expect(bobs.questions).toHaveLength(1);
    const [first] = acts;
    if (first) await testbed.answer(first, { action: 'decline' });
    const again = calls[3] && (await drop(calls[3]));
    expect(again?.questions).toHaveLength(1);
    expect(testbed.sent).toEqual([]);
  });

  test('the process restarts: the answer is worth nothing, and its successor asks by itself', async () => {
    const one = await open();
    const act = await drop(one);
    await testbed.inner.start();
    if (era === '2026') {
      await testbed.answer(act, sayYes);
      expect(endOf(act)).toBe('protocol error');
    } else {
      expect(endOf(act)).not.toBe('done');
    }
    expect(testbed.sent).toEqual([]);
    const anew = await drop(one);
    expect(anew.questions).toHaveLength(1);
    expect(endOf(await testbed.answer(anew, sayYes))).toBe('done');
    expect(testbed.sent).toHaveLength(1);
  });

  test('the call cannot be read after the yes: unavailable, and nothing is sent', async () => {
    const one = await open();
    const act = await drop(one);
    testbed.breakReads();
    expect(endOf(await testbed.answer(act, sayYes))).toBe('unavailable');
    expect(testbed.sent).toEqual([]);
  });

  test('the call changes each time: after the second question anew nobody is asked again', async () => {
    const one = await open();
    const act = await testbed.call('start_call_recording', { telephonySessionId: one.call });
    for (const how of ['hold', 'unhold', 'hold'] as const) {
      testbed.sandbox.act(one.call, 2, how);
      testbed.sandbox.clock.advance(500);
      await testbed.answer(act, sayYes);
    }
    expect(endOf(act)).toBe('not_confirmed changed');
    expect(act.questions).toHaveLength(3);
    expect(testbed.sent).toEqual([]);
  });

  test('an argument of the model is no yes', async () => {
    const one = await open();
    for (const claim of [
      { confirm: true },
      { confirmed: true },
      { requestState: 'x' },
      { ['__proto__']: {} },
    ]) {
      const args = JSON.parse(`{"telephonySessionId":"${one.call}",${JSON.stringify(claim).slice(1)}`);
      expect(endOf(await testbed.call('delete_call_session', args))).toMatch(/invalid_input|open/);
    }
    expect(testbed.sent).toEqual([]);
  });

  test('an idempotency key is good for one call of one principal, also after a question', async () => {
    await open();
    const call = { fromDeviceId: DESK_101, toExtensionNumber: '103', idempotencyKey: 'k1' };
    const first = await testbed.call('create_call_out_call_session', call);
    const again = await testbed.call('create_call_out_call_session', call);
    expect(testbed.sent).toHaveLength(1);
    // Not as if it were now: marked as of then, of the same call.
    expect(again.answer).toContain('Not done again');
    expect(again.answer).toContain(/s-\w+/.exec(first.answer ?? '')?.[0] ?? 'a call');
    await testbed.call('create_call_out_call_session', call, 'bob');
    expect(testbed.sent).toHaveLength(2);
    const out = { fromDeviceId: DESK_101, toPhoneNumber: '+14155550177', idempotencyKey: 'k2' };
    await testbed.answer(await testbed.call('create_call_out_call_session', out), { action: 'decline' });
    await testbed.answer(await testbed.call('create_call_out_call_session', out), sayYes);
    expect((await testbed.call('create_call_out_call_session', out)).questions).toEqual([]);
    expect(testbed.sent).toHaveLength(3);
  });

  test('after two declines of the same act on the same call nobody is asked a third time', async () => {
    const one = await open();
    for (let time = 0; time < 2; time += 1) await testbed.answer(await drop(one), { action: 'decline' });
    const third = await drop(one);
    expect(endOf(third)).toBe('denied');
    expect(third.questions).toEqual([]);
    expect((await drop(testbed.talking('+16505550199'))).questions).toHaveLength(1);
    expect(testbed.sent).toEqual([]);
  });

  test('many tool calls at once open three questions', async () => {
    await open();
    const calls = ['1', '2', '3', '4', '5', '6'].map((last) => testbed.talking(`+1650555019${last}`));
    const acts = await Promise.all(calls.map((call) => drop(call)));
    expect(acts.map(endOf).sort()).toEqual(['denied', 'denied', 'denied', 'open', 'open', 'open']);
    expect(testbed.sent).toEqual([]);
  });

  test('a grant is for this call and target, and one act of another kind asks', async () => {
    await open();
    const others = testbed.talking('+16505550199', '+12055550102', DESK_102);
    const on = { telephonySessionId: others.call, partyId: others.ours };
    const act = await testbed.call('hold_call_party', on);
    const granted = act.questions[0]?.form.requestedSchema.properties.decision?.enum?.[1] ?? '';
    await testbed.answer(act, { action: 'accept', content: { decision: granted } });
    expect((await testbed.call('hold_call_party', on)).questions).toEqual([]);
    expect((await testbed.call('unhold_call_party', on)).questions).toHaveLength(1);
    expect((await testbed.call('hold_call_party', on, 'bob')).questions).toHaveLength(1);
  });

  test.each<[string, object, RegExp]>([
    [
      'transfer_call_party',
      { extensionNumber: '102' },
      / to transfer the call with \+\d+ .* to \w.*then whoever answers/s,
    ],
    [
      'transfer_call_party',
      { voicemail: '102' },
      / to send the call with .* to the mailbox of .*hears a greeting/s,
    ],
    ['transfer_call_party', { parkOrbit: '300' }, / to park the call with .* at .*hears hold music/s],
    ['update_call_party', { muted: true }, / to mute your microphone on the call with .*\./],
    [
      'update_call_party',
      { standAlone: true },
      / to take your leg out of the conversation on the call with .*\./,
    ],
    [
      'update_call_party',
      { muted: false, standAlone: false },
      / to unmute your microphone and put your leg back into the conversation on the call with .*\./,
    ],
  ])('%s with %j is asked in words of its own', async (tool, args, words) => {
    const one = await open({ policy: presets.cautious });
    const given = Object.entries(args).map(([name, value]) => [
      name,
      name === 'voicemail' || name === 'parkOrbit' ? testbed.sandbox.ext(value) : value,
    ]);
    const act = await testbed.call(tool, { telephonySessionId: one.call, ...Object.fromEntries(given) });
    expect(act.questions[0]?.form.message).toMatch(words);
  });

  test('forwarding to voicemail is not asked as forwarding to a person', async () => {
    await open({ policy: presets.cautious });
    const { call } = testbed.ringing('+16505550199');
    const voicemail = testbed.sandbox.ext('102');
    const act = await testbed.call('forward_call_party', { telephonySessionId: call, voicemail });
    expect(act.questions[0]?.form.message).toMatch(
      / to send the ringing call from \+.* to the mailbox of .*a greeting/s,
    );
  });

  test('an act on the party of somebody else does not read as one on the own', async () => {
    await open();
    const others = testbed.talking('+16505550199', '+12055550102', DESK_102);
    const on = { telephonySessionId: others.call, partyId: others.ours, muted: false };
    const [shown] = (await testbed.call('update_call_party', on)).questions;
    expect(shown?.form.message).toMatch(
      /in the place of [^\n]*\(extension 102\), who is meant by "you": unmute your microphone.*\(extension 102\).*\(the one meant\)/s,
    );
  });

  test('whose party is dropped can be seen, also where it is the own one', async () => {
    const one = await open();
    const drop = async (partyId: string) => {
      const act = await testbed.call('delete_call_party', { telephonySessionId: one.call, partyId });
      return act.questions[0]?.form.message;
    };
    expect(await drop(one.theirs)).toMatch(
      / to drop \+16505550123 .* from the call with you\..*\+16505550123[^\n]*\(the one meant\)/s,
    );
    expect(await drop(one.ours)).toMatch(/ to take you off the call with \+16505550123 /);
  });

  test('cautious asks about a hold, trusted does not ask about a transfer to the outside', async () => {
    const one = await open({ policy: presets.cautious });
    expect((await testbed.call('hold_call_party', { telephonySessionId: one.call })).questions).toHaveLength(
      1,
    );
    await testbed.inner.close();
    const other = await open({ policy: presets.trusted });
    const out = { telephonySessionId: other.call, phoneNumber: '+14155550177' };
    expect(endOf(await testbed.call('transfer_call_party', out))).toBe('done');
    expect(testbed.sent).toHaveLength(1);
  });
});

describe('2026 alone', () => {
  test.each(['a flipped bit', 'another signature', 'no signature'])('tampered state (%s)', async (how) => {
    const testbed = new StepTestbed('2026');
    const one = testbed.talking();
    await testbed.inner.start();
    const act = await testbed.call('delete_call_session', { telephonySessionId: one.call });
    const state = act.questions[0]?.state ?? '';
    const parts = state.split('.');
    const signature = parts.at(-1) ?? '';
    const tampered = {
      'a flipped bit': `${state.slice(0, 9)}${state[9] === 'A' ? 'B' : 'A'}${state.slice(10)}`,
      'another signature': [...parts.slice(0, -1), [...signature].reverse().join('')].join('.'),
      'no signature': parts.slice(0, -1).join('.'),
    }[how];
    const yes = { action: 'accept', content: { confirm: true } };
    expect(endOf(await testbed.forge(act, tampered, yes))).toBe('protocol error');
    expect(testbed.sent).toEqual([]);
    // The true answer still counts: nobody's forgery uses it up.
    expect(endOf(await testbed.answer(act, sayYes))).toBe('done');
    expect(testbed.sent).toHaveLength(1);
    await testbed.inner.close();
  });

  test('a yes without state answers nothing', async () => {
    const testbed = new StepTestbed('2026');
    const one = testbed.talking();
    await testbed.inner.start();
    const act = await testbed.call('delete_call_session', { telephonySessionId: one.call });
    const forged = await testbed.forge(act, undefined, { action: 'accept', content: { confirm: true } });
    expect(endOf(forged)).toBe('not_confirmed unsupported');
    expect(testbed.sent).toEqual([]);
    expect(endOf(await testbed.answer(act, sayYes))).toBe('done');
    await testbed.inner.close();
  });

  test('a yes that somebody else brings, or for another act, is worth nothing and used up', async () => {
    const testbed = new StepTestbed('2026');
    const one = testbed.talking();
    const other = testbed.talking('+16505550199');
    await testbed.inner.start();
    const yes = { action: 'accept', content: { confirm: true } };
    const thefts = [
      { principal: 'bob' },
      { args: { telephonySessionId: other.call } },
      { tool: 'delete_call_party', args: { telephonySessionId: one.call, partyId: one.theirs } },
    ];
    for (const theft of thefts) {
      const act = await testbed.call('delete_call_session', { telephonySessionId: one.call });
      const state = act.questions[0]?.state;
      expect(endOf(await testbed.forge({ ...act, ...theft }, state, yes))).toBe('not_confirmed invalid');
      expect(endOf(await testbed.answer(act, sayYes))).toBe('not_confirmed invalid');
    }
    expect(testbed.sent).toEqual([]);
    await testbed.inner.close();
  });
});
