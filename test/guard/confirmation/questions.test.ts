import { DESK_101, DESK_102, id } from 'ringcentral-sandbox/testing';
import { expect, test } from 'vitest';
import { type Act, StepTestbed, sayYes, type TestCall, testCall } from '../support/step-testbed.ts';

const maria = { phoneNumber: '+16505550123', name: 'Maria Lopez' };
const tom = '+16505550188';
const DESK_103 = '60103001';

/** A small company at the desk of 101, where an agent works. */
class Office {
  readonly testbed = new StepTestbed('2026');

  get sandbox() {
    return this.testbed.sandbox;
  }

  ringing = (): TestCall => this.testbed.ringing(maria);
  talking = (from: string | typeof maria = maria): TestCall => this.testbed.talking(from);

  /** 101 called a colleague, who has answered. */
  async withColleague(extensionNumber: string, deviceId: string): Promise<string> {
    const { call } = testCall(this.sandbox.call('101', extensionNumber));
    this.sandbox.clock.advance(500);
    this.sandbox.act(call, 2, 'answer', { deviceId });
    this.sandbox.clock.advance(500);
    await this.testbed.call('read_call_session_status', { telephonySessionId: call, fresh: true });
    return call;
  }

  /** The phone of 101 has hosted a conference, which is over. */
  async hostedOnce(): Promise<void> {
    this.sandbox.act(await this.conference(), 1, 'hangup');
    this.sandbox.clock.advance(500);
  }

  /** A conference that 101 hosts, with these calls in it. */
  async conference(...calls: string[]): Promise<string> {
    const made = await this.testbed.call('create_conference_call_session', {});
    const conference = /"id":"(s-\w+)"/.exec(made.answer ?? '')?.[1] ?? '';
    this.sandbox.act(conference, 1, 'join', { deviceId: DESK_101 });
    this.sandbox.clock.advance(500);
    for (const targetTelephonySessionId of calls) {
      const args = { telephonySessionId: conference, targetTelephonySessionId };
      const act = await this.testbed.call('create_call_party_with_bring_in', args);
      if (act.questions.length > 0) await this.testbed.answer(act, sayYes);
      this.sandbox.clock.advance(2_000);
    }
    return conference;
  }
}

type Situation = [title: string, tool: string, args: (office: Office) => object | Promise<object>];

const on = ({ call }: TestCall, more: object = {}) => ({ telephonySessionId: call, ...more });

