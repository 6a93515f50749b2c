import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { ask, openSession, stream } from '../transports/support/wire.ts';
import { type Agent, connect, type Question, yes } from './support/agents.ts';
import { type Balancer, openBalancer } from './support/balancer.ts';
import { withoutLimits } from './support/process.ts';
import { type Replica, type Replicas, startReplicas } from './support/replicas.ts';

const outsider = { phoneNumber: '+14155550123', name: 'Mona' };
const alice = { extensionNumber: '101' };
const soon = { timeout: 15_000 };

describe.skipIf(!hasRedis)(hasRedis ? 'sessions of 2025 over replicas' : withoutRedis, () => {
  let team: Replicas;
  let balancer: Balancer;
  const agents: Agent[] = [];
  const at = (place: number) => team.replicas[place] as Replica;

  beforeEach(async () => {
    team = await startReplicas({ count: 3, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
    balancer = await openBalancer(() => team.replicas.map(({ url }) => url));
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.close().catch(() => {})));
    await balancer.close();
    await team.close();
  });

  const agent = async (kind: 'v1 client' | 'v2 client, 2025' = 'v2 client, 2025') => {
    const opened = await connect(kind, { http: balancer.url });
    agents.push(opened);
    return opened;
  };
  /** A call that Alice talks in, seen by the agent. */
  const talking = async (who: Agent) => {
    const id = await team.control.dial(outsider, alice);
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    await expect.poll(() => statesOf(who, id), soon).toContain('Answered');
    return { id, partyId: party.id };
  };
  const statesOf = async (who: Agent, id: string): Promise<string[]> => {
    const { structuredContent } = await who.call('read_call_session_status', { telephonySessionId: id });
    return structuredContent?.call?.parties?.map(({ status }: { status: { code: string } }) => status.code);
  };
  const acts = async (id: string) => {
    const { requests } = await team.control.requests();
    return requests.filter(({ method, path }) => method !== 'GET' && path.includes(id));
  };

  it.each(['v1 client', 'v2 client, 2025'] as const)('%s: any replica takes any request', async (kind) => {
    const who = await agent(kind);
    const { id } = await talking(who);
    for (let nth = 0; nth < 6; nth += 1) expect(await statesOf(who, id)).toContain('Answered');
    expect(new Set(balancer.served.map((one) => one.at))).toEqual(new Set([0, 1, 2]));
    await who.watch([`ringcentral://telephony/sessions/${id}`]);
    const held = await who.call('hold_call_party', { telephonySessionId: id });
    expect(held.structuredContent?.outcome, held.content[0]?.text).toBe('observed');
    await expect.poll(() => who.news, soon).toContain(`ringcentral://telephony/sessions/${id}`);
  });

  it('answers and cancelled requests reach the replica that has asked', async () => {
    const who = await agent();
    const { id } = await talking(who);
    // Whatever the client sends goes elsewhere than the call of the tool.
    balancer.choose = (asked) => (asked === 'delete_call_session' ? 0 : asked === 'answer' ? 1 : 2);
    let asked = (_question: Question) => {};
    const question = new Promise<Question>((resolve) => {
      asked = resolve;
    });
    const cancel = new AbortController();
    who.person.answer = (one) => {
      asked(one);
      return new Promise(() => {});
    };
    const cancelled = who.call('delete_call_session', { telephonySessionId: id }, cancel.signal);
    await question;
    cancel.abort();
    await expect(cancelled).rejects.toThrow();
    who.person.answer = yes;
    const ended = await who.call('delete_call_session', { telephonySessionId: id });
    expect(ended.structuredContent?.outcome, ended.content[0]?.text).toBe('observed');
    expect(await acts(id)).toHaveLength(1);
    expect(balancer.served).toContainEqual({ method: 'POST', asked: 'answer', at: 1 });
  });
});
