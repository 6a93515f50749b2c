import { DESK_101, DESK_102 } from 'ringcentral-sandbox/testing';
import { expect, test } from 'vitest';
import { presets } from '../../../src/guard/policy/presets.ts';
import { StepTestbed, sayYes, type TestCall, testCall } from '../support/step-testbed.ts';

interface Calls {
  talk: TestCall;
  second: TestCall;
  ring: TestCall;
  others: TestCall;
  ringsOthers: TestCall;
  consultation: TestCall;
}

/** Of each cell that tools reach, an act; then what `cautious`, `standard` and `trusted` do about it. */
const cells: [cell: string, tool: string, args: (calls: Calls) => object, ...verdicts: string[]][] = [
  ['reversible, own', 'hold_call_party', ({ talk }) => own(talk), 'ask', 'allow', 'allow'],
  [
    'reversible, own',
    'update_call_party',
    ({ talk }) => ({ ...own(talk), muted: true }),
    'ask',
    'allow',
    'allow',
  ],
  ['reversible, another', 'hold_call_party', ({ others }) => named(others), 'ask', 'ask', 'allow'],
  [
    'redirect, own',
    'transfer_call_party',
    ({ talk }) => ({ ...own(talk), extensionNumber: '102' }),
    'ask',
    'allow',
    'allow',
  ],
  [
    'redirect, own',
    'forward_call_party',
    ({ ring }) => ({ ...own(ring), extensionNumber: '102' }),
    'ask',
    'allow',
    'allow',
  ],
  [
    'redirect, own',
    'call_flip_party',
    ({ talk }) => ({ ...own(talk), callFlipId: '2' }),
    'ask',
    'allow',
    'allow',
  ],
  ['redirect, own', 'call_park_party', ({ talk }) => own(talk), 'ask', 'allow', 'allow'],
  ['redirect, own', 'reject_party', ({ ring }) => own(ring), 'ask', 'allow', 'allow'],
  ['redirect, own', 'create_conference_call_session', () => ({}), 'ask', 'allow', 'allow'],
  [
    'redirect, another',
    'transfer_call_party',
    ({ others }) => ({ ...named(others), extensionNumber: '103' }),
    'ask',
    'ask',
    'allow',
  ],
  [
    'redirect, outside',
    'transfer_call_party',
    ({ talk }) => ({ ...own(talk), phoneNumber: '+14155550177' }),
    'ask',
    'ask',
    'allow',
  ],
  [
    'redirect, outside',
    'forward_call_party',
    ({ ring }) => ({ ...own(ring), phoneNumber: '+14155550177' }),
    'ask',
    'ask',
    'allow',
  ],
  [
    'redirect, outside',
    'call_flip_party',
    ({ talk }) => ({ ...own(talk), callFlipId: '1' }),
    'ask',
    'ask',
    'allow',
  ],
  [
    'redirect, to a menu',
    'transfer_call_party',
    ({ talk }) => ({ ...own(talk), extensionNumber: '400' }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'redirect, shared cost',
    'forward_call_party',
    ({ ring }) => ({ ...own(ring), phoneNumber: '+4918012345678' }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'place-call, special service',
    'create_call_out_call_session',
    () => ({ fromDeviceId: DESK_101, toPhoneNumber: '411' }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'place-call, by another country’s plan',
    'create_call_out_call_session',
    () => ({ fromDeviceId: DESK_101, toExtensionNumber: '103', countryId: 224 }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'redirect, joined',
    'bridge_call_party',
    ({ talk, second }) => ({ ...own(talk), targetTelephonySessionId: second.call }),
    'ask',
    'ask',
    'allow',
  ],
  // As a transfer to that colleague.
  [
    'redirect, own',
    'bridge_call_party',
    ({ talk, consultation }) => ({ ...own(talk), targetTelephonySessionId: consultation.call }),
    'ask',
    'allow',
    'allow',
  ],
  [
    'place-call, own',
    'create_call_out_call_session',
    () => ({ fromDeviceId: DESK_101, toExtensionNumber: '103' }),
    'ask',
    'allow',
    'allow',
  ],
  [
    'place-call, own',
    'answer_call_party',
    ({ ring }) => ({ ...own(ring), deviceId: DESK_101 }),
    'ask',
    'allow',
    'allow',
  ],
  [
    'place-call, another',
    'answer_call_party',
    ({ ringsOthers }) => ({ ...named(ringsOthers), deviceId: DESK_101 }),
    'ask',
    'ask',
    'allow',
  ],
  [
    'place-call, outside',
    'create_call_out_call_session',
    () => ({ fromDeviceId: DESK_101, toPhoneNumber: '+14155550177' }),
    'ask',
    'ask',
    'allow',
  ],
  ['listen, own', 'start_call_recording', ({ talk }) => own(talk), 'ask', 'ask', 'ask'],
  [
    'listen, another',
    'supervise_call_session',
    ({ others }) => ({
      telephonySessionId: others.call,
      agentExtensionNumber: '102',
      supervisorDeviceId: DESK_101,
    }),
    'ask',
    'ask',
    'ask',
  ],
  ['destructive, own', 'delete_call_session', ({ talk }) => own(talk), 'ask', 'ask', 'ask'],
  [
    'destructive, own',
    'reply_party',
    ({ ring }) => ({ ...own(ring), replyWithText: 'Later.' }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'destructive, another',
    'delete_call_party',
    ({ talk }) => ({ telephonySessionId: talk.call, partyId: talk.theirs }),
    'ask',
    'ask',
    'ask',
  ],
  [
    'destructive, another',
    'delete_call_session',
    ({ others }) => ({ telephonySessionId: others.call }),
    'ask',
    'ask',
    'ask',
  ],
];

const own = ({ call }: TestCall) => ({ telephonySessionId: call });
const named = ({ call, ours }: TestCall) => ({ telephonySessionId: call, partyId: ours });

/** 101 has called 102, who answered. */
function consulting({ sandbox }: StepTestbed): TestCall {
  const call = testCall(sandbox.call('101', '102'));
  sandbox.clock.advance(500);
  sandbox.act(call.call, 2, 'answer', { deviceId: DESK_102 });
  sandbox.clock.advance(500);
  return call;
}

const names = ['cautious', 'standard', 'trusted'] as const;
const every = cells.flatMap(([cell, tool, args, ...verdicts]) =>
  names.map((preset, index) => ({ preset, cell, tool, verdict: verdicts[index], args })),
);

test.each(every)('$preset: $cell, $tool → $verdict', async ({ preset, tool, args, verdict }) => {
  const testbed = new StepTestbed('2026', { policy: presets[preset] });
  const calls = {
    talk: testbed.talking(),
    second: testbed.talking('+16505550198'),
    ring: testbed.ringing('+16505550199'),
    others: testbed.talking('+16505550197', '+12055550102', DESK_102),
    ringsOthers: testbed.ringing('+16505550196', '+12055550103'),
    consultation: consulting(testbed),
  };
  await testbed.inner.start();
  const act = await testbed.call(tool, args(calls));
  expect({ questions: act.questions.length, sent: testbed.sent.length, answer: act.answer }).toEqual(
    verdict === 'ask'
      ? { questions: 1, sent: 0, answer: undefined }
      : { questions: 0, sent: 1, answer: expect.any(String) },
  );
  await testbed.inner.close();
});

/** `end-own`: a call that this server placed for this principal and nobody answered, inside and outside the account. */
const endings = names.flatMap((preset) =>
  [{ toExtensionNumber: '102' }, { toPhoneNumber: '+16505550177' }].map((to) => ({
    preset,
    to,
    verdict: preset === 'cautious' ? 'ask' : 'allow',
  })),
);

test.each(endings)('$preset: end-own, a call to $to → $verdict', async ({ preset, to, verdict }) => {
  const testbed = new StepTestbed('2026', { policy: presets[preset] });
  await testbed.inner.start();
  const placed = await testbed.call('create_call_out_call_session', { fromDeviceId: DESK_101, ...to });
  if (placed.questions.length > 0) await testbed.answer(placed, sayYes);
  testbed.sandbox.clock.advance(1_000);
  const [, telephonySessionId = ''] = /"id":"(s-[^"]+)"/.exec(placed.answer ?? '') ?? [];
  const before = testbed.sent.length;
  const act = await testbed.call('delete_call_session', { telephonySessionId });
  expect({ questions: act.questions.length, sent: testbed.sent.length - before, answer: act.answer }).toEqual(
    verdict === 'ask'
      ? { questions: 1, sent: 0, answer: undefined }
      : { questions: 0, sent: 1, answer: expect.any(String) },
  );
  await testbed.inner.close();
});
