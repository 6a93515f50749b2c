import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { startReplicas } from './support/replicas.ts';

describe.skipIf(!hasRedis)(hasRedis ? 'what replicas ask of RingCentral' : withoutRedis, () => {
  it('is within the limits of one login, which is made once and outlives each of them', async () => {
    const team = await startReplicas({ count: 3 });
    onTestFinished(() => team.close());
    const requests = async (part: string) => {
      const { requests } = await team.control.requests();
      return requests.filter(({ path }) => path.includes(part));
    };
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    const look = (of = agents) => Promise.all(of.map((agent) => agent.call('list_devices')));
    for (const { isError, content } of await look()) expect(isError, content[0]?.text).toBeFalsy();
    expect(await requests('/oauth/token')).toHaveLength(1);

    const [killed, stopped] = team.replicas;
    await killed?.kill();
    const exit = once(stopped?.server.child as NonNullable<typeof stopped>['server']['child'], 'exit');
    stopped?.server.child.kill('SIGTERM');
    await exit;
    const [, , last] = agents;
    for (let n = 0; n < 30; n += 1) await look(last ? [last, last] : []);
    const late = await (await team.start()).agent();
    await late.call('find_extensions', { query: 'Bob' });
    const all = await requests('/');
    expect(all.filter(({ status }) => status === 429)).toEqual([]);
    expect(await requests('/oauth/token')).toHaveLength(1);
    expect(await requests('/oauth/revoke')).toEqual([]);
  });
});