/** One for each tool that asks, and for each situation in which its question is another one. */
const situations: Situation[] = [
  ['Ending a call', 'delete_call_session', ({ talking }) => on(talking())],
  [
    'Ending a conference',
    'delete_call_session',
    async (office) => {
      const { call } = office.talking();
      const bob = await office.withColleague('102', DESK_102);
      return { telephonySessionId: await office.conference(call, bob) };
    },
  ],
  [
    'Dropping somebody from a conference',
    'delete_call_party',
    async (office) => {
      const [one, two] = [office.talking(), office.talking(tom)];
      const conference = await office.conference(one.call, two.call);
      return { telephonySessionId: conference, partyId: id(conference, 3) };
    },
  ],
  [
    'Dropping a colleague from a call',
    'delete_call_party',
    ({ testbed }) => {
      const others = testbed.talking(maria, '+12055550102', DESK_102);
      return on(others, { partyId: others.ours });
    },
  ],
  [
    "Replying in the agent's words",
    'reply_party',
    ({ ringing }) => on(ringing(), { replyWithText: 'I am in the dentist’s chair. Please call at five.' }),
  ],
  [
    'Replying with a ready message',
    'reply_party',
    ({ ringing }) => on(ringing(), { pattern: 'WillCallYouBack', time: 10, timeUnit: 'Minute' }),
  ],
  ['Recording', 'start_call_recording', ({ talking }) => on(talking())],
  [
    'Recording a call that one listens in on',
    'start_call_recording',
    async ({ testbed }) => {
      const others = testbed.talking(maria, '+12055550102', DESK_102);
      const listen = { agentExtensionNumber: '102', supervisorDeviceId: DESK_101 };
      await testbed.answer(await testbed.call('supervise_call_session', on(others, listen)), sayYes);
      testbed.sandbox.clock.advance(500);
      return on(others);
    },
  ],
  [
    "Listening to an agent's call",
    'supervise_call_session',
    ({ testbed }) => {
      const others = testbed.talking(maria, '+12055550102', DESK_102);
      return on(others, { agentExtensionNumber: '102', supervisorDeviceId: DESK_101 });
    },
  ],
  [
    'Listening to one side of a call',
    'supervise_call_party',
    ({ testbed }) => {
      const others = testbed.talking(maria, '+12055550102', DESK_102);
      const agentExtensionId = testbed.sandbox.ext('102');
      return on(others, { partyId: others.theirs, agentExtensionId, supervisorDeviceId: DESK_101 });
    },
  ],
  [
    'Transferring a call to a number outside',
    'transfer_call_party',
    ({ talking }) => on(talking(), { phoneNumber: '+442079460000' }),
  ],
  [
    'Transferring a call to a menu',
    'transfer_call_party',
    ({ talking }) => on(talking(), { extensionNumber: '400' }),
  ],
  [
    'Forwarding a ringing call to a number outside',
    'forward_call_party',
    ({ ringing }) => on(ringing(), { phoneNumber: '+14155550177' }),
  ],
  ['Moving a call to the mobile', 'call_flip_party', ({ talking }) => on(talking(), { callFlipId: '1' })],
  [
    'Calling a number outside',
    'create_call_out_call_session',
    () => ({ fromDeviceId: DESK_101, toPhoneNumber: '+14155550177' }),
  ],
  [
    'Connecting two callers',
    'bridge_call_party',
    ({ talking }) => on(talking(), { targetTelephonySessionId: talking(tom).call }),
  ],
  [
    'Bringing a caller into a conference',
    'create_call_party_with_bring_in',
    async (office) => {
      const { call } = office.talking();
      const bob = await office.withColleague('102', DESK_102);
      return { telephonySessionId: await office.conference(bob), targetTelephonySessionId: call };
    },
  ],
  [
    'Bringing a colleague into a conference with a caller',
    'create_call_party_with_bring_in',
    async (office) => {
      const { call } = office.talking();
      const carol = await office.withColleague('103', DESK_103);
      return { telephonySessionId: await office.conference(call), targetTelephonySessionId: carol };
    },
  ],
  [
    'Consulting a colleague, and connecting the caller',
    'consult_and_transfer',
    ({ talking }) => on(talking(), { colleague: '102' }),
  ],
  [
    'Consulting a colleague, and being told',
    'consult_and_transfer',
    ({ talking }) => on(talking(), { colleague: '102', ifAnswered: 'tell_me', ifNot: 'tell_me' }),
  ],
  [
    'Consulting a colleague about a caller on hold',
    'consult_and_transfer',
    ({ talking, sandbox }) => {
      const one = talking();
      sandbox.act(one.call, 2, 'hold');
      return on(one, { colleague: '102' });
    },
  ],
  [
    'Swapping two calls',
    'swap_calls',
    async ({ talking, testbed }) => {
      const { call } = talking(tom);
      await testbed.call('hold_call_party', { telephonySessionId: call });
      return on(talking(), { targetTelephonySessionId: call });
    },
  ],
  [
    'Merging two calls',
    'merge_calls',
    async (office) => {
      await office.hostedOnce();
      const { call } = office.talking(tom);
      return on(office.talking(), { targetTelephonySessionId: call });
    },
  ],
  [
    'Merging a call into a conference',
    'merge_calls',
    async (office) => {
      await office.conference(await office.withColleague('102', DESK_102));
      return on(office.talking());
    },
  ],
  [
    'Opening the microphone that the person has muted',
    'update_call_party',
    ({ talking, sandbox }) => {
      const one = talking();
      sandbox.act(one.call, 2, 'mute');
      return on(one, { muted: false });
    },
  ],
  [
    'Taking a call off the hold that the person has made',
    'unhold_call_party',
    ({ talking, sandbox }) => {
      const one = talking();
      sandbox.act(one.call, 2, 'hold');
      return on(one);
    },
  ],
];

async function ask([, tool, args]: Situation): Promise<Act> {
  const office = new Office();
  await office.testbed.inner.start();
  const act = await office.testbed.call(tool, await args(office));
  await office.testbed.inner.close();
  return act;
}

/** The question as a host shows it: the message, and what can be chosen. Seconds pass while a testbed is made ready. */
function page([title, tool]: Situation, { questions, answer }: Act): string {
  const { form } = questions[0] ?? {};
  if (!form) throw new Error(`${title}: nobody was asked: ${answer}`);
  const choices = form.requestedSchema.properties.decision?.enum ?? ['Do it: yes or no'];
  const quoted = form.message
    .split('\n')
    .map((line) => `> ${line.replace(/^- /, '• ').replace(/\(\d+ s\)/, '(some s)')}  `);
  return [`## ${title}`, `\`${tool}\``, quoted.join('\n'), choices.map((one) => `- ${one}`).join('\n')].join(
    '\n\n',
  );
}

test('the questions of the policy "standard" read like a page', async () => {
  const acts: Act[] = [];
  for (const situation of situations) acts.push(await ask(situation));
  const pages = situations.map((situation, index) => page(situation, acts[index] as Act));
  const intro =
    '# What a person is asked\n\nOne question for each tool that asks and each situation in which it reads otherwise, ' +
    'by the policy `standard`, on the sandbox.\nWritten by test/guard/confirmation/questions.test.ts.';
  await expect(`${[intro, ...pages].join('\n\n')}\n`).toMatchFileSnapshot('../../../docs/questions.md');
});

test('no question has an id, an arrow, or "this party" in it', async () => {
  for (const situation of situations) {
    const { message = '' } = (await ask(situation)).questions[0]?.form ?? {};
    expect(message, situation[0]).not.toMatch(/\b[sp]-[0-9a-f]|\bid\b|←|→|this party|\d{7,}(?!\d)(?<!\+\d+)/);
    expect(
      message.match(new RegExp(`\\${maria.phoneNumber}[^\\n]*?number not verified`, 'g'))?.length ?? 0,
    ).toBeLessThan(2);
  }
});
