import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, hasRedis, redisProgram, startRedis, withoutRedis } from '../support/redis.ts';
import { type Agent, clientKinds, connect } from './support/agents.ts';
import { notOfRedis, seen, startMuting } from './support/muting.ts';
import { withoutLimits } from './support/process.ts';
import { blocks, hosts, missing, proxyNames, startBalancer } from './support/proxies.ts';
import { type Replica, type Replicas, startReplicas } from './support/replicas.ts';

const document = 'docs/replicas.md';
const soon = { timeout: 30_000 };

const readyAt = (replica: Replica) =>
  fetch(replica.url.replace('/mcp', '/readyz')).then(
    ({ status }) => status,
    () => 0,
  );

const reasons = hasRedis ? proxyNames.flatMap((name) => missing(name) ?? []) : [withoutRedis];
const proxies = hasRedis ? proxyNames.filter((name) => !missing(name)) : [];

describe.skipIf(proxies.length === 0)(
  ['replicas behind the balancers that the document has', ...reasons].join('; '),
  () => {
    it(`are restarted one after the other under load: no act is lost, none done twice (${proxies.join(', ')})`, async () => {
      const ports = [await freePort(), await freePort(), await freePort()];
      const balancers = await Promise.all(proxies.map((name) => startBalancer(name, ports)));
      // After the replicas: Caddy ends when the streams through it have.
      onTestFinished(async () => void (await Promise.all(balancers.map((balancer) => balancer.stop()))));
      const team: Replicas = await startReplicas({
        count: 0,
        sandbox: withoutLimits('many acts of several replicas'),
        serve: ['--public-url', `https://${hosts.mcp}`],
      });
      onTestFinished(() => team.close());
      await team.control.patch('/account', { ringSeconds: 300 });
      const start = async (port: number) => {
        const replica = await team.start({ http: `127.0.0.1:${port}` });
        await expect.poll(() => readyAt(replica), soon).toBe(200);
        return replica;
      };
      const replicas = await Promise.all(ports.map(start));
      const agents: Agent[] = [];
      onTestFinished(async () => void (await Promise.allSettled(agents.map((agent) => agent.close()))));
      for (const { fetch } of balancers) {
        const reach = { http: `https://${hosts.mcp}/mcp`, fetch };
        for (const kind of clientKinds) agents.push(await connect(kind, reach));
      }
      const muting = await startMuting(team.control, agents);
      for (const [nth, replica] of replicas.entries()) {
        expect(await replica.server.stop()).toBe(0);
        await start(ports[nth] as number);
      }
      await muting.end();
      expect(notOfRedis([...muting.broken, ...muting.unsent])).toEqual([]);
      expect(Math.min(...muting.done)).toBeGreaterThan(10);
    });
  },
);

describe.skipIf(!hasRedis)(hasRedis ? 'the Redis that the document has' : withoutRedis, () => {
  it('fails over: acts are refused for a while, none is done twice, and calls are shown again', async () => {
    const settings = (beginning: string) =>
      blocks(document)
        .find((block) => block.startsWith(beginning))
        ?.split('\n') ?? [];
    const flags = settings('appendonly').flatMap((line) => {
      const [name, ...values] = line.split(' ');
      return [`--${name}`, ...values];
    });
    expect(flags).toContain('--min-replicas-to-write');
    const primary = await startRedis(...flags, '--repl-diskless-sync-delay', '0');
    const others = await Promise.all(
      [0, 1].map(() => startRedis(...flags, '--replicaof', '127.0.0.1', String(primary.port))),
    );
    onTestFinished(async () => void (await Promise.all([primary, ...others].map((node) => node.stop()))));
    const folder = mkdtempSync(join(tmpdir(), 'sentinels-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const watching = settings('sentinel monitor').map((line) =>
      line.replace('10.0.0.21 6379', `127.0.0.1 ${primary.port}`),
    );
    expect(watching).toHaveLength(3);
    const ports = [await freePort(), await freePort(), await freePort()];
    for (const port of ports) {
      const file = join(folder, `${port}.conf`);
      writeFileSync(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...watching].join('\n'));
      const sentinel = spawn(String(redisProgram), [file, '--sentinel'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void sentinel.kill('SIGKILL'));
      let said = '';
      await new Promise<void>((resolve) => {
        sentinel.stdout.on('data', (text) => {
          said += text;
          if ((said.match(/\+slave /g) ?? []).length >= 2) resolve();
        });
      });
    }
    await expect
      .poll(async () => await primary.cli('info', 'replication'), soon)
      .toContain('min_slaves_good_slaves:2');

    const team = await startReplicas({
      count: 2,
      sandbox: withoutLimits('many acts of several replicas'),
      redisUrl: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/calls`,
    });
    onTestFinished(() => team.close());
    await team.control.patch('/account', { ringSeconds: 300 });
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    const muting = await startMuting(team.control, agents);
    await expect.poll(() => Math.min(...muting.done), soon).toBeGreaterThan(3);
    const { length } = muting.unsent;
    await primary.kill();
    await expect.poll(() => muting.unsent.length, soon).toBeGreaterThan(length);
    const before = [...muting.done];
    await expect
      .poll(() => muting.done.every((count, nth) => count > (before[nth] ?? 0) + 3), soon)
      .toBe(true);
    for (const agent of agents) await expect.poll(() => seen(agent), soon).toEqual(muting.calls.toSorted());
    await muting.end();
  });
});
