import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import type { Agent } from './support/agents.ts';
import { withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';

const outsider = { phoneNumber: '+14155550123', name: 'Mona' };
const alice = { extensionNumber: '101' };

/** What an agent sees, as far as it counts as true. */
const seen = async (agent: Agent): Promise<string[] | undefined> => {
  const { structuredContent } = await agent.call('list_active_calls');
  return structuredContent?.feed?.stale === false
    ? structuredContent.calls.map(({ id }: { id: string }) => id)
    : undefined;
};

describe.skipIf(!hasRedis)(hasRedis ? 'two replicas with one login' : withoutRedis, () => {
  let team: Replicas;
  let agents: Agent[];
  beforeEach(async () => {
    team = await startReplicas({ count: 2, sandbox: withoutLimits('many acts of two replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
    agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
  });
  afterEach(() => team.close());

  it('show the same calls, read by one of them over one connection', async () => {
    const id = await team.control.dial(outsider, alice);
    for (const agent of agents) await expect.poll(() => seen(agent)).toEqual([id]);
    const { requests } = await team.control.requests();
    expect(requests.filter(({ path }) => path.endsWith('/wstoken'))).toHaveLength(1);
    await team.control.drop(id);
    for (const agent of agents) await expect.poll(() => seen(agent)).toEqual([]);
  });
});
