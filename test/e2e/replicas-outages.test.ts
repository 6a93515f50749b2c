import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import type { Agent } from './support/agents.ts';
import { seen } from './support/muting.ts';
import { withoutLimits } from './support/process.ts';
import { type Replica, startReplicas } from './support/replicas.ts';

const soon = { timeout: 20_000 };

describe.skipIf(!hasRedis)(hasRedis ? 'what the document says of replicas' : withoutRedis, () => {
  const talking = async (count: number) => {
    const team = await startReplicas({ count, sandbox: withoutLimits('many acts of several replicas') });
    onTestFinished(() => team.close());
    await team.control.patch('/account', { ringSeconds: 300 });
    const id = await team.control.dial({ phoneNumber: '+14155550123' }, { extensionNumber: '101' });
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    const mute = (agent: Agent, muted: boolean) =>
      agent.call('update_call_party', { telephonySessionId: id, muted });
    const sent = async () =>
      (await team.control.requests()).requests.filter(
        ({ method, path }) => method === 'PATCH' && path.includes(id),
      ).length;
    const statesOf = async (agent: Agent) =>
      (await agent.read(`ringcentral://telephony/sessions/${id}`)).parties.map(
        ({ status }: { status: { code: string } }) => status.code,
      );
    return { team, id, partyId: party.id, mute, sent, statesOf };
  };

  it('a Redis that is full has acts refused, which send nothing, until it has room', async () => {
    const { team, id, partyId, mute, sent, statesOf } = await talking(2);
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    await team.redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    for (const agent of agents)
      expect((await mute(agent, true)).structuredContent?.error?.kind).toBe('unavailable');
    expect(await sent()).toBe(0);
    // What the leader tells, Redis takes: its script has renewed the lease before, and is let to its end.
    await team.control.act(id, partyId, 'hold');
    for (const agent of agents) await expect.poll(() => statesOf(agent), soon).toContain('Hold');
    await team.control.act(id, partyId, 'unhold');
    await team.redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    for (const [nth, agent] of agents.entries())
      expect((await mute(agent, nth === 0)).structuredContent?.outcome).toBe('observed');
    expect(await sent()).toBe(2);
  });

  it('the team key is rotated in three steps, at each of which all go on', async () => {
    const { team, id, mute } = await talking(0);
    const [old, fresh] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64url')) as [
      string,
      string,
    ];
    let alive: Replica[] = [];
    const steps: Record<string, string>[] = [
      { RC_MCP_TEAM_KEY: old },
      { RC_MCP_TEAM_KEY: old, RC_MCP_TEAM_KEY_PREVIOUS: fresh },
      { RC_MCP_TEAM_KEY: fresh, RC_MCP_TEAM_KEY_PREVIOUS: old },
      { RC_MCP_TEAM_KEY: fresh },
    ];
    let muted = false;
    for (const env of steps) {
      for (const nth of [0, 1]) {
        const before = alive[nth];
        const next = await team.start({ env });
        alive = alive.map((one) => (one === before ? next : one));
        if (before) expect(await before.server.stop()).toBe(0);
        else alive.push(next);
        for (const replica of alive) {
          const agent = await replica.agent();
          await expect.poll(() => seen(agent), soon).toEqual([id]);
          muted = !muted;
          const answer = await mute(agent, muted);
          expect(answer.structuredContent?.outcome, answer.content[0]?.text).toBe('observed');
        }
      }
    }
    const { requests } = await team.control.requests();
    expect(requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});
