import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { type Agent, connect } from './support/agents.ts';
import { withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';

const outsider = { phoneNumber: '+14155550123', name: 'Mona' };
const alice = { extensionNumber: '101' };
const soon = { timeout: 15_000 };

describe.skipIf(!hasRedis)(hasRedis ? 'guards of replicas with one login' : withoutRedis, () => {
  let team: Replicas;
  beforeEach(async () => {
    team = await startReplicas({ count: 2, sandbox: withoutLimits('acts through several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
  });
  afterEach(() => team.close());

  /** An agent whose requests a balancer spreads; where `route` says so, one goes to all replicas at once. */
  async function spreadAgent(route: (body: string, nth: number) => number | 'all'): Promise<Agent> {
    let nth = 0;
    const addresses = team.replicas.map(({ url }) => url);
    const agent = await connect('v2 client, 2026-07-28', {
      http: addresses[0] ?? '',
      async fetch(_url, init) {
        const body = typeof init?.body === 'string' ? init.body : '';
        const to = init?.method === 'POST' ? route(body, nth) : 0;
        nth += 1;
        if (to !== 'all') return fetch(addresses[to % addresses.length] ?? '', init);
        const answers = await Promise.all(addresses.map((address) => fetch(address, init)));
        const texts = await Promise.all(answers.map((answer) => answer.clone().text()));
        const done = texts.findIndex((text) => !text.includes('not_confirmed'));
        return answers[Math.max(0, done)] as Response;
      },
    });
    onTestFinished(() => agent.close().catch(() => {}));
    return agent;
  }
  const isCall = (body: string, tool: string) => body.includes('"tools/call"') && body.includes(tool);
  /** Acts that reached the platform, as `METHOD last/part`. */
  const acts = async () => {
    const { requests } = await team.control.requests();
    return requests
      .filter(({ method, path }) => method !== 'GET' && path.includes('/telephony/'))
      .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
  };
  const talking = async (...agents: Agent[]) => {
    const id = await team.control.dial(outsider, alice);
    const ringing = async () => {
      const { parties } = await team.control.call(id);
      return parties.find(({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding')
        ?.id;
    };
    await expect.poll(ringing, soon).toBeDefined();
    await team.control.act(id, String(await ringing()), 'answer');
    for (const agent of agents) {
      const seen = async () =>
        JSON.stringify((await agent.call('list_active_calls')).structuredContent?.calls ?? '').includes(
          'Answered',
        );
      await expect.poll(seen, soon).toBe(true);
    }
    return id;
  };

  it('a yes that comes to both at once does one act', async () => {
    let asked = 0;
    const agent = await spreadAgent((body) => {
      if (!isCall(body, 'delete_call_session')) return 0;
      asked += 1;
      return asked === 1 ? 1 : 'all';
    });
    const id = await talking(agent, (await team.replicas[1]?.agent()) as Agent);
    const { isError } = await agent.call('delete_call_session', { telephonySessionId: id });
    expect(isError).not.toBe(true);
    expect(agent.questions).toHaveLength(1);
    expect((await acts()).filter((act) => act.startsWith('DELETE'))).toHaveLength(1);
  });

  it('who holds through one takes back through the other unasked', async () => {
    const agent = await spreadAgent((body) => (isCall(body, '"unhold_call_party"') ? 1 : 0));
    const other = (await team.replicas[1]?.agent()) as Agent;
    const id = await talking(agent, other);
    expect((await agent.call('hold_call_party', { telephonySessionId: id })).isError).not.toBe(true);
    expect((await agent.call('unhold_call_party', { telephonySessionId: id })).isError).not.toBe(true);
    expect(agent.questions).toEqual([]);
    expect(await acts()).toEqual(['POST hold', 'POST unhold']);
  });

  it('one idempotency key at both at once places one call', async () => {
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    await expect
      .poll(async () => (await agents[1]?.call('list_active_calls'))?.structuredContent?.feed?.stale, soon)
      .toBe(false);
    const call = () => ({ toExtensionNumber: '102', idempotencyKey: 'one call' });
    const answers = await Promise.all(
      agents.map((agent) => agent.call('create_call_out_call_session', call())),
    );
    const placed = new Set(answers.map(({ structuredContent }) => structuredContent?.call?.id));
    expect(placed.size).toBe(1);
    expect([...placed][0]).toMatch(/^s-/);
    expect(answers.filter(({ structuredContent }) => structuredContent?.repeated)).toHaveLength(1);
    expect((await acts()).filter((act) => act === 'POST call-out')).toHaveLength(1);
  });

  it('while Redis does not answer acts are refused, and nothing is sent', async () => {
    const agent = (await team.replicas[0]?.agent()) as Agent;
    const id = await talking(agent);
    team.redis.freeze();
    const { isError, structuredContent } = await agent.call('hold_call_party', { telephonySessionId: id });
    team.redis.thaw();
    expect([isError, structuredContent?.error?.kind]).toEqual([true, 'unavailable']);
    const held = async () =>
      (await agent.call('hold_call_party', { telephonySessionId: id })).isError ?? false;
    await expect.poll(held, soon).toBe(false);
    expect(await acts()).toEqual(['POST hold']);
  });
});
