import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { connect } from './support/agents.ts';
import { Stage, succeeded } from './support/operations.ts';
import { environmentOf, outcome, run, withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';

const key = 'a key of more than sixteen characters';

/** Three replicas with one audit log each; one is killed and started again. */
describe.skipIf(!hasRedis)(hasRedis ? 'the audit logs of replicas' : withoutRedis, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-audit-'));
  const pattern = join(folder, 'audit-{replica}.log');
  const fileOf = (replica: string) => join(folder, `audit-${replica}.log`);
  let team: Replicas;

  /** Has the server at `url` put a call on hold. */
  async function act(url: string) {
    const agent = await connect('v2 client, 2026-07-28', { http: url });
    const { telephonySessionId } = await new Stage(team.control).talking();
    succeeded(await agent.call('hold_call_party', { telephonySessionId }));
    await agent.close();
  }
  const env = () => ({ ...environmentOf(team.address), RC_MCP_AUDIT_KEY: key });
  const logs = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(folder, name));
  const verify = () => outcome(['audit', 'verify', ...logs(), '--redis', team.redis.url], env());

  beforeAll(async () => {
    team = await startReplicas({
      count: 0,
      sandbox: withoutLimits('replicas start more often than one login may log in'),
      serve: ['--audit-log', pattern],
      env: { RC_MCP_AUDIT_KEY: key },
    });
    const start = (replica: string) => team.start({ env: { RC_MCP_REPLICA: replica } });
    const [a, b, c] = [await start('a'), await start('b'), await start('c')];
    for (const { url } of [a, b, c]) await act(url);
    await c.kill();
    const again = await start('c');
    await act(again.url);
    for (const { server } of [a, b, again]) expect(await server.stop()).toBe(0);
  });
  afterAll(async () => {
    await team?.close();
    rmSync(folder, { recursive: true });
  });

  it('are whole, one for each replica, which a killed one goes on in', async () => {
    const { code, stdout, stderr } = await verify();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(logs()).toEqual(['a', 'b', 'c'].map(fileOf));
    expect(stdout.match(/Anchored in Redis up to its end/g)).toHaveLength(3);
    expect(stdout).toMatch(/audit-c\.log \(replica c\): 4 lines, whole/);
    for (const replica of ['a', 'b', 'c'])
      for (const line of readFileSync(fileOf(replica), 'utf8').trimEnd().split('\n'))
        expect(JSON.parse(line).replica).toBe(replica);
  });

  it('show which one was taken away, cut, or put there by somebody else', async () => {
    const away = join(folder, 'away');
    renameSync(fileOf('b'), away);
    const missing = await verify();
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/A log of the replica b is missing among the files: it had 2 lines/);

    writeFileSync(fileOf('b'), `${readFileSync(away, 'utf8').split('\n')[0]}\n`);
    const cut = await verify();
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(/replica b\): It ends at line 1, and line 2 was anchored/);
    copyFileSync(away, fileOf('b'));

    const stranger = run(['serve', '--http', '127.0.0.1:0', '--audit-log', fileOf('x')], env());
    await act(String((await stranger.logged('listening')).url));
    await stranger.stop();
    const foreign = await verify();
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toMatch(/audit-x\.log: No replica has anchored this log/);
    rmSync(fileOf('x'));
    expect((await verify()).code).toBe(0);
  });

  it('are not shared: a replica that is to write to the log of another does not start, and is told how', async () => {
    const args = ['serve', '--http', '127.0.0.1:0', '--audit-log', fileOf('a')];
    const { code, stderr } = await outcome(args, { ...env(), RC_MCP_REPLICA: 'd' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/it is the log of the replica a, and this is d.*\{replica\}/);
  });
});
