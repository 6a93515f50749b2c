import { beforeEach, describe, expect, it } from 'vitest';
import type { Action, Mandate } from '../../src/guard/action.ts';
import type { Act } from '../../src/guard/contract.ts';
import { PLAN_MS } from '../../src/guard/mandate.ts';
import { parsePolicy } from '../../src/guard/policy/policy-file.ts';
import { presets } from '../../src/guard/policy/presets.ts';
import { tools } from '../../src/tools/index.ts';
import {
  action,
  dial,
  hangUp,
  hold,
  inboundCall,
  internalCall,
  party,
  session,
} from './support/fake-ports.ts';
import { type GuardTestbed, guardTestbed } from './support/guard-testbed.ts';
import { asker, failure, type Person, yes } from './support/host.ts';

const desk = '802636634016';
const colleague: Action['targets'] = [{ kind: 'extensionNumber', value: '102' }];

const plan = (more: Partial<Action> = {}): Action =>
  action('consult_and_transfer', 'plan', {
    ...{ telephonySessionId: 's-1', partyId: 's-1-2', targets: colleague, deviceIds: [desk] },
    steps: [
      { tool: 'hold_call_party', risk: 'reversible' },
      { tool: 'create_call_out_call_session', risk: 'place-call' },
      { tool: 'bridge_call_party', risk: 'redirect' },
      { tool: 'delete_call_session', risk: 'end-own' },
      { tool: 'unhold_call_party', risk: 'reversible' },
    ],
    ...more,
  });
const call = (): Action =>
  action('create_call_out_call_session', 'place-call', { targets: colleague, deviceIds: [desk] });
const unhold = (): Action =>
  action('unhold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' });
const connect = (): Action =>
  action('bridge_call_party', 'redirect', {
    ...{ telephonySessionId: 's-1', partyId: 's-1-2' },
    other: { telephonySessionId: 's-2', partyId: 's-2-1' },
  });

/** The trusted preset with this. */
const policyOf = (text: string) => parsePolicy(`extends: trusted\n${text}`, 'policy.yaml', tools).policy;

