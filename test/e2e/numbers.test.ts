import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Agent } from './support/agents.ts';
import type { Control } from './support/control.ts';
import type { Stage } from './support/operations.ts';
import { withoutLimits } from './support/process.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

/** What is dialled, and who is on the call: the real process under `trusted`, its person away. */
let testbed: E2eTestbed;
let control: Control;
let stage: Stage;
let agent: Agent;
let fromDeviceId: string;

beforeAll(async () => {
  testbed = await startE2eTestbed('v2 client, 2025', {
    serve: ['--policy', 'trusted'],
    sandbox: withoutLimits('a hundred numbers are tried on one login'),
  });
  ({ control, stage, agent } = testbed);
  agent.person.answer = () => ({ action: 'decline' });
  fromDeviceId = await control.deviceId('101');
});
afterAll(() => testbed.close());

/** What came of a tool call: the kind of its error, how often the person was asked, how many acts were sent. */
async function attempt(tool: string, args: object) {
  const asked = agent.questions.length;
  const { next } = await control.requests();
  const { structuredContent } = await agent.call(tool, { ...args });
  const { requests } = await control.requests(next);
  const acts = requests.filter(({ method, path }) => method !== 'GET' && path.includes('/telephony/'));
  return {
    kind: structuredContent?.error?.kind,
    asked: agent.questions.length - asked,
    sent: acts.length,
  };
}

it.each([
  ...['911', '112', '110', '10111', '1669', '062', '144', '143', '0112', '9911', '+49110', '9-1-1', '00112'],
  ...['+12129765555', '+16002001234', '+61147101234', '+447012345678', '+491371234567', '+3549091234'],
  ...['+34907123456', '+380900123456', '+8816123456789', '+870773111632', '+6286812345678', '+8617401234567'],
  ...[
    'tel:911',
    '+1 911',
    '１１２',
    '*67911',
    'x911',
    '(900) 555-1234',
    'tel:+19005551234',
    '01119005551234',
  ],
])('%s is denied', async (toPhoneNumber) => {
  const end = await attempt('create_call_out_call_session', { fromDeviceId, toPhoneNumber });
  expect(end).toEqual({ kind: 'denied', asked: 0, sent: 0 });
});

it('a number that is only formatted is given back as it is dialled', async () => {
  const { telephonySessionId } = await stage.talking();
  const acts: [string, object, string][] = [
    ['create_call_out_call_session', { fromDeviceId }, 'toPhoneNumber'],
    ['transfer_call_party', { telephonySessionId }, 'phoneNumber'],
    ['forward_call_party', { telephonySessionId }, 'phoneNumber'],
  ];
  const ways: [string, RegExp][] = [
    ...[
      'tel:+14155550199',
      '+1\u2011415\u2011555\u20110199',
      '＋１４１５５５５０１９９',
      '(415) 555-0199',
    ].map((way): [string, RegExp] => [way, /it is \+14155550199/]),
    ['+14155550199 ext 5', /give \+14155550199/],
    ['00442079460958', /it is \+442079460958/],
    ...['#102', '102#', 'sip:102@x.ringcentral.com', '１０２', 'ext 102'].map((way): [string, RegExp] => [
      way,
      /give 102 as (?:extensionNumber|toExtensionNumber)/,
    ]),
  ];
  for (const [tool, args, parameter] of acts) {
    for (const [way, message] of ways) {
      const { next } = await control.requests();
      const { structuredContent } = await agent.call(tool, { ...args, [parameter]: way });
      expect({ tool, way, error: structuredContent?.error }).toMatchObject({
        ...{ tool, way, error: { kind: 'invalid_input', message: expect.stringMatching(message) } },
      });
      const { requests } = await control.requests(next);
      expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    }
  }
  await control.drop(telephonySessionId);
});

it.each(['+4918012345678', '+15332345678', '411', '711', '+12995550199'])(
  '%s is asked about',
  async (toPhoneNumber) => {
    const end = await attempt('create_call_out_call_session', { fromDeviceId, toPhoneNumber });
    expect(end).toEqual({ kind: 'not_confirmed', asked: 1, sent: 0 });
  },
);

it.each(['110', '144', '18', '10111', '1669', '061', '911'])(
  'a call back from %s takes no act',
  async (phoneNumber) => {
    const leg = await stage.talking({ phoneNumber });
    const { telephonySessionId } = leg;
    for (const [tool, args] of [
      ['hold_call_party', {}],
      ['update_call_party', { muted: true }],
      ['transfer_call_party', { extensionNumber: '102' }],
      ['delete_call_session', {}],
    ] as const) {
      const end = await attempt(tool, { telephonySessionId, ...args });
      expect({ tool, ...end }).toEqual({ tool, kind: 'denied', asked: 0, sent: 0 });
    }
    await control.drop(telephonySessionId);
  },
);

it('a caller is not put through to people as if parked', async () => {
  const { telephonySessionId } = await stage.talking();
  for (const number of ['102', '200', '400']) {
    const parkOrbit = await control.extensionId(number);
    const end = await attempt('transfer_call_party', { telephonySessionId, parkOrbit });
    expect({ number, ...end }).toEqual({ number, kind: 'invalid_input', asked: 0, sent: 0 });
  }
  const menu = await attempt('transfer_call_party', { telephonySessionId, extensionNumber: '400' });
  expect(menu).toEqual({ kind: 'not_confirmed', asked: 1, sent: 0 });
  const location = await control.extensionId('300');
  const parked = await attempt('transfer_call_party', { telephonySessionId, parkOrbit: location });
  expect(parked).toEqual({ kind: undefined, asked: 0, sent: 1 });
});
