import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, startRedis, withoutRedis } from '../support/redis.ts';
import { openTcpLink } from '../support/tcp-link.ts';
import type { Agent } from './support/agents.ts';
import { withoutLimits } from './support/process.ts';
import { type Replica, type Replicas, startReplicas } from './support/replicas.ts';
import { startTeam } from './support/team.ts';

const outsider = { phoneNumber: '+14155550123', name: 'Mona' };
const alice = { extensionNumber: '101' };
const soon = { timeout: 15_000 };

/** What an agent sees, as far as it counts as true. */
const seen = async (agent: Agent): Promise<string[] | undefined> => {
  const { structuredContent } = await agent.call('list_active_calls');
  return structuredContent?.feed?.stale === false
    ? structuredContent.calls.map(({ id }: { id: string }) => id)
    : undefined;
};

describe.skipIf(!hasRedis)(hasRedis ? 'replicas with one login' : withoutRedis, () => {
  let team: Replicas;
  const begin = async (count: number) => {
    team = await startReplicas({ count, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
  };
  afterEach(() => team.close());

  /** The replica that leads, another one, and an agent at each; all calls are read. */
  const settled = async (id: string) => {
    const agents = new Map<Replica, Agent>();
    for (const replica of team.replicas) agents.set(replica, await replica.agent());
    for (const agent of agents.values()) await expect.poll(() => seen(agent), soon).toEqual([id]);
    const leader = await team.leader();
    const follower = team.replicas.find((replica) => replica !== leader) as Replica;
    return { leader, follower, at: (replica: Replica) => agents.get(replica) as Agent };
  };
  const connections = async () => {
    const { requests } = await team.control.requests();
    return requests.filter(({ path }) => path.endsWith('/wstoken')).length;
  };
  /** Which events of the call an agent is told after a cursor. */
  const told = async (agent: Agent, telephonySessionId: string, after: number) => {
    const { structuredContent } = await agent.call('wait_for_call_event', {
      ...{ telephonySessionId, after, timeoutSeconds: 1 },
    });
    return {
      lost: structuredContent?.lost as boolean,
      states: structuredContent?.events?.map(({ status }: { status: string }) => status) as string[],
    };
  };
  const cursorOf = async (agent: Agent): Promise<number> =>
    (await agent.call('list_active_calls')).structuredContent?.cursor;

  it('show the same calls, which one of them reads over one connection', async () => {
    await begin(3);
    const id = await team.control.dial(outsider, alice);
    await settled(id);
    expect(await connections()).toBe(1);
  });

  it('what is told at one is there when it is read at another', async () => {
    await begin(2);
    const id = await team.control.dial(outsider, alice);
    const { leader, follower, at } = await settled(id);
    const uri = `ringcentral://telephony/sessions/${id}`;
    for (const [told, read] of [
      [leader, follower],
      [follower, leader],
    ] as const) {
      await at(told).watch([uri]);
      const { parties } = await team.control.call(id);
      const party = parties.find(({ direction }) => direction === 'Inbound');
      const before = at(told).news.length;
      const isHeld = party?.status.code === 'Answered';
      if (!isHeld) await team.control.act(id, String(party?.id), 'answer');
      else await team.control.act(id, String(party?.id), 'hold');
      await expect.poll(() => at(told).news.slice(before)).toContain(uri);
      const codes = (await at(read).read(uri)).parties.map(
        (one: { status: { code: string } }) => one.status.code,
      );
      expect(codes).toContain(isHeld ? 'Hold' : 'Answered');
    }
  });

  it('a leader that is killed is followed by another, who tells all that happened', async () => {
    await begin(2);
    const id = await team.control.dial(outsider, alice);
    const { leader, follower, at } = await settled(id);
    const cursor = await cursorOf(at(follower));
    // What comes now is in the socket of a process that never reads it.
    leader.freeze();
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    await team.control.act(id, party.id, 'hold');
    await leader.kill();
    // Whoever looked meanwhile may have read the hold first; the events come all the same.
    await expect
      .poll(async () => (await told(at(follower), id, cursor)).states.slice(-2), soon)
      .toEqual(['Answered', 'Hold']);
    expect((await told(at(follower), id, cursor)).lost).toBe(false);
    await expect.poll(() => seen(at(follower)), soon).toEqual([id]);
    const answer = await at(follower).call('update_call_party', { telephonySessionId: id, muted: true });
    expect(answer.structuredContent?.outcome, answer.content[0]?.text).toBe('observed');
  });

  it('a leader that stood still for a while writes nothing more, and follows', async () => {
    await begin(2);
    const id = await team.control.dial(outsider, alice);
    const { leader, follower, at } = await settled(id);
    leader.freeze();
    await expect.poll(() => team.leader(), soon).toBe(follower);
    await expect.poll(() => seen(at(follower)), soon).toEqual([id]);
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    leader.thaw();
    for (const agent of [at(leader), at(follower)]) {
      await expect
        .poll(async () => {
          const { structuredContent } = await agent.call('read_call_session_status', {
            telephonySessionId: id,
          });
          return structuredContent?.call?.parties?.map(
            ({ status }: { status: { code: string } }) => status.code,
          );
        }, soon)
        .toContain('Answered');
      await expect.poll(() => seen(agent), soon).toEqual([id]);
    }
    expect(await team.leader()).toBe(follower);
  });

  it('a leader that cannot reach Redis stops, and says that it is stale', async () => {
    await begin(1);
    const link = await openTcpLink(team.redis.port);
    onTestFinished(() => link.close());
    const cut = await team.start({ redisUrl: `redis://127.0.0.1:${link.port}` });
    const id = await team.control.dial(outsider, alice);
    // The one behind the link is asked first, so that it leads.
    const agent = await cut.agent();
    await expect.poll(() => seen(agent), soon).toEqual([id]);
    const other = await (team.replicas[0] as Replica).agent();
    await expect.poll(() => seen(other), soon).toEqual([id]);
    expect(await team.leader()).toBe(cut);
    link.stall();
    await expect.poll(() => team.leader(), soon).not.toBe(cut);
    await expect.poll(() => seen(other), soon).toEqual([id]);
    const { structuredContent } = await agent.call('list_active_calls');
    expect(structuredContent?.feed).toMatchObject({ stale: true, reason: expect.stringContaining('Redis') });
    link.mend();
    await expect.poll(() => seen(agent), soon).toEqual([id]);
  });

  it('a leader that cannot reach RingCentral lets another lead', async () => {
    await begin(1);
    const folder = mkdtempSync(join(tmpdir(), 'cut-off-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'cut');
    const { port } = new URL(team.address.serverUrl);
    const preload = pathToFileURL('test/support/cut-off.mjs').href;
    const cut = await team.start({
      env: { CUT_OFF_PORT: port, CUT_OFF_FILE: file, NODE_OPTIONS: `--import=${preload}` },
    });
    const id = await team.control.dial(outsider, alice);
    const agent = await cut.agent();
    await expect.poll(() => seen(agent), soon).toEqual([id]);
    const other = await (team.replicas[0] as Replica).agent();
    await expect.poll(() => seen(other), soon).toEqual([id]);
    expect(await team.leader()).toBe(cut);
    writeFileSync(file, '');
    await expect.poll(() => team.leader(), { timeout: 60_000 }).not.toBe(cut);
    // What the other reads is shown here, too.
    const next = await team.control.dial({ phoneNumber: '+14155550124' }, alice);
    for (const one of [other, agent]) {
      await expect.poll(async () => (await seen(one))?.toSorted(), soon).toEqual([id, next].toSorted());
    }
  });

  it('one that joins late, one that lagged, and one with another clock show the same', async () => {
    await begin(2);
    const id = await team.control.dial(outsider, alice);
    const { leader, follower, at } = await settled(id);
    follower.freeze();
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    const ahead = `--import=data:text/javascript,${encodeURIComponent('const real=Date.now;Date.now=()=>real()+90000')}`;
    const late = await team.start({ env: { NODE_OPTIONS: ahead } });
    const joined = await late.agent();
    await expect.poll(() => seen(joined), soon).toEqual([id]);
    await team.control.act(id, party.id, 'hold');
    follower.thaw();
    // Without `asOf`: what no event tells is read again by whoever looks.
    const parts = async (agent: Agent) => {
      const { parties, handle } = await agent.read(`ringcentral://telephony/sessions/${id}`);
      return { handle, parties: parties.map(({ asOf: _, ...rest }: { asOf?: string }) => rest) };
    };
    await expect
      .poll(async () =>
        (await parts(at(leader))).parties.map((one: { status: { code: string } }) => one.status.code),
      )
      .toContain('Hold');
    const truth = await parts(at(leader));
    for (const agent of [at(follower), joined]) await expect.poll(() => parts(agent), soon).toEqual(truth);
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'a Redis with trouble' : withoutRedis, () => {
  let team: Replicas;
  let agents: Agent[];
  beforeEach(async () => {
    team = await startReplicas({ count: 2, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
    agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
  });
  afterEach(() => team.close());

  const acts = async (id: string) => {
    const { requests } = await team.control.requests();
    return requests.filter(({ method, path }) => method !== 'GET' && path.includes(id));
  };

  it.each(['killed', 'frozen'] as const)(
    '%s: acts are refused, calls are shown as old, and all comes back',
    async (how) => {
      const id = await team.control.dial(outsider, alice);
      for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
      const { party } = await team.control.ringsAt('101');
      await team.control.act(id, party.id, 'answer');
      for (const agent of agents) {
        await expect
          .poll(async () =>
            (await agent.read(`ringcentral://telephony/sessions/${id}`)).parties.map(
              (one: { status: { code: string } }) => one.status.code,
            ),
          )
          .toContain('Answered');
      }
      if (how === 'killed') await team.redis.kill();
      else team.redis.freeze();
      for (const agent of agents) {
        const held = await agent.call('hold_call_party', { telephonySessionId: id });
        expect(held.structuredContent?.error, held.content[0]?.text).toMatchObject({ kind: 'unavailable' });
        const { structuredContent } = await agent.call('list_active_calls');
        expect(structuredContent?.calls.map(({ id: one }: { id: string }) => one)).toEqual([id]);
        await expect
          .poll(async () => (await agent.call('list_active_calls')).structuredContent?.feed?.stale, soon)
          .toBe(true);
      }
      expect(await acts(id)).toEqual([]);
      if (how === 'killed') await team.redis.restart();
      else team.redis.thaw();
      for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
      expect(await acts(id)).toEqual([]);
      const held = await agents[0]?.call('hold_call_party', { telephonySessionId: id });
      expect(held?.structuredContent?.outcome, held?.content[0]?.text).toBe('observed');
      expect(await acts(id)).toHaveLength(1);
    },
  );

  it('emptied: everything is read anew, and is the same at all', async () => {
    const id = await team.control.dial(outsider, alice);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    await team.redis.cli('FLUSHALL');
    const other = await team.control.dial({ phoneNumber: '+14155550124' }, { extensionNumber: '101' });
    for (const agent of agents)
      await expect.poll(async () => (await seen(agent))?.toSorted(), soon).toEqual([id, other].toSorted());
    const handles = await Promise.all(
      agents.map(async (agent) => (await agent.read(`ringcentral://telephony/sessions/${id}`)).handle),
    );
    expect(handles[0]).toBe(handles[1]);
  });

  it('a log that is none: acts are refused, calls are shown as old, the key is named, and all comes back', async () => {
    const id = await team.control.dial(outsider, alice);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    const key = await team.redis.cli('KEYS', 'rcmcp:line:*:log');
    await team.redis.cli('DEL', key);
    await team.redis.cli('SET', key, 'something else');
    for (const agent of agents) {
      const { structuredContent } = await agent.call('update_call_party', {
        ...{ telephonySessionId: id, muted: true },
      });
      expect(structuredContent?.error).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining(key),
      });
      await expect
        .poll(async () => (await agent.call('list_active_calls')).structuredContent?.feed?.stale, soon)
        .toBe(true);
    }
    expect(await acts(id)).toEqual([]);
    await team.redis.cli('DEL', key);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    for (const { server } of team.replicas) {
      const told = server.logs.filter((line) => line.key === key);
      expect(told).toHaveLength(1);
      expect(server.logs.filter(({ level }) => level === 'error' || Number(level) >= 50)).toEqual([]);
    }
  });

  it('a damaged checkpoint: whoever leads writes it anew for a replica that joins', async () => {
    const id = await team.control.dial(outsider, alice);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    const checkpoint = await team.redis.cli('KEYS', 'rcmcp:line:*:ckpt');
    await team.redis.cli('HSET', `${checkpoint}:sessions`, 's-none', 'secret, and no JSON');
    const late = await team.start();
    const joined = await late.agent();
    await expect.poll(() => seen(joined), soon).toEqual([id]);
    const told = late.server.logs.filter(({ key }) => key === checkpoint);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'replicas that RingCentral delivers events to' : withoutRedis, () => {
  it('take them at any replica, with one subscription', async () => {
    // The balancer, through which RingCentral reaches the replicas in turn.
    const ports: number[] = [];
    let turn = 0;
    const balancer = createServer((request, response) => {
      turn += 1;
      const { method, url: path, headers } = request;
      const onward = { port: ports[turn % ports.length], host: '127.0.0.1', method, path, headers };
      const forward = httpRequest(onward, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forward.on('error', () => response.destroy());
      request.pipe(forward);
    });
    balancer.listen(0, '127.0.0.1');
    await once(balancer, 'listening');
    onTestFinished(() => void balancer.close());
    const origin = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
    const team = await startReplicas({
      count: 2,
      serve: ['--public-url', origin, '--events', 'webhook'],
      sandbox: withoutLimits('subscriptions of several replicas'),
    });
    onTestFinished(() => team.close());
    ports.push(...team.replicas.map(({ url }) => Number(new URL(url).port)));
    await team.control.patch('/account', { ringSeconds: 300 });
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([]);
    const id = await team.control.dial(outsider, alice);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual([id]);
    const { party } = await team.control.ringsAt('101');
    // Only a delivery can tell of the answer: reads of calls fail.
    const reads = { kind: 'http', method: 'GET', pathPattern: '/telephony/sessions', status: 503 };
    await team.control.fault({ ...reads, times: 1_000 });
    await team.control.act(id, party.id, 'answer');
    for (const agent of agents) {
      await expect
        .poll(
          async () =>
            (await agent.read(`ringcentral://telephony/sessions/${id}/parties/${party.id}`)).status.code,
          soon,
        )
        .toBe('Answered');
    }
    const { requests } = await team.control.requests();
    const subscribed = requests.filter(
      ({ method, path }) => method === 'POST' && path.endsWith('/subscription'),
    );
    expect(subscribed).toHaveLength(1);
  });
});

describe.skipIf(!hasRedis)(
  hasRedis ? 'replicas on which each person has a login of their own' : withoutRedis,
  () => {
    it('show each the same at both, and nobody what is another’s', async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const members = [
        { name: 'alice', extensionNumber: '104' },
        { name: 'bob', extensionNumber: '102' },
      ];
      const team = await startTeam({
        members,
        sandbox: withoutLimits('two people at two replicas'),
        serve: ['--redis', redis.url],
        env: { RC_MCP_TEAM_KEY: randomBytes(32).toString('base64url') },
      });
      onTestFinished(() => team.close());
      await team.control.patch('/account', { ringSeconds: 300 });
      const places = [undefined, await team.startReplica()];
      const calls = new Map<string, string>();
      for (const [nth, { name, extensionNumber }] of members.entries()) {
        calls.set(name, await team.control.dial({ phoneNumber: `+1415555010${nth}` }, { extensionNumber }));
      }
      for (const { name } of members) {
        for (const at of places) {
          const agent = await team.agent(name, 'v2 client, 2026-07-28', at);
          await expect.poll(() => seen(agent), soon).toEqual([calls.get(name)]);
          for (const [other, id] of calls) {
            if (other === name) continue;
            await expect(agent.read(`ringcentral://telephony/sessions/${id}`)).rejects.toThrow();
            expect((await agent.call('hold_call_party', { telephonySessionId: id })).isError).toBe(true);
          }
        }
      }
      const { requests } = await team.control.requests();
      expect(requests.filter(({ path }) => path.endsWith('/wstoken'))).toHaveLength(members.length);
      expect(requests.filter(({ path }) => path.endsWith('/oauth/token'))).toHaveLength(members.length);
    });
  },
);
