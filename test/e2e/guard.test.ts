import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OperationName, operations } from '../../src/ringcentral/wire/operations.ts';
import { type Agent, type Answer, clientKinds, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { operationCases, Stage, succeeded } from './support/operations.ts';
import { listeningEnvironmentOf, startSandboxProcess, withoutLimits } from './support/process.ts';

/** What `standard` asks about, whatever the arguments. */
const asking: OperationName[] = [
  'delete_call_session',
  'delete_call_party',
  'reply_party',
  'start_call_recording',
  'supervise_call_party',
  'supervise_call_session',
];

describe.each(clientKinds)('an act that needs a yes, with the %s', (kind) => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let stage: Stage;
  const agents: Agent[] = [];

  beforeAll(async () => {
    sandbox = await startSandboxProcess(...withoutLimits('every operation is tried on one login'));
    control = new Control(sandbox.address.controlUrl);
    stage = new Stage(control);
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.close()));
  });
  afterAll(() => sandbox.stop());

  const agent = async (options?: { asks: boolean }) => {
    const reach = { stdio: { args: ['serve'], env: listeningEnvironmentOf(sandbox.address) } };
    const one = await connect(kind, reach, options);
    agents.push(one);
    return one;
  };

  /** Requests of this operation that reached RingCentral since then. */
  async function sent(name: OperationName, since: number) {
    const { method, path } = operations[name];
    const pattern = new RegExp(`/telephony${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    const { requests } = await control.requests(since);
    return requests.filter((request) => request.method === method && pattern.test(request.path));
  }

  async function attempt(name: OperationName, answer: Answer | undefined) {
    const { args } = await operationCases[name].valid(stage, async (tool, given) =>
      succeeded(await (await agent()).call(tool, given)),
    );
    const one = answer ? await agent() : await agent({ asks: false });
    if (answer) one.person.answer = () => answer;
    const { next } = await control.requests();
    const result = await one.call(name, args);
    return { result, questions: one.questions, requests: await sent(name, next) };
  }

  it.each(asking)('%s: the person declines', async (name) => {
    const { result, questions, requests } = await attempt(name, { action: 'decline' });
    expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
    expect(questions).toHaveLength(1);
    expect(requests).toEqual([]);
  });

  it.each(asking)('%s: the form comes back with a no', async (name) => {
    const { result, requests } = await attempt(name, { action: 'accept', content: { confirm: false } });
    expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
    expect(requests).toEqual([]);
  });

  it.each(asking)('%s: the person closes the question', async (name) => {
    const { result, requests } = await attempt(name, { action: 'cancel' });
    expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'cancelled' });
    expect(requests).toEqual([]);
  });

  it.each(asking)('%s: the host cannot ask', async (name) => {
    const { result, requests } = await attempt(name, undefined);
    expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'unsupported' });
    expect(result.structuredContent?.error?.message).toContain('--approvals');
    expect(requests).toEqual([]);
  });

  it.each(asking)('%s: the person says yes, once', async (name) => {
    const { result, questions, requests } = await attempt(name, {
      action: 'accept',
      content: { confirm: true },
    });
    succeeded(result);
    expect(questions).toHaveLength(1);
    expect(questions[0]?.message).toMatch(/\+14155550123|extension 10[12]/);
    expect(requests).toHaveLength(1);
  });

  it('goes outside only with a yes, and inside without', async () => {
    const one = await agent();
    one.person.answer = () => ({ action: 'decline' });
    const outside = await stage.talking();
    const { next } = await control.requests();
    const refused = await one.call('transfer_call_party', {
      telephonySessionId: outside.telephonySessionId,
      phoneNumber: '+14155550188',
    });
    expect(refused.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
    expect(await sent('transfer_call_party', next)).toEqual([]);
    succeeded(
      await one.call('transfer_call_party', {
        telephonySessionId: outside.telephonySessionId,
        extensionNumber: '102',
      }),
    );
    expect(one.questions).toHaveLength(1);
  });

  it('is asked anew when the call has changed meanwhile', async () => {
    const one = await agent();
    const leg = await stage.talking();
    const questions: string[] = [];
    one.person.answer = async ({ message }) => {
      questions.push(message);
      // While the person thinks, the call is put on hold at the phone.
      if (questions.length === 1) {
        await control.act(leg.telephonySessionId, leg.partyId, 'hold');
        return { action: 'accept', content: { confirm: true } };
      }
      return { action: 'decline' };
    };
    const { next } = await control.requests();
    const result = await one.call('start_call_recording', { telephonySessionId: leg.telephonySessionId });
    expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed' });
    expect(questions.length).toBe(2);
    expect(await sent('start_call_recording', next)).toEqual([]);
  });

  it('is not done when the call ends while the person thinks', async () => {
    const one = await agent();
    const leg = await stage.talking();
    one.person.answer = async () => {
      await control.drop(leg.telephonySessionId);
      return { action: 'accept', content: { confirm: true } };
    };
    const { next } = await control.requests();
    const result = await one.call('delete_call_session', { telephonySessionId: leg.telephonySessionId });
    expect(result.structuredContent?.error?.kind).toBe('wrong_state');
    expect(one.questions).toHaveLength(1);
    expect(await sent('delete_call_session', next)).toEqual([]);
  });
});
