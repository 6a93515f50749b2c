import { DESK_101, DESK_102 } from 'ringcentral-sandbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { Guard } from '../../src/guard/contract.ts';
import { eras } from './support/host.ts';
import { endOf, StepTestbed, type TestCall } from './support/step-testbed.ts';

interface Calls {
  talk: TestCall;
  ring: TestCall;
}

/** What `standard` lets through. */
const allowed: Record<string, (calls: Calls) => [tool: string, args: object]> = {
  hold: ({ talk }) => ['hold_call_party', { telephonySessionId: talk.call }],
  mute: ({ talk }) => ['update_call_party', { telephonySessionId: talk.call, muted: true }],
  park: ({ talk }) => ['call_park_party', { telephonySessionId: talk.call }],
  reject: ({ ring }) => ['reject_party', { telephonySessionId: ring.call }],
  answer: ({ ring }) => ['answer_call_party', { telephonySessionId: ring.call, deviceId: DESK_101 }],
  'forward inside': ({ ring }) => [
    'forward_call_party',
    { telephonySessionId: ring.call, extensionNumber: '102' },
  ],
  'transfer inside': ({ talk }) => [
    'transfer_call_party',
    { telephonySessionId: talk.call, extensionNumber: '102' },
  ],
  'transfer to a number of the account': ({ talk }) => [
    'transfer_call_party',
    { telephonySessionId: talk.call, phoneNumber: '+12055550102' },
  ],
  'transfer to voicemail': ({ talk, ...calls }) => [
    'transfer_call_party',
    { telephonySessionId: talk.call, voicemail: (calls as unknown as { colleague: string }).colleague },
  ],
  'flip to the own desk phone': ({ talk }) => [
    'call_flip_party',
    { telephonySessionId: talk.call, callFlipId: '2' },
  ],
  'call-out inside': () => [
    'create_call_out_call_session',
    { fromDeviceId: DESK_101, toExtensionNumber: '103' },
  ],
  conference: () => ['create_conference_call_session', {}],
};

/** Lets everything through and looks at nothing. */
const none = (guard: Guard): Guard => ({
  ...guard,
  async run(_action, _asker, act) {
    const ready = await act.prepare();
    const send = async (body: object | undefined) => {
      const answer = await ready.send(body, () => {});
      if (answer === undefined) throw new Error('the login was refused');
      return answer;
    };
    return (await act.execute({ send, targets: [], endsOwn: false })).result;
  },
});

let testbed: StepTestbed;
let laidOut: { calls: Calls };
afterEach(() => testbed.inner.close());

describe.each(eras)('with hosts of %s', (era) => {
  /** All requests from one tool call on, until everything is quiet, with a guard or without one. */
  async function requests(
    name: string,
    options: ConstructorParameters<typeof StepTestbed>[1],
    warm: boolean,
  ) {
    testbed = new StepTestbed(era, options);
    const calls = {
      talk: testbed.talking(),
      ring: testbed.ringing('+16505550199'),
      colleague: testbed.sandbox.ext('102'),
    };
    await testbed.inner.start();
    // As the server does when its feed is live.
    if (warm) await testbed.warm();
    testbed.requests.length = 0;
    laidOut = { calls };
    const [tool, args] = allowed[name]?.(calls) ?? ['', {}];
    const act = await testbed.call(tool, args);
    expect(endOf(act)).toBe('done');
    expect(act.questions).toEqual([]);
    await testbed.inner.wait(5_000);
    return testbed.requests;
  }

  /**
   * What an allowed act costs beside its own request: the look at its calls, and what its phones and flip numbers
   * mean now.
   */
  const looks: Record<string, (calls: Calls) => string[]> = {
    answer: ({ ring }) => [`GET /telephony/sessions/${ring.call}`, 'GET /extension/~/device'],
    reject: ({ ring }) => [`GET /telephony/sessions/${ring.call}`],
    'forward inside': ({ ring }) => [`GET /telephony/sessions/${ring.call}`],
    'flip to the own desk phone': ({ talk }) => [
      ...[
        `GET /telephony/sessions/${talk.call}`,
        'GET /extension/~/device',
        'GET /extension/~/forwarding-number',
      ],
    ],
    'call-out inside': () => ['GET /extension/~/device'],
    conference: () => [],
  };

  test.each(Object.keys(allowed))('%s costs its look and nothing else', async (name) => {
    const guarded = await requests(name, {}, true);
    const { calls } = laidOut;
    await testbed.inner.close();
    const unguarded = await requests(name, { guarded: none }, true);
    const cost = (looks[name] ?? (({ talk }) => [`GET /telephony/sessions/${talk.call}`]))(calls);
    expect([...guarded].sort()).toEqual([...unguarded, ...cost].sort());
    expect(testbed.sent).toHaveLength(1);
  });

  test.each([
    ['transfer inside', ['GET ', 'GET /directory/entries']],
    ['call-out inside', ['GET ', 'GET /directory/entries', 'GET /extension/~/device']],
    ['transfer to a number of the account', ['GET ', 'GET /directory/entries']],
  ])('the first %s, of a directory that nobody has read yet, costs its look-ups', async (name, lookUps) => {
    const all = await requests(name, {}, false);
    const before = all.slice(
      0,
      all.findIndex((request) => request.startsWith('POST')),
    );
    expect(before.filter((request) => !request.includes('/telephony/')).sort()).toEqual(lookUps);
  });
});

test('a question costs the reads that it promises: one before it, one after the yes', async () => {
  testbed = new StepTestbed('2026');
  const others = testbed.talking('+16505550199', '+12055550102', DESK_102);
  await testbed.inner.start();
  await testbed.warm();
  const look = { telephonySessionId: others.call, fresh: true };
  await testbed.call('read_call_session_status', look);
  testbed.requests.length = 0;
  const act = await testbed.call('delete_call_session', { telephonySessionId: others.call });
  expect(testbed.requests).toEqual([`GET /telephony/sessions/${others.call}`]);
  testbed.requests.length = 0;
  await testbed.answer(act, { action: 'accept', content: { confirm: true } });
  expect(testbed.requests.slice(0, 2)).toEqual([
    `GET /telephony/sessions/${others.call}`,
    `DELETE /telephony/sessions/${others.call}`,
  ]);
});
