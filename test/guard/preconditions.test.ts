import { DESK_101, DESK_102 } from 'ringcentral-sandbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionView } from '../../src/calls/store/views.ts';
import { Failure } from '../../src/shared/failure.ts';
import { hangUp, hold, inboundCall } from './support/fake-ports.ts';
import { guardTestbed } from './support/guard-testbed.ts';
import { cancel, createHost, eras, failure, yes } from './support/host.ts';
import { endOf, StepTestbed, sayYes, type TestCall, testCall } from './support/step-testbed.ts';

const outside = { phoneNumber: '+14155550177' };
const on = ({ call }: TestCall, more: object = {}) => ({ telephonySessionId: call, ...more });

describe.each(eras)('with hosts of %s', (era) => {
  let testbed: StepTestbed;
  beforeEach(async () => {
    testbed = new StepTestbed(era);
    await testbed.inner.start();
  });
  afterEach(() => testbed.inner.close());

  async function conference(): Promise<TestCall> {
    const made = await testbed.call('create_conference_call_session', {});
    return testCall(/"id":"(s-\w+)"/.exec(made.answer ?? '')?.[1] ?? '');
  }
  const joined = async () => {
    const room = await conference();
    testbed.sandbox.act(room.call, 1, 'join', { deviceId: DESK_101 });
    testbed.sandbox.clock.advance(500);
    return room;
  };

  const ended = async ({ call }: TestCall) => {
    testbed.sandbox.act(call, 1, 'hangup');
    testbed.sandbox.clock.advance(500);
    await testbed.inner.settle();
  };

  /** The id of a phone of 101 that is offline. */
  const offline = () =>
    testbed.sandbox.engine.world.devicesOf
      .get(testbed.sandbox.ext('101'))
      ?.find(({ status }) => status === 'Offline')?.id;

  type Act = [tool: string, args: object];
  const impossible: Record<string, [words: RegExp, prepare: () => Act | Promise<Act>]> = {
    'a recording while it rings': [
      /works in Answered; now your party .* is Proceeding: ringing/,
      () => ['start_call_recording', on(testbed.ringing())],
    ],
    'a second recording': [
      /recorded already/,
      () => {
        const one = testbed.talking();
        testbed.sandbox.operate('startCallRecording', one.call, 2);
        testbed.sandbox.clock.advance(500);
        return ['start_call_recording', on(one)];
      },
    ],
    'a second recording while the first is paused': [
      /recording is paused: pause_resume_call_recording resumes it/,
      () => {
        const one = testbed.talking();
        const { body } = testbed.sandbox.operate('startCallRecording', one.call, 2);
        const { id: recordingId } = body as { id: string };
        const paused = { active: false };
        testbed.sandbox.operate('pauseResumeCallRecording', one.call, 2, paused, { recordingId });
        testbed.sandbox.clock.advance(500);
        return ['start_call_recording', on(one)];
      },
    ],
    'a recording of a conference': [
      /conference cannot be recorded/,
      async () => ['start_call_recording', on(await joined())],
    ],
    'a transfer to the outside while it rings': [
      /works in Answered or Hold/,
      () => ['transfer_call_party', on(testbed.ringing(), outside)],
    ],
    'a forwarding to the outside of a call that is answered': [
      /works in Setup or Proceeding/,
      () => ['forward_call_party', on(testbed.talking(), outside)],
    ],
    'a reply to a call that is answered': [
      /works in Setup or Proceeding/,
      () => ['reply_party', on(testbed.talking(), { replyWithText: 'Later.' })],
    ],
    "a hold on another's ringing call": [
      /works in Answered/,
      () => {
        const theirs = testbed.ringing('+16505550199', '+12055550102');
        return ['hold_call_party', on(theirs, { partyId: theirs.ours })];
      },
    ],
    'a pickup of a party that is not parked': [
      /works in Parked/,
      () => {
        const one = testbed.talking();
        return ['pickup_call_party', on(one, { partyId: one.theirs, deviceId: DESK_101 })];
      },
    ],
    'a pickup where nobody is parked': [
      /Nobody on call s-\w+ is Parked/,
      () => ['pickup_call_party', on(testbed.talking(), { deviceId: DESK_101 })],
    ],
    'a flip while the phone of another one rings': [
      /A phone rings on this call already/,
      () => {
        const one = testbed.talking();
        testbed.sandbox.operate('callFlipParty', one.call, 2, { callFlipId: '1' });
        testbed.sandbox.clock.advance(500);
        return ['call_flip_party', on(one, { callFlipId: '1' })];
      },
    ],
    'listening to an agent who is not on the call': [
      /agent is not on this call/,
      () => {
        const theirs = testbed.talking('+16505550199', '+12055550102', DESK_102);
        const agent = { agentExtensionNumber: '103', supervisorDeviceId: DESK_101 };
        return ['supervise_call_session', on(theirs, agent)];
      },
    ],
    'listening to one side of an agent who is not on the call': [
      /agent is not on this call/,
      () => {
        const theirs = testbed.talking('+16505550199', '+12055550102', DESK_102);
        const agentExtensionId = testbed.sandbox.ext('103');
        const agent = { partyId: theirs.theirs, agentExtensionId, supervisorDeviceId: DESK_101 };
        return ['supervise_call_party', on(theirs, agent)];
      },
    ],
    'a forwarding to oneself': [
      /rings at that extension already/,
      () => ['forward_call_party', on(testbed.ringing(), { extensionNumber: '101' })],
    ],
    'a forwarding to a number of oneself': [
      /rings at that extension already/,
      () => ['forward_call_party', on(testbed.ringing(), { phoneNumber: '+12055550101' })],
    ],
    'a transfer to oneself': [
      /on the call already.*call_flip_party moves/,
      () => ['transfer_call_party', on(testbed.talking(), { extensionNumber: '101' })],
    ],
    'a transfer to the id of oneself': [
      /on the call already/,
      () => ['transfer_call_party', on(testbed.talking(), { extensionId: testbed.sandbox.ext('101') })],
    ],
    'a transfer to a number of oneself, of a call on hold': [
      /on the call already/,
      () => ['transfer_call_party', on(held(testbed.talking()), { phoneNumber: '+12055550101' })],
    ],
    'a call from a phone that is offline': [
      /cannot be used now: it is Offline/,
      () => ['create_call_out_call_session', { fromDeviceId: offline(), toPhoneNumber: '+14155550177' }],
    ],
    'bringing somebody into a conference whose host has not joined': [
      /host is not in the conference/,
      async () => {
        const target = { targetTelephonySessionId: testbed.talking().call };
        return ['create_call_party_with_bring_in', on(await conference(), target)];
      },
    ],
    'bringing somebody into a call that is no conference': [
      /not a conference/,
      () => {
        const target = { targetTelephonySessionId: testbed.talking('+16505550199').call };
        return ['create_call_party_with_bring_in', on(testbed.talking(), target)];
      },
    ],
  };

  /** Of the call that they talk on, or the one that they hold, or both. */
  const plans: Record<string, (one: TestCall, held: TestCall) => Act> = {
    'a consultation': (one) => ['consult_and_transfer', on(one, { colleague: '102' })],
    'a consultation on a held call': (_one, waiting) => [
      'consult_and_transfer',
      on(waiting, { colleague: '102' }),
    ],
    'a swap': (one, waiting) => ['swap_calls', on(one, { targetTelephonySessionId: waiting.call })],
    'a merge': (one, waiting) => ['merge_calls', on(one, { targetTelephonySessionId: waiting.call })],
  };

  test.each(Object.entries(plans))(
    'nobody is asked about %s while they talk on another call',
    async (_, act) => {
      await ended(await joined());
      const waiting = held(testbed.talking('+16505550133'));
      const one = testbed.talking('+16505550144');
      testbed.talking('+16505550155');
      const { questions, answer = '' } = await testbed.call(...act(one, waiting));
      expect(questions).toEqual([]);
      expect(answer).toMatch(/"kind":"wrong_state"/);
      expect(answer).toMatch(/on another call, c\d+ with \+16505550155/);
      expect(answer).toContain('hold_call_party');
      expect(testbed.sent).toEqual([expect.stringContaining('/conference')]);
    },
  );

  test('a plan is not begun where they have begun to talk on another call since the question', async () => {
    const act = await testbed.call('consult_and_transfer', on(testbed.talking(), { colleague: '102' }));
    testbed.talking('+16505550155');
    await testbed.answer(act, sayYes);
    expect(endOf(act)).toBe('wrong_state');
    expect(testbed.sent).toEqual([]);
  });

  test.each(Object.entries(impossible))('nobody is asked about %s', async (_, [words, prepare]) => {
    const [tool, args] = await prepare();
    const before = testbed.sent.length;
    const act = await testbed.call(tool, args);
    expect(endOf(act)).toBe('wrong_state');
    expect(act.answer).toMatch(words);
    expect(act.questions).toEqual([]);
    expect(testbed.sent).toHaveLength(before);
  });

  /** The platform may refuse these, or may not: no table says so for sure. */
  const unlikely: Record<string, () => Act> = {
    'a recording of a held call': () => ['start_call_recording', on(held(testbed.talking()))],
    'a flip of a held call': () => ['call_flip_party', on(held(testbed.talking()), { callFlipId: '1' })],
    'dropping the other of two': () => {
      const one = testbed.talking();
      return ['delete_call_party', on(one, { partyId: one.theirs })];
    },
    "unholding another's call that nobody holds": () => {
      const theirs = testbed.talking('+16505550199', '+12055550102', DESK_102);
      return ['unhold_call_party', on(theirs, { partyId: theirs.ours })];
    },
  };
  const held = (one: TestCall): TestCall => {
    testbed.sandbox.act(one.call, 2, 'hold');
    testbed.sandbox.clock.advance(500);
    return one;
  };

  test.each(Object.entries(unlikely))('%s is asked about and sent', async (_, prepare) => {
    const act = await testbed.call(...prepare());
    expect(act.questions).toHaveLength(1);
    await testbed.answer(act, sayYes);
    expect(testbed.sent).toHaveLength(1);
  });

  test('a second phone of their own that rings is nobody else in a question', async () => {
    const one = testbed.talking();
    testbed.sandbox.operate('callFlipParty', one.call, 2, { callFlipId: '2' });
    testbed.sandbox.clock.advance(500);
    const { questions } = await testbed.call('delete_call_session', on(one));
    const [summary = '', ...lines] = questions[0]?.form.message.split('\n') ?? [];
    expect(summary).not.toContain('101');
    expect(lines.filter((line) => line.startsWith('- You, Alice Admin (extension 101)'))).toHaveLength(2);
  });

  test('nobody is asked about a reply that promises a call in no time', async () => {
    const reply = { pattern: 'WillCallYouBack', time: 0, timeUnit: 'Minute' };
    const { questions, answer } = await testbed.call('reply_party', on(testbed.ringing(), reply));
    expect(questions).toEqual([]);
    expect(answer).toMatch(/"kind":"invalid_input".*"parameter":"time"/);
  });

  test('what nobody was asked about does not use up the questions of a minute', async () => {
    const ringing = testbed.ringing();
    const talking = testbed.talking('+16505550199');
    for (let time = 0; time < 8; time += 1) {
      expect(endOf(await testbed.call('start_call_recording', on(ringing)))).toBe('wrong_state');
      const nobody = on(talking, { extensionNumber: '7777' });
      expect(endOf(await testbed.call('transfer_call_party', nobody))).toBe('not_found');
    }
    expect((await testbed.call('delete_call_session', on(talking))).questions).toHaveLength(1);
  });

  test('a call that became impossible during the question is not asked about again', async () => {
    const one = testbed.talking();
    const act = await testbed.call('start_call_recording', on(one));
    testbed.sandbox.operate('startCallRecording', one.call, 2);
    testbed.sandbox.clock.advance(500);
    await testbed.answer(act, sayYes);
    expect(endOf(act)).toBe('wrong_state');
    expect(act.questions).toHaveLength(1);
    expect(testbed.sent).toEqual([]);
  });

  test('an act that needs no question is not sent in vain either', async () => {
    const act = await testbed.call('hold_call_party', on(testbed.ringing()));
    expect(endOf(act)).toBe('wrong_state');
    expect(testbed.sent).toEqual([]);
  });
});

