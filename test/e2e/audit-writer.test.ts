import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import {
  binary,
  environmentOf,
  outcome,
  type Running,
  run,
  startSandboxProcess,
  withoutLimits,
} from './support/process.ts';

const key = 'a key of more than sixteen characters';

/** One log has one writer, and what cannot be written is not done. */
describe('the writer of an audit log', () => {
  let folder: string;
  let file: string;
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let stage: Stage;
  let env: Record<string, string>;
  let servers: Running[];

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('servers start more often than one login may log in'),
    );
    control = new Control(sandbox.address.controlUrl);
    stage = new Stage(control);
    env = { ...environmentOf(sandbox.address), RC_MCP_AUDIT_KEY: key };
  });
  afterAll(() => sandbox.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-writer-'));
    file = join(folder, 'audit.log');
    servers = [];
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function serve(): Promise<{ server: Running; agent: Agent }> {
    const server = run(['serve', '--http', '127.0.0.1:0', '--audit-log', file], env);
    servers.push(server);
    const { url } = await server.logged('listening');
    return { server, agent: await connect('v2 client, 2026-07-28', { http: String(url) }) };
  }
  const hold = async (agent: Agent) => {
    const { telephonySessionId } = await stage.talking();
    return agent.call('hold_call_party', { telephonySessionId });
  };
  const verify = () => outcome(['audit', 'verify', file], env);

  it('is one server: a second one says so and ends, and the log stays whole', async () => {
    const { agent } = await serve();
    const second = await outcome(['serve', '--http', '127.0.0.1:0', '--audit-log', file], env);
    expect(second).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('another server writes to it'),
    });
    succeeded(await hold(agent));
    await agent.close();
    expect((await verify()).code).toBe(0);
  });

  it('may be killed: the next one carries the log on at once', async () => {
    const { server, agent } = await serve();
    succeeded(await hold(agent));
    const gone = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await gone;
    const next = await serve();
    succeeded(await hold(next.agent));
    await next.agent.close();
    expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining('4 lines') });
  });

  it('may be started twice by a host that looks first', async () => {
    const client = new Client({ name: 'host', version: '0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [binary, 'serve', '--audit-log', file],
        env,
        stderr: 'ignore',
      }),
    );
    const { telephonySessionId } = await stage.talking();
    const answer = await client.callTool({ name: 'hold_call_party', arguments: { telephonySessionId } });
    expect(answer.isError).toBeUndefined();
    await client.close();
    expect((await verify()).code).toBe(0);
  });

  it.each<[string, (log: string) => void]>([
    ['moved away', (log) => renameSync(log, `${log}.1`)],
    ['deleted', (log) => rmSync(log)],
    ['truncated', (log) => writeFileSync(log, '')],
    ['cut', (log) => writeFileSync(log, `${readFileSync(log, 'utf8').split('\n')[0]}\n`)],
    [
      'rotated by copy',
      (log) => {
        copyFileSync(log, `${log}.1`);
        writeFileSync(log, '');
      },
    ],
    [
      'replaced',
      (log) => {
        copyFileSync(log, `${log}.1`);
        renameSync(`${log}.1`, log);
      },
    ],
    ['written to', (log) => writeFileSync(log, 'a word\n', { flag: 'a' })],
  ])('whose log was %s does nothing more, says so, and goes on reading', async (_what, meddle) => {
    const { server, agent } = await serve();
    succeeded(await hold(agent));
    const { telephonySessionId } = await stage.talking();
    meddle(file);
    const before = (await control.requests()).next;
    const refused = await agent.call('hold_call_party', { telephonySessionId });
    expect(refused.structuredContent?.error).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('audit log'),
    });
    const { requests } = await control.requests(before);
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    await server.logged('the audit log cannot be written');
    succeeded(await agent.call('list_active_calls'));
    await agent.close();
  });
});
