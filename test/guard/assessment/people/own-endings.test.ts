import { DESK_101, DESK_102, id } from 'ringcentral-sandbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { presets } from '../../../../src/guard/policy/presets.ts';
import { hangUpNow } from '../../../../src/tools/runtime/hang-up.ts';
import { type Act, endOf, StepTestbed, sayYes } from '../../support/step-testbed.ts';

/** Ending a call that this server placed for this principal, and that nobody has answered. */

let testbed: StepTestbed;
const open = async (preset: keyof typeof presets = 'standard') => {
  const caps = { ringing: 1_000, outside: 1_000, calls: 1_000 };
  testbed = new StepTestbed('2025', { policy: { ...presets[preset], caps } });
  await testbed.inner.start();
};
beforeEach(() => open());
afterEach(() => testbed.inner.close());

const callOf = ({ answer = '' }: Act): string => /"id":"(s-[^"]+)"/.exec(answer)?.[1] ?? '';

/** Places a call from the desk phone to extension 102, or another, and gives its id. */
async function place(to: object = { toExtensionNumber: '102' }, more: object = {}): Promise<string> {
  const act = await testbed.call('create_call_out_call_session', { fromDeviceId: DESK_101, ...to, ...more });
  if (act.questions.length > 0) await testbed.answer(act, sayYes);
  expect(endOf(act), act.answer).toBe('done');
  testbed.sandbox.clock.advance(1_000);
  return callOf(act);
}
const end = (call: string, principal = 'ann') =>
  testbed.call('delete_call_session', { telephonySessionId: call }, principal);
const isAsked = ({ questions }: Act) => questions.length > 0;

describe('a call that this server placed', () => {
  test('is ended without a question while it rings', async () => {
    const act = await end(await place());
    expect(isAsked(act)).toBe(false);
    expect(endOf(act)).toBe('done');
    expect(act.answer).toContain('nobody had answered');
  });

  test('and so one that rings outside', async () => {
    const act = await end(await place({ toPhoneNumber: '+16505550177' }));
    expect([isAsked(act), endOf(act)]).toEqual([false, 'done']);
  });

  test("is ended without a question in an extension's voicemail", async () => {
    const call = await place();
    await testbed.inner.wait(25_000);
    expect(statusOf(call, 2)).toBe('VoiceMail');
    const act = await end(call);
    expect([isAsked(act), endOf(act)]).toEqual([false, 'done']);
  });

  test('asks once somebody has answered', async () => {
    const call = await place();
    testbed.sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
    const act = await end(call);
    expect(isAsked(act)).toBe(true);
    expect(act.questions[0]?.form.message).toContain('hang up for everyone');
  });

  test('asks when whoever answered has sent it on, and it rings again', async () => {
    const call = await place();
    testbed.sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
    testbed.sandbox.act(call, 2, 'transfer', { extensionNumber: '103' });
    testbed.sandbox.clock.advance(500);
    expect(isAsked(await end(call))).toBe(true);
  });

  test('asks another principal', async () => {
    expect(isAsked(await end(await place(), 'bob'))).toBe(true);
  });

  test('cannot be ended where it is a call to emergency services, or those were on the line', async () => {
    const call = await place();
    testbed.sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
    testbed.sandbox.act(call, 2, 'transfer', { phoneNumber: '911' });
    testbed.sandbox.clock.advance(1_000);
    const act = await end(call);
    expect([isAsked(act), endOf(act)]).toEqual([false, 'denied']);
  });
});

test('a call that the person dialled by hand asks, though it only rings', async () => {
  const call = testbed.sandbox.call(
    { extensionNumber: '101', deviceId: DESK_101 },
    { extensionNumber: '102' },
  );
  testbed.sandbox.clock.advance(500);
  expect(isAsked(await end(call))).toBe(true);
});

test('under cautious it is asked in light words, and the yes is void once somebody answers', async () => {
  await testbed.inner.close();
  await open('cautious');
  const call = await place();
  const act = await end(call);
  expect(act.questions[0]?.form.message).toContain('nobody has answered');
  expect(act.questions[0]?.form.message).not.toContain('Cannot be undone');
  testbed.sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
  await testbed.answer(act, sayYes);
  expect(act.questions).toHaveLength(2);
  expect(act.questions[1]?.form.message).toContain('hang up for everyone');
});