describe('what makes an act impossible', () => {
  const refuseRinging = (call: SessionView) =>
    call.parties.some(({ status }) => status.code === 'Proceeding')
      ? new Failure('wrong_state', 'It rings.')
      : undefined;

  test('is looked for in the fresh read, not in the call store', async () => {
    const { guard, ports } = guardTestbed();
    const host = createHost('2025', guard);
    ports.calls.call = () => inboundCall('s-1', 'Proceeding');
    ports.sessions.set('s-1', inboundCall('s-1'));
    await host.authorize(hangUp('s-1', { unmetPrecondition: refuseRinging }), yes);
    ports.calls.call = () => inboundCall('s-1');
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    const refusal = await failure(host.authorize(hangUp('s-1', { unmetPrecondition: refuseRinging }), yes));
    expect(refusal.message).toBe('It rings.');
    expect(host.shown).toHaveLength(1);
  });

  test('is told before the host is found unable to ask', async () => {
    const { guard, ports } = guardTestbed();
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    const act = hangUp('s-1', { unmetPrecondition: refuseRinging });
    expect((await failure(createHost('2026', guard).authorize(act))).kind).toBe('wrong_state');
  });

  test('is looked for where nobody is asked, too', async () => {
    const { guard, ports } = guardTestbed();
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    const act = { ...hold('s-1'), unmetPrecondition: refuseRinging };
    expect((await failure(createHost('2025', guard).authorize(act))).message).toBe('It rings.');
    expect(ports.requests).toEqual(['read s-1']);
  });

  test('does not count as a question', async () => {
    const { guard, ports } = guardTestbed();
    const host = createHost('2025', guard);
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    for (let time = 0; time < 7; time += 1) {
      await failure(host.authorize(hangUp('s-1', { unmetPrecondition: refuseRinging }), yes));
    }
    expect((await failure(host.authorize(hangUp('s-1'), cancel))).details.reason).toBe('cancelled');
  });
});
