import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { type Agent, clientKinds, connect } from './support/agents.ts';
import { type CheckingBalancer, startCheckingBalancer } from './support/checking-balancer.ts';
import { notOfRedis, seen, startMuting } from './support/muting.ts';
import { withoutLimits } from './support/process.ts';
import { type Replica, type Replicas, startReplicas } from './support/replicas.ts';

const soon = { timeout: 20_000 };
const of = ({ url }: Replica, path: string) => url.replace('/mcp', path);

const readyz = async (replica: Replica) => {
  const response = await fetch(of(replica, '/readyz'));
  // biome-ignore lint/suspicious/noExplicitAny: the body has no type of ours.
  return { status: response.status, body: (await response.json()) as any };
};
const metric = async (replica: Replica, name: string) => {
  const text = await (await fetch(of(replica, '/metrics'))).text();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));
};

describe.skipIf(!hasRedis)(hasRedis ? 'replicas in operation' : withoutRedis, () => {
  let team: Replicas;
  const begin = async (count: number) => {
    team = await startReplicas({ count, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
  };
  afterEach(() => team.close());
  const seesFresh = async (agent: Agent) =>
    (await agent.call('list_active_calls')).structuredContent?.feed?.stale === false;

  it('tell who lives, who leads, and how far the picture is behind', async () => {
    await begin(2);
    const [first, second] = team.replicas as [Replica, Replica];
    for (const replica of [first, second]) {
      const agent = await replica.agent();
      await expect.poll(() => seesFresh(agent), soon).toBe(true);
    }
    const leader = await team.leader();
    for (const replica of [first, second]) {
      await expect
        .poll(async () => {
          const { replicas, term } = (await readyz(replica)).body;
          return { replicas: replicas.length, term };
        }, soon)
        .toEqual({ replicas: 2, term: 1 });
      const { status, body } = await readyz(replica);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ...{ ready: true, isRedisUp: true, lines: 1, differ: false },
        led: replica === leader ? 1 : 0,
      });
      const isUpToDate = async () => {
        const { lag, silenceMs } = (await readyz(replica)).body;
        return lag.entries < 100 && silenceMs < 5_000;
      };
      await expect.poll(isUpToDate, soon).toBe(true);
      expect(await metric(replica, 'rc_mcp_redis_up')).toEqual(['rc_mcp_redis_up 1']);
      expect(await metric(replica, 'rc_mcp_lines_led')).toEqual([
        `rc_mcp_lines_led ${replica === leader ? 1 : 0}`,
      ]);
      expect(await metric(replica, 'rc_mcp_replicas')).toEqual([
        expect.stringMatching(/^rc_mcp_replicas\{version="[^"]+",policy="[0-9a-f]{12}"\} 2$/),
      ]);
      for (const name of ['log_lag_entries', 'log_lag_seconds', 'leader_silence_seconds', 'term'])
        expect(await metric(replica, `rc_mcp_${name}`)).toHaveLength(1);
    }
    team.redis.freeze();
    await expect.poll(async () => (await readyz(first)).body.isRedisUp, soon).toBe(false);
    const { status, body } = await readyz(first);
    expect(status).toBe(200);
    expect(body.reason).toContain('Redis does not answer');
    expect(await metric(first, 'rc_mcp_redis_up')).toEqual(['rc_mcp_redis_up 0']);
  });

  it('warn of one that has another policy', async () => {
    await begin(1);
    const other = await team.start({ env: { RC_MCP_POLICY: 'cautious', RC_MCP_REPLICA: 'careful' } });
    const [first] = team.replicas as [Replica];
    await expect.poll(async () => (await readyz(first)).body.differ, soon).toBe(true);
    const warning = await first.server.logged(
      'replicas differ in version or policy: no yes of one counts at the other where policies differ',
    );
    expect(warning.others).toMatchObject([{ replica: 'careful' }]);
    await expect.poll(() => metric(first, 'rc_mcp_replicas'), soon).toHaveLength(2);
    expect(await other.server.stop()).toBe(0);
    await expect.poll(async () => (await readyz(first)).body.replicas.length, soon).toBe(1);
    expect((await readyz(first)).body.differ).toBe(false);
  });

  it('one that ends says so while it serves on, and another leads before it has ended', async () => {
    await begin(2);
    for (const replica of team.replicas) {
      const agent = await replica.agent();
      await expect.poll(() => seesFresh(agent), soon).toBe(true);
    }
    const leader = await team.leader();
    const other = team.replicas.find((replica) => replica !== leader) as Replica;
    const exit = leader.server.stop();
    await expect.poll(async () => (await readyz(leader)).status).toBe(503);
    expect((await readyz(leader)).body).toEqual({ ready: false, reason: 'ending' });
    await expect.poll(() => team.leader(), soon).toBe(other);
    const agent = await leader.agent();
    await expect.poll(() => seesFresh(agent), soon).toBe(true);
    expect(leader.server.child.exitCode).toBeNull();
    expect(await exit).toBe(0);
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'a rolling restart' : withoutRedis, () => {
  let team: Replicas;
  let balancer: CheckingBalancer;
  const join = async (replica: Replica) => {
    const { origin } = new URL(replica.url);
    balancer.targets.add(origin);
    await expect.poll(() => balancer.ready.has(origin), soon).toBe(true);
  };
  afterEach(() => team.close());

  it('of three replicas under load loses no act and does none twice', async () => {
    balancer = await startCheckingBalancer();
    onTestFinished(() => balancer.close());
    team = await startReplicas({ count: 3, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
    for (const replica of team.replicas) await join(replica);

    const agents = await Promise.all(
      clientKinds.map((kind) => connect(kind, { http: `${balancer.url}/mcp` })),
    );
    onTestFinished(async () => void (await Promise.allSettled(agents.map((agent) => agent.close()))));
    const muting = await startMuting(team.control, agents);
    for (const replica of [...team.replicas]) {
      await join(await team.start());
      expect(await replica.server.stop()).toBe(0);
      balancer.targets.delete(new URL(replica.url).origin);
    }
    await muting.end();
    expect(notOfRedis(balancer.errors)).toEqual([]);
    expect(notOfRedis([...muting.broken, ...muting.unsent])).toEqual([]);
    expect(Math.min(...muting.done)).toBeGreaterThan(10);
    expect(await seen(agents[0] as Agent)).toEqual(muting.calls.toSorted());
  });
});
