import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds, type ToolAnswer, yes } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type Leg, type Stage, succeeded } from './support/operations.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

const kinds = clientKinds.filter((kind) => kind !== 'v1 client');
const operator = { phoneNumber: '911' };
const strangers = [{ phoneNumber: '+14155550171' }, { phoneNumber: '+14155550172' }];

/**
 * What others do is told to nobody: the login sees its own party only. The platform's limits on requests hold, and no
 * act may rest on what was so before.
 */
describe.each(kinds)('a verdict rests on what is true now, with the %s', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;
  let since: number;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind);
    ({ control, stage, agent } = testbed);
    agent.person.answer = () => ({ action: 'decline' });
  });
  afterEach(() => testbed.close());

  /** The colleague's own party of a call. */
  async function partyOf({ telephonySessionId }: Leg, extensionNumber: string) {
    const id = await control.extensionId(extensionNumber);
    return control.party(telephonySessionId, (party) => String(party.extensionId) === id);
  }

  /** 102 sends the call on, and whoever is called there answers. */
  async function sendOn(leg: Leg, to: { phoneNumber: string }): Promise<void> {
    const colleague = await partyOf(leg, '102');
    await control.act(leg.telephonySessionId, colleague.id, 'transfer', to);
    const called = await control.party(
      leg.telephonySessionId,
      (party) => party.to?.phoneNumber === to.phoneNumber && party.extensionId === undefined,
    );
    await control.act(leg.telephonySessionId, called.id, 'answer');
  }

  /** The agent looks at a call, and everything that it remembers of it is right. */
  const see = async ({ telephonySessionId }: Leg) =>
    succeeded(await agent.call('read_call_session_status', { telephonySessionId }));

  /** Until none is left that an agent may use. */
  async function burnReads({ telephonySessionId }: Leg): Promise<void> {
    for (let read = 0; read < 60; read += 1) {
      const { isError } = await agent.call('read_call_session_status', { telephonySessionId, fresh: true });
      if (isError) return;
    }
    throw new Error('reads are not limited');
  }

  const mark = async () => {
    since = (await control.requests()).next;
  };
  const acts = async () =>
    (await control.requests(since)).requests.filter(
      ({ method, path }) => method !== 'GET' && path.includes('/telephony/'),
    );
  const kindOf = ({ structuredContent }: ToolAnswer) => structuredContent?.error?.kind;

  it.each([false, true])(
    'outsiders who were put in colleagues’ places are not joined (reads burnt: %s)',
    async (burnt) => {
      const one = await stage.consulting();
      await see(one);
      await agent.call('hold_call_party', { telephonySessionId: one.telephonySessionId });
      const customer = await stage.talking(strangers[0]);
      await see(customer);
      await sendOn(one, strangers[1] ?? operator);
      if (burnt) await burnReads(customer);
      await mark();
      const answer = await agent.call('bridge_call_party', {
        telephonySessionId: one.telephonySessionId,
        targetTelephonySessionId: customer.telephonySessionId,
      });
      expect(answer.isError).toBe(true);
      expect(kindOf(answer)).toMatch(/^(not_confirmed|rate_limited)$/);
      if (kindOf(answer) === 'not_confirmed') {
        expect(agent.questions.at(-1)?.message).toContain(strangers[1]?.phoneNumber);
      }
      expect(await acts()).toEqual([]);
    },
  );

  it.each([
    ['hold_call_party', {}],
    ['update_call_party', { muted: true }],
    ['transfer_call_party', { extensionNumber: '103' }],
    ['delete_call_session', {}],
    ['start_call_recording', {}],
  ])('%s touches no operator of 911 whom a colleague put on the call', async (tool, args) => {
    const leg = await stage.consulting();
    await see(leg);
    await sendOn(leg, operator);
    await mark();
    agent.person.answer = () => ({ action: 'accept', content: { confirm: true } });
    const answer = await agent.call(tool, { telephonySessionId: leg.telephonySessionId, ...args });
    expect(kindOf(answer)).toBe('denied');
    expect(answer.content[0]?.text).toContain('use your phone now');
    expect(agent.questions).toEqual([]);
    expect(await acts()).toEqual([]);
  });

  it.each([
    ['update_call_party', { muted: true }],
    ['hold_call_party', {}],
    ['delete_call_session', {}],
  ])('%s of a conference touches no operator of 911 among those who were brought in', async (tool, args) => {
    const conference = await stage.hosting(async (name) => succeeded(await agent.call(name)));
    const deviceId = await control.deviceId('101');
    const call = await control.dial({ extensionNumber: '101', deviceId }, operator);
    const called = await control.party(call, (party) => party.extensionId === undefined);
    await control.act(call, called.id, 'answer');
    const own = await control.party(call, (party) => party.extensionId !== undefined);
    const brought = { sessionId: call, partyId: own.id };
    expect(await testbed.otherApp('POST', `/sessions/${conference}/parties/bring-in`, brought)).toBe(201);
    await mark();
    agent.person.answer = yes;
    const answer = await agent.call(tool, { telephonySessionId: conference, ...args });
    expect(kindOf(answer)).toBe('denied');
    expect(agent.questions).toEqual([]);
    expect(await acts()).toEqual([]);
  });

  it('sound is given back to 911 unasked, whoever took it', async () => {
    const leg = await stage.consulting();
    await control.act(leg.telephonySessionId, leg.partyId, 'mute');
    await see(leg);
    await sendOn(leg, operator);
    await mark();
    await agent.call('update_call_party', { telephonySessionId: leg.telephonySessionId, muted: false });
    expect(agent.questions).toEqual([]);
    expect(await acts()).toHaveLength(1);
  });

  it('an act is not sent again after a refused login without a look at the call', async () => {
    const leg = await stage.consulting();
    await see(leg);
    await mark();
    agent.person.answer = async () => {
      await control.fault({
        kind: 'http',
        method: 'DELETE',
        pathPattern: '*/sessions/*',
        status: 401,
        errorCode: 'OAU-128',
        times: 1,
      });
      await control.fault({ kind: 'http', pathPattern: '*/oauth/token', delayMs: 1_500, times: 1 });
      void changeWhile401();
      return { action: 'accept', content: { confirm: true } };
    };
    /** Once the platform has refused the act, and while the login takes its time. */
    async function changeWhile401(): Promise<void> {
      await expect
        .poll(async () => (await acts()).map(({ status }) => status), { interval: 5 })
        .toEqual([401]);
      await sendOn(leg, operator);
    }
    const answer = await agent.call('delete_call_session', { telephonySessionId: leg.telephonySessionId });
    expect(answer.isError).toBe(true);
    expect((await acts()).map(({ status }) => status)).toEqual([401]);
    const { parties } = await control.call(leg.telephonySessionId);
    expect(parties.filter(({ status }) => status.code === 'Answered').length).toBeGreaterThan(1);
  });

  it('an act whose look came too slowly is not sent on it', async () => {
    const leg = await stage.talking();
    await see(leg);
    await control.fault({ kind: 'http', method: 'GET', pathPattern: '*/sessions/*', delayMs: 2_500 });
    await mark();
    const answer = await agent.call('hold_call_party', { telephonySessionId: leg.telephonySessionId });
    expect(kindOf(answer)).toBe('unavailable');
    expect(await acts()).toEqual([]);
  });

  it('the question and the verdict are about the number that a flip number means now', async () => {
    const leg = await stage.talking();
    succeeded(await agent.call('list_call_flip_numbers'));
    const repoint = (phoneNumber: string) =>
      control.patch('/extensions/101', { flipNumbers: [{ flipNumber: '1', phoneNumber, label: 'Mobile' }] });
    const flip = () =>
      agent.call('call_flip_party', { telephonySessionId: leg.telephonySessionId, callFlipId: '1' });
    await mark();
    await repoint('+442079460111');
    expect(kindOf(await flip())).toBe('not_confirmed');
    expect(agent.questions.at(-1)?.message).toContain('+442079460111');
    await repoint('+19005550123');
    expect(kindOf(await flip())).toBe('denied');
    expect(agent.questions).toHaveLength(1);
    agent.person.answer = async (question) => {
      await repoint('+442079460222');
      agent.person.answer = () => ({ action: 'decline' });
      return yes(question);
    };
    await repoint('+442079460111');
    expect(kindOf(await flip())).toBe('not_confirmed');
    expect(agent.questions.at(-1)?.message).toContain('+442079460222');
    expect(await acts()).toEqual([]);
  });

  it.each([false, true])(
    'one call rings at a time, however little is known of it (reads burnt: %s)',
    async (burnt) => {
      const leg = await stage.talking();
      await see(leg);
      if (burnt) await burnReads(leg);
      await mark();
      const fromDeviceId = await control.deviceId('101');
      for (const toExtensionNumber of ['102', '103', '104', '102']) {
        await agent.call('create_call_out_call_session', { fromDeviceId, toExtensionNumber });
      }
      expect((await acts()).length).toBeLessThanOrEqual(1);
    },
  );

  it('a question about a ringing call closes with the ringing', async () => {
    if (kind !== 'v2 client, 2025') return;
    const leg = await stage.ringing();
    const caller = await control.party(leg.telephonySessionId, ({ direction }) => direction === 'Outbound');
    agent.person.answer = async () => {
      await control.act(leg.telephonySessionId, caller.id, 'hangup');
      return new Promise(() => {});
    };
    const answer = await agent.call('reply_party', {
      telephonySessionId: leg.telephonySessionId,
      replyWithText: 'I call you back.',
    });
    expect(kindOf(answer)).toBe('wrong_state');
    expect(answer.content[0]?.text).toContain('stopped ringing');
  });

  it('what may be emergency services calling back is not sent away', async () => {
    const deviceId = await control.deviceId('101');
    const emergency = await control.dial({ extensionNumber: '101', deviceId }, operator);
    const called = await control.party(emergency, (party) => party.extensionId === undefined);
    await agent.call('list_active_calls');
    await control.act(emergency, called.id, 'answer');
    await expect.poll(async () => JSON.stringify(await agent.call('list_active_calls'))).toContain(emergency);
    await control.drop(emergency);
    const leg = await stage.ringing({ phoneNumber: '+12025550142' });
    await mark();
    agent.person.answer = () => ({ action: 'accept', content: { confirm: true } });
    for (const [tool, args] of [
      ['reject_party', {}],
      ['forward_call_party', { extensionNumber: '102' }],
      ['reply_party', { replyWithText: 'Not now.' }],
    ] as const) {
      const answer = await agent.call(tool, { telephonySessionId: leg.telephonySessionId, ...args });
      expect(kindOf(answer), tool).toBe('denied');
      expect(answer.content[0]?.text).toContain('calling back');
    }
    expect(await acts()).toEqual([]);
    await agent.call('answer_call_party', { telephonySessionId: leg.telephonySessionId, deviceId });
    expect(await acts()).toHaveLength(1);
  });

  it('only whom the agent silenced hears again unasked', async () => {
    const leg = await stage.talking();
    await see(leg);
    // While no events come, nobody knows who silenced whom.
    const feed = () => agent.read('ringcentral://telephony/feed');
    await expect.poll(async () => (await feed()).state).toBe('live');
    await control.act(leg.telephonySessionId, leg.partyId, 'mute');
    await mark();
    const { telephonySessionId } = leg;
    expect(kindOf(await agent.call('update_call_party', { telephonySessionId, muted: false }))).toBe(
      'not_confirmed',
    );
    expect(agent.questions.at(-1)?.message).toContain('this agent did not mute');
    expect(await acts()).toEqual([]);
    await control.act(leg.telephonySessionId, leg.partyId, 'unmute');
    succeeded(await agent.call('hold_call_party', { telephonySessionId }));
    succeeded(await agent.call('unhold_call_party', { telephonySessionId }));
    expect(await acts()).toHaveLength(2);
  });

  it('a pause that the platform refuses is told as a recording that goes on', async () => {
    await control.patch('/account', { autoRecording: true });
    const { telephonySessionId } = await stage.talking();
    const recorded = await control.party(telephonySessionId, ({ recordings = [] }) => recordings.length > 0);
    const answer = await agent.call('pause_resume_call_recording', {
      telephonySessionId,
      recordingId: recorded.recordings?.[0]?.id,
      active: false,
    });
    expect(answer.isError).toBe(true);
    expect(answer.content[0]?.text).toMatch(/^forbidden: Still recording/);
  });

  it('a question names the phone whose microphone opens, the plan that a number is dialled by, and whom one listens to', async () => {
    const fromDeviceId = await control.deviceId('101');
    await agent.call('create_call_out_call_session', {
      fromDeviceId,
      toPhoneNumber: '+442079460111',
      countryId: 44,
    });
    const { devices } = await control.state();
    const { name } = devices.find(({ id }) => id === fromDeviceId) ?? { name: '' };
    expect(agent.questions.at(-1)?.message).toContain(`microphone of: your phone «${name}»`);
    expect(agent.questions.at(-1)?.message).toMatch(/plan of .*44/);
    const leg = await stage.othersCall();
    await agent.call('supervise_call_session', {
      telephonySessionId: leg.telephonySessionId,
      supervisorDeviceId: fromDeviceId,
      agentExtensionNumber: '102',
    });
    const asked = agent.questions.at(-1)?.message;
    expect(asked).toContain('Listens to: Bob Brown (extension 102)');
    expect(asked).toContain(`You listen on: your phone «${name}»`);
    expect(asked).toContain("nobody else's consent");
  });
});