describe('listening in', () => {
  const listen = async (): Promise<{ call: string; leg: string }> => {
    const { call } = testbed.talking('+16505550197', '+12055550102', DESK_102);
    const act = await testbed.call('supervise_call_session', {
      ...{ telephonySessionId: call, agentExtensionNumber: '102', supervisorDeviceId: DESK_101 },
    });
    await testbed.answer(act, sayYes);
    expect(endOf(act), act.answer).toBe('done');
    return { call, leg: id(call, 3) };
  };
  const drop = (call: string, partyId: string, principal = 'ann') =>
    testbed.call('delete_call_party', { telephonySessionId: call, partyId }, principal);

  test('is ended without a question by who began it', async () => {
    const { call, leg } = await listen();
    const act = await drop(call, leg);
    expect([isAsked(act), endOf(act)]).toEqual([false, 'done']);
    expect(act.answer).toContain('You no longer listen in');
  });

  test('asks another principal, and for the parties that talk', async () => {
    const { call, leg } = await listen();
    expect(isAsked(await drop(call, leg, 'bob'))).toBe(true);
    expect(isAsked(await drop(call, id(call, 2)))).toBe(true);
  });
});

describe('hangUpAfterSeconds', () => {
  test.each(['standard', 'cautious'] as const)('under %s ends what nobody answered', async (preset) => {
    await testbed.inner.close();
    await open(preset);
    const call = await place(undefined, { hangUpAfterSeconds: 15 });
    await testbed.inner.wait(13_000);
    expect(statusOf(call, 2)).toBe('Proceeding');
    await testbed.inner.wait(5_000);
    expect(statusOf(call, 2)).toBe('Disconnected');
  });

  test('ends it in voicemail, too', async () => {
    const call = await place(undefined, { hangUpAfterSeconds: 40 });
    await testbed.inner.wait(35_000);
    expect(statusOf(call, 2)).toBe('VoiceMail');
    await testbed.inner.wait(8_000);
    expect(statusOf(call, 2)).toBe('Disconnected');
  });

  test('leaves a call that was answered', async () => {
    const call = await place(undefined, { hangUpAfterSeconds: 15 });
    testbed.sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
    await testbed.inner.wait(60_000);
    expect(statusOf(call, 2)).toBe('Answered');
  });

  test('does so although the client has gone, and not once the server has', async () => {
    const first = await place(undefined, { hangUpAfterSeconds: 15 });
    await testbed.inner.leave('ann');
    await testbed.inner.wait(18_000);
    expect(statusOf(first, 2)).toBe('Disconnected');
    await testbed.inner.close();
    await open();
    const second = await place(undefined, { hangUpAfterSeconds: 15 });
    await testbed.inner.start();
    await testbed.inner.wait(18_000);
    expect(statusOf(second, 2)).toBe('Proceeding');
  });

  test('tries again where the call could not be read', async () => {
    const call = await place(undefined, { hangUpAfterSeconds: 15 });
    const { platform } = testbed.inner.line;
    const { readSession } = platform;
    testbed.breakReads();
    await testbed.inner.wait(16_000);
    platform.readSession = readSession;
    expect(statusOf(call, 2)).toBe('Proceeding');
    await testbed.inner.wait(10_000);
    expect(statusOf(call, 2)).toBe('Disconnected');
  });

  test('is carried out by another process, too, which has not placed it: the same way', async () => {
    const rings = await place(undefined, { hangUpAfterSeconds: 60 });
    const answered = await place(undefined, { hangUpAfterSeconds: 60 });
    testbed.sandbox.act(answered, 2, 'answer', { deviceId: DESK_102 });
    await testbed.inner.start();
    const { signal } = new AbortController();
    const done = [rings, answered].map((telephonySessionId) =>
      hangUpNow({ telephonySessionId, principal: 'ann', retries: 0 }, testbed.inner.line, signal),
    );
    await testbed.inner.wait(2_000);
    await Promise.all(done);
    expect([rings, answered].map((call) => statusOf(call, 2))).toEqual(['Disconnected', 'Answered']);
  });

  test('is said in the result, and in the question', async () => {
    await testbed.inner.close();
    await open('cautious');
    const act = await testbed.call('create_call_out_call_session', {
      ...{ fromDeviceId: DESK_101, toExtensionNumber: '102', hangUpAfterSeconds: 30 },
    });
    expect(act.questions[0]?.form.message).toContain('Ends by itself after 30 seconds');
    await testbed.answer(act, sayYes);
    expect(act.answer).toContain('ends by itself after 30 s');
    expect(act.answer).toContain('may be cut off');
  });
});

/** The state of a party, which a call that ended a while ago no longer has. */
const statusOf = (call: string, party: number): string => {
  const session = testbed.sandbox.engine.session(call) as
    | { parties: { id: string; status: { code: string } }[] }
    | undefined;
  return session?.parties.find((one) => one.id === id(call, party))?.status.code ?? 'Disconnected';
};
