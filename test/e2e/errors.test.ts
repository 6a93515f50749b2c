import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { environmentOf, outcome, startSandboxProcess } from './support/process.ts';

const stack = /\n\s+at |node_modules|\.js:\d+/;

describe('what an agent is told', () => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let agent: Agent;

  beforeAll(async () => {
    sandbox = await startSandboxProcess();
    control = new Control(sandbox.address.controlUrl);
    agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: environmentOf(sandbox.address) },
    });
  });
  afterAll(async () => {
    await agent.close();
    await sandbox.stop();
  });

  async function refusal(name: string, args: object) {
    const answer = await agent.call(name, args);
    expect(answer.isError).toBe(true);
    expect(answer.content[0]?.text).not.toMatch(stack);
    return answer.structuredContent?.error;
  }

  it('a mistyped id: where the right one is', async () => {
    const { telephonySessionId } = await new Stage(control).talking();
    const error = await refusal('hold_call_party', { telephonySessionId: `${telephonySessionId}x` });
    expect(error).toMatchObject({ kind: 'not_found', next: [{ tool: 'list_active_calls' }] });
  });

  it('a party that does not fit: the one that does', async () => {
    const leg = await new Stage(control).talking();
    const other = (await control.call(leg.telephonySessionId)).parties.find(({ id }) => id !== leg.partyId);
    const error = await refusal('hold_call_party', {
      telephonySessionId: leg.telephonySessionId,
      partyId: other?.id,
    });
    expect(error?.kind).toBe('invalid_input');
    expect(error?.message).toContain(leg.partyId);
  });

  it.each(['12', '*67+14155550123', 'Tom', '+1', '911'])(
    'a bad number, %s: what is wrong with it',
    async (phoneNumber) => {
      const { telephonySessionId } = await new Stage(control).talking();
      const before = await control.requests();
      const error = await refusal('transfer_call_party', { telephonySessionId, phoneNumber });
      expect(error?.kind).toMatch(/^(invalid_input|denied)$/);
      expect(error?.message.length).toBeGreaterThan(20);
      const { requests } = await control.requests(before.next);
      expect(requests.filter(({ path }) => path.endsWith('/transfer'))).toEqual([]);
    },
  );

  it.each([
    ['hold_call_party', {}],
    ['hold_call_party', { telephonySessionId: 7.5 }],
    ['hold_call_party', { telephonySessionId: 's-1', force: true }],
    ['transfer_call_party', { telephonySessionId: 's-1' }],
    ['transfer_call_party', { telephonySessionId: 's-1', voicemail: '1', parkOrbit: '2' }],
  ])('%s with %j: which argument', async (name, args) => {
    expect(await refusal(name, args)).toMatchObject({ kind: 'invalid_input' });
  });
});