describe('the yes to a plan', () => {
  let testbed: GuardTestbed;
  let sent: string[];

  const act = (tool: string, made?: string): Act<unknown, string> => ({
    prepare: async () => ({
      async send(_body, beforeSend) {
        beforeSend();
        sent.push(tool);
        return {};
      },
      cancel() {},
    }),
    async execute({ send }) {
      await send(undefined);
      return {
        result: 'sent',
        outcome: { result: 'observed', ...(made && { telephonySessionId: made }) },
      };
    },
  });
  /** A host whose person says yes, and how often they were asked. */
  const person = async () => {
    let questions = 0;
    const says: Person = (form) => {
      questions += 1;
      return yes(form);
    };
    return { asker: await asker('2025', testbed.guard, says), questions: () => questions };
  };
  const begin = async (about = plan()): Promise<{ mandate: Mandate; questions: number }> => {
    const host = await person();
    let mandate: Mandate | undefined;
    await testbed.guard.run<unknown, string>(about, host.asker, {
      ...act('nothing'),
      async execute(cleared) {
        mandate = cleared.mandate;
        return { result: 'begun', outcome: { result: 'accepted' } };
      },
    });
    if (!mandate) throw new Error('no mandate');
    return { mandate, questions: host.questions() };
  };
  const step = async (about: Action, mandate: Mandate, made?: string) =>
    testbed.guard.run<unknown, string>({ ...about, mandate }, (await person()).asker, act(about.tool, made));

  beforeEach(() => {
    testbed = guardTestbed();
    testbed.ports.sessions.set('s-1', inboundCall('s-1'));
    sent = [];
  });

  it('is one question, and lets each of its steps through without another', async () => {
    const { mandate, questions } = await begin();
    expect(questions).toBe(1);
    await step(hold('s-1'), mandate);
    await step(call(), mandate, 's-2');
    testbed.ports.sessions.set('s-2', internalCall('s-2'));
    await step(connect(), mandate);
    expect(sent).toEqual(['hold_call_party', 'create_call_out_call_session', 'bridge_call_party']);
  });

  it('covers taking back whoever was put on hold by hand', async () => {
    testbed.ports.sessions.set('s-1', inboundCall('s-1', 'Hold'));
    const { mandate } = await begin();
    await step(unhold(), mandate);
    expect(sent).toEqual(['unhold_call_party']);
  });

  const others: Record<string, () => Action> = {
    'an act that is not among its steps': () =>
      action('call_park_party', 'redirect', { telephonySessionId: 's-1', partyId: 's-1-2' }),
    'another call': () => hold('s-9'),
    'a call to somebody else': () => dial('+14155550177'),
    'another principal': () => ({ ...hold('s-1'), principal: 'somebody' }),
    'ending the call': () => hangUp('s-1'),
    'a call that none of its acts has made': connect,
  };
  it.each(Object.entries(others))('is not one to %s', async (_what, about) => {
    testbed.ports.sessions.set('s-9', inboundCall('s-9'));
    testbed.ports.sessions.set('s-2', internalCall('s-2'));
    const { mandate } = await begin();
    const error = await failure(step(about(), mandate));
    expect(['denied', 'wrong_state', 'not_found', 'invalid_input']).toContain(error.kind);
    expect(sent).toEqual([]);
  });

  it('is not one to a phone that it did not name', async () => {
    const { mandate } = await begin(plan({ deviceIds: [] }));
    expect((await failure(step(call(), mandate))).kind).toBe('denied');
    expect(sent).toEqual([]);
  });

  it('is void when somebody else is on the call', async () => {
    const { mandate } = await begin();
    const { parties } = inboundCall('s-1');
    const stranger = party('s-1-3', 'Inbound', 'Answered', { phoneNumber: '+14155550177' });
    testbed.ports.sessions.set('s-1', session('s-1', [...parties, stranger]));
    expect((await failure(step(hold('s-1'), mandate))).kind).toBe('wrong_state');
    expect(sent).toEqual([]);
  });

  it('is not one to whoever else has taken the call to the colleague', async () => {
    const { mandate } = await begin();
    await step(call(), mandate, 's-2');
    const [own] = internalCall('s-2').parties;
    if (!own) throw new Error('no party');
    const stranger = party('s-2-2', 'Inbound', 'Answered', { phoneNumber: '+14155550177' });
    testbed.ports.sessions.set('s-2', session('s-2', [own, stranger]));
    expect((await failure(step(connect(), mandate))).kind).toBe('wrong_state');
    expect(sent).toEqual(['create_call_out_call_session']);
  });

  it('ends a call of its own only while nobody has answered', async () => {
    const { mandate } = await begin();
    await step(call(), mandate, 's-2');
    const answered = internalCall('s-2');
    testbed.ports.sessions.set('s-2', answered);
    expect((await failure(step(hangUp('s-2'), mandate))).kind).toBe('wrong_state');
    const [own] = answered.parties;
    if (!own) throw new Error('no party');
    const ringing = party('s-2-2', 'Inbound', 'Proceeding', { phoneNumber: '102' }, '62264013');
    testbed.ports.sessions.set('s-2', session('s-2', [own, ringing]));
    await step(hangUp('s-2'), mandate);
    expect(sent).toEqual(['create_call_out_call_session', 'delete_call_session']);
  });

  it('lasts three minutes', async () => {
    const { mandate } = await begin();
    testbed.clock.advance(PLAN_MS + 1);
    expect((await failure(step(hold('s-1'), mandate))).kind).toBe('wrong_state');
    expect(sent).toEqual([]);
  });

  it('is not asked for where the policy allows plans', async () => {
    testbed = guardTestbed({ policy: presets.trusted });
    testbed.ports.sessions.set('s-1', inboundCall('s-1'));
    expect((await begin()).questions).toBe(0);
  });

  const asking: Record<string, Parameters<typeof guardTestbed>[0]> = {
    'one of the steps is asked': { policy: policyOf('tools: { bridge_call_party: ask }') },
    'a target of one of the steps is asked': {
      policy: policyOf(
        'targets: [{ to: { extension: "102" }, tools: [create_call_out_call_session], verdict: ask }]',
      ),
    },
    'the person was put on hold by somebody else': { policy: presets.trusted },
    'somebody else put them on hold, and the operator lets the plan go': {
      allowUnconfirmed: ['consult_and_transfer'],
    },
  };
  it.each(Object.entries(asking))('is asked for where %s', async (_what, options) => {
    testbed = guardTestbed(options);
    const isHeld = options?.policy === presets.trusted || options?.allowUnconfirmed !== undefined;
    testbed.ports.sessions.set('s-1', inboundCall('s-1', isHeld ? 'Hold' : 'Answered'));
    expect((await begin()).questions).toBe(1);
  });

  it('is not one to what the policy asks about, where nobody was asked', async () => {
    testbed = guardTestbed({ policy: presets.trusted });
    testbed.ports.sessions.set('s-1', inboundCall('s-1'));
    const { mandate, questions } = await begin();
    expect(questions).toBe(0);
    // By hand, meanwhile.
    testbed.ports.show(inboundCall('s-1', 'Hold'));
    expect((await failure(step(unhold(), mandate))).kind).toBe('wrong_state');
    expect(sent).toEqual([]);
  });

  it('ends no answered call, though the operator lets that go without a yes', async () => {
    testbed = guardTestbed({ allowUnconfirmed: ['delete_call_session'] });
    testbed.ports.sessions.set('s-1', inboundCall('s-1'));
    const { mandate } = await begin();
    await step(call(), mandate, 's-2');
    testbed.ports.sessions.set('s-2', internalCall('s-2'));
    expect((await failure(step(hangUp('s-2'), mandate))).kind).toBe('wrong_state');
    expect(sent).toEqual(['create_call_out_call_session']);
  });

  it('is not asked for while a call that was placed before still rings', async () => {
    const [own] = internalCall('s-2').parties;
    if (!own) throw new Error('no party');
    const ringing = party('s-2-2', 'Inbound', 'Proceeding', { phoneNumber: '102' }, '62264013');
    testbed.ports.sessions.set('s-2', session('s-2', [own, ringing]));
    await testbed.guard.run(call(), (await person()).asker, act('call', 's-2'));
    const host = await person();
    const error = await failure(testbed.guard.run(plan(), host.asker, act('nothing')));
    expect(error.kind).toBe('denied');
    expect(host.questions()).toBe(0);
  });

  it('is not asked for where the policy denies one of the steps: the plan is denied', async () => {
    testbed = guardTestbed({ policy: policyOf('classes: { redirect: deny }') });
    testbed.ports.sessions.set('s-1', inboundCall('s-1'));
    const host = await person();
    const error = await failure(testbed.guard.run(plan(), host.asker, act('nothing')));
    expect(error.kind).toBe('denied');
    expect(host.questions()).toBe(0);
  });

  it('is void with emergency services on the call', async () => {
    const { mandate } = await begin();
    testbed.ports.sessions.set('s-1', inboundCall('s-1', 'Answered', 'Help', '911'));
    expect((await failure(step(hold('s-1'), mandate))).kind).toBe('denied');
    expect(sent).toEqual([]);
  });
});
