import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds, type ToolAnswer } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type Stage, succeeded } from './support/operations.ts';
import { withoutLimits } from './support/process.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

type Told = NonNullable<ToolAnswer['structuredContent']> & { text: string };

const kinds = clientKinds.filter((kind) => kind !== 'v1 client');

/** The usual way of each plan: one act of the agent, one yes of a person, one wait. */
describe.each(kinds)('plans, with the %s', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind, {
      sandbox: withoutLimits('several plans, and what they wait for, within one minute'),
    });
    ({ control, stage, agent } = testbed);
  });
  afterEach(() => testbed.close());

  const use = async (name: string, args: object = {}): Promise<Told> => {
    const { structuredContent = {}, content } = succeeded(await agent.call(name, args));
    return { ...structuredContent, text: content[0]?.text ?? '' };
  };
  const code = async (id: string, extensionNumber = '101') => {
    const extensionId = await control.extensionId(extensionNumber);
    return (await control.call(id)).parties.find((party) => String(party.extensionId) === extensionId)?.status
      .code;
  };
  /** The result of the plan when it has ended: by the tool itself, or by the one wait after it. */
  const ended = async (begun: Promise<Told>): Promise<Told> => {
    const told = await begun;
    return told.plan.state === 'running'
      ? use('wait_for_call_event', { planId: told.plan.planId, timeoutSeconds: 25 })
      : told;
  };

  describe('consult_and_transfer', () => {
    it('connects the caller with a colleague who answers', async () => {
      const customer = await stage.talking();
      const begun = use('consult_and_transfer', { colleague: '102' });
      const { telephonySessionId, party } = await control.ringsAt('102');
      expect(await code(customer.telephonySessionId)).toBe('Hold');
      await control.act(telephonySessionId, party.id, 'answer', {
        deviceId: await control.deviceId('102'),
      });
      const told = await ended(begun);
      expect(told.plan).toMatchObject({ state: 'ended', ending: 'done' });
      await control.party(customer.telephonySessionId, ({ status }) => status.reason === 'AttendedTransfer');
      expect(agent.questions).toHaveLength(1);
    });

    it('takes the caller back from a colleague who declines', async () => {
      const customer = await stage.talking();
      const begun = use('consult_and_transfer', { colleague: 'Bob' });
      const { telephonySessionId, party } = await control.ringsAt('102');
      await control.act(telephonySessionId, party.id, 'decline');
      const told = await ended(begun);
      expect(told.plan).toMatchObject({ state: 'ended', ending: 'returned' });
      expect(await code(customer.telephonySessionId)).toBe('Answered');
    });

    it('is what is waited for, whatever is read of its calls meanwhile', async () => {
      const { telephonySessionId } = await stage.talking();
      const begun = use('consult_and_transfer', { colleague: '102' });
      await control.ringsAt('102');
      const wait = { tool: 'wait_for_call_event', arguments: { planId: 'p1' } };
      expect((await use('list_active_calls')).next).toEqual([expect.objectContaining(wait)]);
      const read = await use('read_call_session_status', { telephonySessionId });
      expect(read.next).toEqual([expect.objectContaining(wait)]);
      await use('cancel_plan');
      await begun;
      expect((await use('list_active_calls')).next).not.toContainEqual(expect.objectContaining(wait));
    });

    it('says so where nothing has been verified since', async () => {
      await stage.talking();
      const begun = use('consult_and_transfer', { colleague: '102' });
      await control.ringsAt('102');
      await control.fault({ kind: 'http', status: 503 });
      await control.fault({ kind: 'ws-refuse', times: 1_000 });
      await control.fault({ kind: 'ws-close' });
      expect((await begun).text).toMatch(/Not verified since .*: the event feed is \w+/);
      await control.clearFaults();
    });

    it('takes the caller back when it is cancelled', async () => {
      const customer = await stage.talking();
      const begun = use('consult_and_transfer', { colleague: '102' });
      await control.ringsAt('102');
      const cancelled = await use('cancel_plan');
      expect(cancelled.plan).toMatchObject({ state: 'ended', ending: 'returned' });
      expect(await code(customer.telephonySessionId)).toBe('Answered');
      expect((await begun).plan.state).toBe('ended');
    });

    it.each([
      ['200', 'a queue'],
      ['400', 'a menu'],
      ['300', 'a park location'],
      ['101', 'oneself'],
    ])('asks nobody for a consultation of %s, %s', async (colleague) => {
      const customer = await stage.talking();
      const { error } = (await agent.call('consult_and_transfer', { colleague })).structuredContent ?? {};
      expect(error).toMatchObject({ kind: 'invalid_input', parameter: 'colleague' });
      expect(agent.questions).toHaveLength(0);
      expect(await code(customer.telephonySessionId)).toBe('Answered');
    });

    it('does no more once somebody has acted by hand', async () => {
      const customer = await stage.talking();
      const begun = use('consult_and_transfer', { colleague: '102' });
      await control.ringsAt('102');
      await testbed.otherApp(
        'POST',
        `/sessions/${customer.telephonySessionId}/parties/${customer.partyId}/unhold`,
      );
      const told = await ended(begun);
      expect(told.plan).toMatchObject({ state: 'ended', ending: 'stopped' });
    });
  });

  describe('swap_calls', () => {
    it('lets the other one talk', async () => {
      const waiting = await stage.talking({ phoneNumber: '+14155550171', name: 'Eve' });
      await use('hold_call_party', { telephonySessionId: waiting.telephonySessionId });
      const talking = await stage.talking();
      const told = await ended(use('swap_calls'));
      expect(told.plan).toMatchObject({ state: 'ended', ending: 'done' });
      expect(await code(talking.telephonySessionId)).toBe('Hold');
      expect(await code(waiting.telephonySessionId)).toBe('Answered');
    });
  });

  describe('merge_calls', () => {
    it('brings both into one conference', async () => {
      const { call } = await use('create_conference_call_session');
      await control.act(call.id, 'host', 'join');
      await control.party(call.id, ({ conferenceRole }) => conferenceRole === 'Host');
      await use('wait_for_call_event', { telephonySessionId: call.id, until: 'Answered' });
      await control.drop(call.id);
      const waiting = await stage.talking({ phoneNumber: '+14155550171', name: 'Eve' });
      await use('hold_call_party', { telephonySessionId: waiting.telephonySessionId });
      await stage.talking();
      const begun = use('merge_calls');
      const conference = await control.conference();
      await control.act(conference, 'host', 'join');
      const told = await ended(begun);
      expect(told.plan).toMatchObject({ state: 'ended', ending: 'done' });
    });

    it('brings one call at a time into a conference that you host, and names all who are there', async () => {
      const { call } = await use('create_conference_call_session');
      await control.act(call.id, 'host', 'join');
      await control.party(call.id, ({ conferenceRole }) => conferenceRole === 'Host');
      await use('wait_for_call_event', { telephonySessionId: call.id, until: 'Answered' });
      const waiting = await stage.talking({ phoneNumber: '+14155550171', name: 'Eve' });
      await use('hold_call_party', { telephonySessionId: waiting.telephonySessionId });
      const talking = await stage.talking();
      const both = {
        telephonySessionId: waiting.telephonySessionId,
        targetTelephonySessionId: talking.telephonySessionId,
      };
      for (const args of [{}, both]) {
        const { error } = (await agent.call('merge_calls', args)).structuredContent ?? {};
        expect(error).toMatchObject({ kind: 'invalid_input', next: [{}, {}] });
      }
      expect(agent.questions).toHaveLength(0);
      const target = { targetTelephonySessionId: talking.telephonySessionId };
      expect((await ended(use('merge_calls', target))).plan.ending).toBe('done');
      const named = { telephonySessionId: call.id, targetTelephonySessionId: waiting.telephonySessionId };
      expect((await ended(use('merge_calls', named))).plan.ending).toBe('done');
      expect(agent.questions.at(-1)?.message).toContain('+14155550123');
      const host = await control.party(call.id, ({ conferenceRole }) => conferenceRole === 'Host');
      expect((host as { hears?: string[] }).hears).toHaveLength(2);
    });

    it('says why not before anything is done', async () => {
      await stage.held();
      await stage.talking();
      const answer = await agent.call('merge_calls', {});
      expect(answer.structuredContent?.error).toMatchObject({
        kind: 'wrong_state',
        next: [{ tool: 'create_conference_call_session' }],
      });
      expect(agent.questions).toHaveLength(0);
    });
  });
});

it('a plan that would not fit into the rate limit is refused before anything is done', async () => {
  const testbed = await startE2eTestbed('v2 client, 2025', {
    sandbox: ['--rate-limits', 'light=12,heavy=10'],
  });
  const { control, stage, agent } = testbed;
  const { telephonySessionId, partyId } = await stage.talking();
  succeeded(await agent.call('list_active_calls', {}));
  const { error } = (await agent.call('consult_and_transfer', { colleague: '102' })).structuredContent ?? {};
  expect(error).toMatchObject({
    kind: 'rate_limited',
    message: expect.stringMatching(
      /RingCentral limits requests; the plan may need \d+, and \d are left now\. Nothing was done\. Try again in \d+ s\.$/,
    ),
    next: [{ tool: 'consult_and_transfer', arguments: { colleague: '102' } }],
    retryAfterSeconds: expect.any(Number),
  });
  expect(agent.questions).toHaveLength(0);
  const party = await control.party(telephonySessionId, ({ id }) => id === partyId);
  expect(party.status.code).toBe('Answered');
  const { requests } = await control.requests();
  expect(requests.filter(({ method, path }) => method !== 'GET' && path.includes('/telephony/'))).toEqual([]);
  await testbed.close();
});
