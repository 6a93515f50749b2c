import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import {
  environmentOf,
  outcome,
  type Running,
  run,
  startSandboxProcess,
  withoutLimits,
} from './support/process.ts';

/** What whoever starts a server sets for its guard, and what the server says of it. */
describe('a guard that is set at start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-start-'));
  const policy = join(folder, 'policy.yaml');
  const key = 'a key of sixteen characters';
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('servers start more often than one login may log in'),
    );
    control = new Control(sandbox.address.controlUrl);
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  const env = () => ({ ...environmentOf(sandbox.address), RC_MCP_AUDIT_KEY: key });
  async function serve(...flags: string[]): Promise<{ server: Running; agent: Agent }> {
    const server = run(['serve', '--http', '127.0.0.1:0', ...flags], env());
    const { url } = await server.logged('listening');
    return { server, agent: await connect('v2 client, 2026-07-28', { http: String(url) }, { asks: false }) };
  }
  const sent = async (since: number) =>
    (await control.requests(since)).requests.filter(
      ({ method, path }) => method !== 'GET' && path.includes('/telephony/'),
    );

  it.each([
    [
      'a verdict that there is not',
      'extends: standard\nclasses:\n  redirect: maybe\n',
      ':3: classes.redirect',
    ],
    ['a member that there is not', 'extends: standard\nclass: {}\n', ':2: class: there is no such member'],
    ['a tool that there is not', 'tools:\n  hang_up: allow\n', ':2: tools.hang_up: there is no acting tool'],
    ['destructive acts without asking', 'classes:\n  destructive: allow\n', ':2: classes.destructive'],
    ['no YAML', 'extends: [standard\n', ':'],
    ['nothing', '# extends: trusted\n', ':1: policy: the file says nothing'],
    [
      'a country that there is not',
      'targets:\n  - { to: { country: UK }, verdict: deny }\n',
      ':2: targets.0.to.country: ',
    ],
  ])('refuses %s, with file, line and member', async (_, text, words) => {
    writeFileSync(policy, text);
    const { code, stderr } = await outcome(['serve', '--policy', policy], env());
    expect(code).toBe(2);
    expect(stderr).toContain(`${policy}${words}`);
  });

  it('refuses a policy file that is not there, and a tool to let through that is none', async () => {
    for (const flags of [
      ['--policy', join(folder, 'none.yaml')],
      ['--policy', ''],
      ['--allow-unconfirmed', 'delete_everything'],
    ]) {
      const { code, stderr } = await outcome(['serve', ...flags], env());
      expect({ flags, code }).toEqual({ flags, code: 2 });
      expect(stderr).toContain(flags[0]);
    }
  });

  it('logs the policy’s hash and what acts without asking, shows both to agents, and does so', async () => {
    writeFileSync(policy, 'extends: standard\ntools:\n  delete_call_session: allow\n');
    const { server, agent } = await serve('--policy', policy, '--allow-unconfirmed', 'delete_call_session');
    const { hash } = await server.logged('guard policy');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const warned = await server.logged('these tools act without asking a person');
    expect(warned).toMatchObject({ level: 'warn', tools: ['delete_call_session'] });
    expect(await agent.read('ringcentral://guard')).toMatchObject({
      policy: { name: policy, hash, readOnly: false },
      allowUnconfirmed: ['delete_call_session'],
      asks: 'host',
    });
    const { telephonySessionId } = await new Stage(control).talking();
    succeeded(await agent.call('delete_call_session', { telephonySessionId }));
    const other = await new Stage(control).ringing();
    const reply = await agent.call('reply_party', { ...other, replyWithText: 'Later.' });
    expect(reply.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'unsupported' });
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('logs that a tool of --allow-unconfirmed is one about which the policy does not ask', async () => {
    const flags = ['hold_call_party', 'delete_call_session'].flatMap((tool) => ['--allow-unconfirmed', tool]);
    const { server, agent } = await serve('--policy', 'trusted', ...flags);
    expect(
      await server.logged('allow-unconfirmed changes nothing for these: the policy does not ask'),
    ).toMatchObject({ level: 'warn', tools: ['hold_call_party'], policy: 'trusted' });
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('logs that the phone of RC_MCP_PHONE is none of the login’s, with those there are', async () => {
    const server = run(['serve', '--http', '127.0.0.1:0'], { ...env(), RC_MCP_PHONE: 'Kitchen' });
    const { url } = await server.logged('listening');
    const agent = await connect('v2 client, 2026-07-28', { http: String(url) }, { asks: false });
    await agent.call('list_active_calls');
    expect(await server.logged('RC_MCP_PHONE names no phone of this login')).toMatchObject({
      level: 'warn',
      phone: 'Kitchen',
      phones: expect.arrayContaining(["Alice's desk phone"]),
    });
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('shows agents what waits for a person and what was granted', async () => {
    const server = run(['serve', '--http', '127.0.0.1:0'], env());
    const { url } = await server.logged('listening');
    const agent = await connect('v2 client, 2025', { http: String(url) });
    const look = () => agent.read('ringcentral://guard');
    const before = await look();
    const seen: unknown[] = [];
    agent.person.answer = async ({ requestedSchema }) => {
      seen.push((await look()).pending);
      const { decision } = requestedSchema.properties as { decision?: { enum: string[] } };
      return { action: 'accept', content: { decision: decision?.enum[1] ?? '' } };
    };
    await control.patch('/account', { adminActsOnOthers: true });
    const { telephonySessionId, partyId } = await new Stage(control).othersCall();
    await agent.watch(['ringcentral://guard']);
    succeeded(await agent.call('hold_call_party', { telephonySessionId, partyId }));
    const about = { tool: 'hold_call_party', telephonySessionId };
    expect(seen).toEqual([[expect.objectContaining(about)]]);
    expect(before).toMatchObject({ policy: { name: 'standard' }, pending: [], grants: [] });
    expect(await look()).toMatchObject({ pending: [], grants: [about] });
    await expect.poll(() => agent.news).toContain('ringcentral://guard');
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('with --read-only has no tool that acts, whatever else is allowed', async () => {
    const more = ['--policy', 'trusted', '--allow-unconfirmed', 'delete_call_session'];
    const { server, agent } = await serve('--read-only', ...more);
    const names = (await agent.tools()).map(({ name }) => name);
    expect(names).toContain('read_call_session_status');
    expect(names).not.toContain('hold_call_party');
    const { telephonySessionId } = await new Stage(control).talking();
    const { next } = await control.requests();
    for (const tool of ['delete_call_session', 'hold_call_party']) {
      const end = await agent.call(tool, { telephonySessionId }).catch((error: Error) => error);
      expect(end instanceof Error || end.isError).toBe(true);
    }
    expect(await sent(next)).toEqual([]);
    expect((await agent.read('ringcentral://guard')).policy.readOnly).toBe(true);
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('refuses to act when its audit log was cut meanwhile, and tells the head that was lost', async () => {
    const file = join(folder, 'audit.log');
    const { server, agent } = await serve('--audit-log', file);
    const { telephonySessionId } = await new Stage(control).talking();
    // Events come in: what this agent holds it takes back unasked.
    succeeded(await agent.call('list_active_calls'));
    succeeded(await agent.call('hold_call_party', { telephonySessionId }));
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, `${whole.split('\n')[0]}\n`);
    const { next } = await control.requests();
    const refused = await agent.call('unhold_call_party', { telephonySessionId });
    expect(refused.structuredContent?.error?.kind).toBe('unavailable');
    expect(refused.structuredContent?.error?.message).toContain('audit log');
    expect(await sent(next)).toEqual([]);
    await agent.close();
    expect(await server.stop()).toBe(0);
    const { head } = await server.logged('audit log closed');
    const cut = await outcome(['audit', 'verify', file, '--expect', String(head)], env());
    expect(cut.code).toBe(1);
    writeFileSync(file, whole);
    expect((await outcome(['audit', 'verify', file, '--expect', String(head)], env())).code).toBe(0);
  });
});