describe('what a person at a terminal is told', () => {
  it('missing credentials: which, where from, and the way without', async () => {
    const { code, stderr, stdout } = await outcome(['serve']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/RC_APP_CLIENT_ID and RC_USER_JWT/);
    expect(stderr).toContain('--sandbox');
    expect(stderr).not.toMatch(stack);
  });

  it.each([
    [['--http', 'nonsense'], /host:port/],
    [['--scope', 'world'], /extension, account/],
    [['--frobnicate'], /frobnicate/],
    [['--sandbox', '--read-only=1'], /--read-only is on where it stands.*alone.*leave it out/],
    [['--sandbox', '--read-only', 'false'], /--read-only is on where it stands/],
    [['doctor', '--sandbox=true'], /--sandbox is on where it stands/],
    [['key', '--team=1'], /--team is on where it stands/],
    [['sandbox', '--manual-clock=0'], /--manual-clock is on where it stands/],
    [['serv'], /unknown command 'serv'.*serve, sandbox, doctor, demo, key, passcode, audit/],
    [['serve', 'frobnicate'], /too many arguments/],
    [['audit', 'verif'], /Did you mean verify/],
    [['--sandbox', '--policy', 'no-such-file.yaml'], /no-such-file\.yaml/],
    [['--sandbox', '--allow-unconfirmed', 'hang_up'], /hang_up/],
    [['--sandbox', '--http', '0.0.0.0:0'], /RC_MCP_KEYS_FILE/],
    [['sandbox', '--rate-limits', 'sometimes'], /sometimes/],
    [['sandbox', '--port', 'x'], /--port is "x"; it must be a whole number from 0 to 65535/],
    [['sandbox', '--port', '9100x'], /--port is "9100x"/],
    [['sandbox', '--port', '99999'], /--port is "99999"/],
    [['sandbox', '--port', '1.5'], /--port is "1\.5"/],
    [['sandbox', '--seed', 'abc'], /--seed is "abc"/],
    [['sandbox', '--chaos', '7'], /--chaos is "7"; it must be a number from 0 to 1/],
    [['sandbox', '--scenario', 'call-center', '--calls', '1e3'], /--calls is "1e3"/],
    [['sandbox', '--idle-timeout', ''], /--idle-timeout is ""/],
    [['--sandbox', '--approvals', '9100x'], /--approvals is "9100x"/],
    [['--sandbox', '--approvals-url', 'https://a.example.com'], /--approvals-url needs --approvals/],
    [
      ['--sandbox', '--approvals', ':0', '--approvals-url', 'http://a.example.com'],
      /--approvals-url .*https/,
    ],
    [
      ['--sandbox', '--approvals', ':0', '--approvals-url', 'https://a.example.com/x'],
      /host name of its own/,
    ],
    [['doctor', '--scope'], /--scope/],
  ])('%j: what is wrong with it', async (args, words) => {
    const { code, stderr, stdout } = await outcome(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(stack);
  });

  it.each([
    ['keys', { RC_MCP_KEYS: '{}' }, /RC_MCP_KEYS: the list is a JSON list/],
    [
      'an issuer',
      { RC_MCP_OAUTH_ISSUER: 'http://login.example.com', RC_MCP_OAUTH_AUDIENCE: 'x' },
      /RC_MCP_OAUTH_ISSUER.*https/,
    ],
  ])('%s that cannot be used: before anything is opened', async (_, identity, words) => {
    const folder = mkdtempSync(join(tmpdir(), 'errors-'));
    const audit = join(folder, 'audit.log');
    const flags = ['serve', '--sandbox', '--http', ':0', '--approvals', ':0', '--audit-log', audit];
    const { PATH = '' } = process.env;
    const { code, stderr } = await outcome(flags, { PATH, RC_MCP_AUDIT_KEY: 'x'.repeat(16), ...identity });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(audit)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it.each([['--help'], ['--version'], ['serve', '--help'], ['sandbox', '--help']])(
    '%s: on stdout',
    async (...args) => {
      const { code, stdout, stderr } = await outcome(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.length).toBeGreaterThan(4);
    },
  );
});

it('--help says what runs without a command', async () => {
  expect((await outcome(['--help'])).stdout).toMatch(/serve \[options\] +the MCP server \(default\)/);
});

describe('RingCentral that is down', () => {
  it('is said in the tool result, with what helps', async () => {
    const sandbox = await startSandboxProcess();
    await sandbox.stop();
    const agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: environmentOf(sandbox.address) },
    });
    const answer = await agent.call('list_devices');
    expect(answer.structuredContent?.error?.kind).toBe('unavailable');
    expect(answer.structuredContent?.error?.message).not.toMatch(stack);
    const calls = await agent.call('list_active_calls');
    expect(JSON.stringify(calls)).toMatch(/stale|not verified|unavailable/i);
    await agent.close();
  });

  it('or that refuses the credentials, says which to check', async () => {
    const sandbox = await startSandboxProcess();
    const agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: { ...environmentOf(sandbox.address), RC_USER_JWT: 'not.a.jwt' } },
    });
    const answer = await agent.call('list_devices');
    expect(answer.isError).toBe(true);
    expect(answer.structuredContent?.error?.message).toMatch(/RC_USER_JWT|JWT/);
    await agent.close();
    await sandbox.stop();
  });
});
