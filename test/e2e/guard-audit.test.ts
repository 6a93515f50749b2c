import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, connect, yes } from './support/agents.ts';
import { Control } from './support/control.ts';
import { type Leg, Stage, succeeded } from './support/operations.ts';
import { environmentOf, outcome, run, startSandboxProcess, withoutLimits } from './support/process.ts';

/** What only the expected head finds: logs that are whole and not the one that the server wrote. */
describe('audit verify --expect', () => {
  const key = 'a key of more than sixteen characters';
  const folder = mkdtempSync(join(tmpdir(), 'guard-audit-'));
  const file = join(folder, 'audit.log');
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let head: string;
  let log: string;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('servers start more often than one login may log in'),
    );
    head = await work(async (agent, leg) => {
      succeeded(await agent.call('hold_call_party', { telephonySessionId: leg.telephonySessionId }));
      succeeded(await agent.call('delete_call_session', { telephonySessionId: leg.telephonySessionId }));
    });
    log = readFileSync(file, 'utf8');
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  /** A server that writes to the file, what an agent does on it, and the head that it logs at exit. */
  async function work(what: (agent: Agent, leg: Leg) => Promise<void>): Promise<string> {
    const server = run(['serve', '--http', '127.0.0.1:0', '--audit-log', file], {
      ...environmentOf(sandbox.address),
      RC_MCP_AUDIT_KEY: key,
    });
    const agent = await connect('v2 client, 2026-07-28', {
      http: String((await server.logged('listening')).url),
    });
    agent.person.answer = yes;
    await what(agent, await new Stage(new Control(sandbox.address.controlUrl)).talking());
    await agent.close();
    expect(await server.stop()).toBe(0);
    const { head: logged, count } = await server.logged('audit log closed');
    expect(count).toBe(readFileSync(file, 'utf8').trimEnd().split('\n').length);
    return String(logged);
  }

  const verify = (...more: string[]) =>
    outcome(['audit', 'verify', file, ...more], { PATH: process.env.PATH ?? '', RC_MCP_AUDIT_KEY: key });

  it('finds the log of the server whole', async () => {
    const { code, stdout } = await verify('--expect', head);
    expect(code).toBe(0);
    expect(stdout).toContain('4 lines, whole');
  });

  it('finds a cut tail, which without it is an unchanged log', async () => {
    writeFileSync(file, `${log.trimEnd().split('\n').slice(0, -2).join('\n')}\n`);
    const { code, stdout } = await verify();
    expect(code).toBe(0);
    expect(stdout).toContain('2 lines, none changed');
    expect(stdout).toMatch(/cut off .*--expect/);
    expect(stdout).not.toContain('whole');
    expect(await verify('--expect', head)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected head'),
    });
    writeFileSync(file, log);
  });

  it('says of an empty file that it is empty, which without it may be all that was cut', async () => {
    writeFileSync(file, '');
    const { code, stdout } = await verify();
    expect(code).toBe(0);
    expect(stdout).toMatch(/is empty.*cut off .*--expect/s);
    expect(stdout).not.toContain('whole');
    expect((await verify('--expect', head)).code).toBe(1);
    expect((await verify('--expect', '0'.repeat(64))).stdout).toContain('is empty, as expected');
    writeFileSync(file, log);
  });

  it('finds a log that was written anew with the true key', async () => {
    renameSync(file, `${file}.true`);
    await work(async (agent, leg) => {
      succeeded(await agent.call('hold_call_party', { telephonySessionId: leg.telephonySessionId }));
    });
    expect((await verify()).code).toBe(0);
    expect(await verify('--expect', head)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected head'),
    });
    renameSync(`${file}.true`, file);
  });

  it('takes the head of the server that carried the log on, not of the one before it', async () => {
    const later = await work(async (agent, leg) => {
      succeeded(await agent.call('hold_call_party', { telephonySessionId: leg.telephonySessionId }));
    });
    expect((await verify('--expect', later)).code).toBe(0);
    expect((await verify('--expect', head)).code).toBe(1);
    writeFileSync(file, log);
  });

  it('finds nothing whole with another key, and needs one', async () => {
    const other = { PATH: process.env.PATH ?? '', RC_MCP_AUDIT_KEY: 'another key, as long as that one' };
    expect((await outcome(['audit', 'verify', file], other)).code).toBe(1);
    const { code, stderr } = await outcome(['audit', 'verify', file], { PATH: process.env.PATH ?? '' });
    expect(code).toBe(2);
    expect(stderr).toContain('RC_MCP_AUDIT_KEY');
  });

  it('says of a file that is not there that it is not', async () => {
    const { code, stderr } = await outcome(['audit', 'verify', join(folder, 'none')], {
      PATH: process.env.PATH ?? '',
      RC_MCP_AUDIT_KEY: key,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('ENOENT');
  });
});
