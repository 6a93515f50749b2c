import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import {
  environmentOf,
  outcome,
  quietEnvironment,
  type Running,
  run,
  startSandboxProcess,
} from './support/process.ts';

/** By hand, because a client would end the process in its own way; the answer is not waited for. */
function callTool({ child }: Running, name: string, args: object = {}): void {
  const message = (method: string, id?: number, params: object = {}) =>
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...(id && { id }), method, params })}\n`);
  message('initialize', 1, {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  });
  message('notifications/initialized');
  message('tools/call', 2, { name, arguments: args });
}

describe('a server over stdio', () => {
  it('opens nothing towards RingCentral until somebody needs it', async () => {
    const sandbox = await startSandboxProcess();
    const control = new Control(sandbox.address.controlUrl);
    const agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: environmentOf(sandbox.address) },
    });
    await agent.tools();
    expect((await control.requests()).requests).toEqual([]);
    await agent.resources();
    expect((await control.requests()).requests.length).toBeGreaterThan(0);
    await agent.close();
    await sandbox.stop();
  });

  it('revokes its login and exits 0 when stdin closes', async () => {
    const sandbox = await startSandboxProcess();
    const control = new Control(sandbox.address.controlUrl);
    const server = run(['serve'], environmentOf(sandbox.address));
    callTool(server, 'list_active_calls');
    await expect.poll(async () => (await control.requests()).requests.length).toBeGreaterThan(2);
    const exit = once(server.child, 'exit');
    server.child.stdin?.end();
    expect(await exit).toEqual([0, null]);
    const { requests } = await control.requests();
    // Look-ups that were under way may arrive beside it.
    const revoked = requests.filter(({ path }) => path.includes('/oauth/revoke'));
    expect(revoked).toEqual([expect.objectContaining({ status: 200 })]);
    await sandbox.stop();
  });

  it('lets an act that is under way end when stdin closes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lifecycle-'));
    const file = join(folder, 'audit.log');
    const sandbox = await startSandboxProcess();
    const control = new Control(sandbox.address.controlUrl);
    const { telephonySessionId, partyId } = await new Stage(control).talking();
    await control.fault({ kind: 'http', method: 'POST', pathPattern: '**/hold', delayMs: 200 });
    const server = run(['serve', '--audit-log', file], {
      ...environmentOf(sandbox.address),
      RC_MCP_AUDIT_KEY: 'a key of more than sixteen characters',
    });
    callTool(server, 'hold_call_party', { telephonySessionId });
    const log = () => readFileSync(file, 'utf8');
    await expect.poll(() => existsSync(file) && log(), { interval: 5 }).toContain('"intent"');
    const exit = once(server.child, 'exit');
    server.child.stdin?.end();
    expect(await exit).toEqual([0, null]);
    expect(log()).toMatch(/"outcome".*"result":"(observed|accepted)"/);
    const held = (await control.call(telephonySessionId)).parties.find(({ id }) => id === partyId);
    expect(held?.status.code).toBe('Hold');
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  it('ends at once when stdin is empty', async () => {
    expect(await outcome(['serve', '--sandbox'])).toMatchObject({ code: 0, stdout: '' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order at %s', async (signal) => {
    const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
    await server.logged('listening');
    const exit = once(server.child, 'exit');
    server.child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(await server.logged('shutting down')).toMatchObject({ reason: signal });
    await server.logged('ended');
  });

  it('ends in order at SIGHUP over stdio: the host has gone', async () => {
    const server = run(['serve', '--sandbox', '--log-level', 'info']);
    callTool(server, 'list_active_calls');
    await once(server.child.stdout as NonNullable<typeof server.child.stdout>, 'data');
    const exit = once(server.child, 'exit');
    server.child.kill('SIGHUP');
    expect(await exit).toEqual([0, null]);
    expect(await server.logged('shutting down')).toMatchObject({ reason: 'SIGHUP' });
  });

  it.each([
    ['login', '/restapi/oauth/token'],
    ['look-up', '/restapi/v1.0/account/~/extension/~/device'],
  ])('answers who waits for a %s that RingCentral does not answer', async (_, pathPattern) => {
    const sandbox = await startSandboxProcess();
    const control = new Control(sandbox.address.controlUrl);
    await control.fault({ kind: 'http', pathPattern, hang: true });
    const server = run(['serve', '--http', '127.0.0.1:0'], environmentOf(sandbox.address));
    const { url } = await server.logged('listening');
    const agent = await connect('v2 client, 2026-07-28', { http: String(url) });
    const answer = agent.call('list_devices');
    await expect
      .poll(async () => (await control.requests()).requests.map(({ path }) => path))
      .toContain(pathPattern);
    const exit = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    expect(await answer).toMatchObject({
      isError: true,
      structuredContent: { error: { reason: 'cancelled' } },
    });
    expect(await exit).toEqual([0, null]);
    await server.logged('ended');
    await agent.close();
    await sandbox.stop();
  });

  it('ends in order although a part of its code could not be loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lifecycle-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const bundle = join(folder, 'dist');
    cpSync('dist', bundle, { recursive: true });
    const [chunk = ''] = readdirSync(bundle).filter((name) => name.startsWith('sse-endpoint-'));
    rmSync(join(bundle, chunk));
    const server = run(
      ['serve', '--sandbox', '--http', '127.0.0.1:0', '--audit-log', join(folder, 'audit.log')],
      { ...quietEnvironment(), RC_MCP_AUDIT_KEY: 'a key of more than sixteen characters' },
      { bundle },
    );
    const { url } = await server.logged('listening');
    expect((await fetch(String(url).replace('/mcp', '/sse'))).status).toBe(500);
    const exit = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await server.logged('audit log closed');
    await server.logged('ended');
  });

  it('says that it is a sandbox', async () => {
    const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
    await server.logged('sandbox');
    const { url } = await server.logged('listening');
    const agent = await connect('v2 client, 2026-07-28', { http: String(url) });
    expect(await agent.read('ringcentral://telephony/feed')).toMatchObject({ environment: 'sandbox' });
    await agent.close();
    expect(await server.stop()).toBe(0);
  });
});

it('the demo shows a call screened, answered and handed over, and a drop that is asked for, in 80 columns', async () => {
  const { code, stdout } = await outcome(['demo']);
  expect(code).toBe(0);
  for (const tool of ['list_active_calls', 'answer_call_party', 'consult_and_transfer']) {
    expect(stdout).toContain(tool);
  }
  expect(stdout).toMatch(/asks the person[\s\S]*hang up for everyone[\s\S]*has ended for everyone/);
  expect(stdout).toMatch(/Bob Brown picks up[\s\S]*has ended: done/);
  expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  // Ids and cursors are for models.
  expect(stdout).not.toMatch(/\b[sp]-[0-9a-f]{8}|cursor/);
});

describe('the commands that make secrets', () => {
  it('key: what it prints opens the origin check', async () => {
    const { code, stdout } = await outcome(['key', 'desk', '--scopes', 'calls:read']);
    expect(code).toBe(0);
    const [, key = ''] = /^(rcmcp_\S+)$/m.exec(stdout) ?? [];
    const [, list = ''] = /^(\[\n.*\n\])$/m.exec(stdout) ?? [];
    const server = run(['serve', '--sandbox', '--http', ':0'], {
      ...process.env,
      RC_MCP_KEYS: list,
    } as never);
    const { url } = await server.logged('listening');
    expect((await fetch(String(url), { method: 'POST', body: '{}' })).status).toBe(401);
    const agent = await connect('v2 client, 2025', {
      http: String(url),
      headers: { authorization: `Bearer ${key}` },
    });
    const names = (await agent.tools()).map(({ name }) => name);
    expect(names).toContain('list_active_calls');
    expect(names).not.toContain('delete_call_session');
    await agent.close();
    expect(await server.stop()).toBe(0);
  });

  it('key: says that a key of the default scopes cannot hang up, and what it takes', async () => {
    const { stdout } = await outcome(['key', 'desk']);
    expect(stdout).toMatch(
      /It can .*listen in\.\nIt cannot hang up.*--scopes calls:read,calls:control,calls:destructive/,
    );
    const { stdout: whole } = await outcome([
      'key',
      'desk',
      '--scopes',
      'calls:read,calls:control,calls:destructive',
    ]);
    expect(whole).toMatch(/It can .*hang up/);
    expect(whole).not.toContain('cannot');
    const { stdout: admin } = await outcome(['key', 'ops', '--scopes', 'team:admin']);
    expect(admin).toMatch(/It can see who has signed in/);
    const { stdout: help } = await outcome(['key', '--help']);
    expect(help).toMatch(/calls:destructive\s+\(hang\s+up/);
  });

  it.each([
    [['we ird'], /name of a key is 1 to 64/],
    [[''], /name of a key is 1 to 64/],
    [['desk', '--scopes', 'calls:control'], /must hold calls:read/],
    [['desk', '--scopes', 'everything'], /"everything"/],
  ])('key %j: no key that the server would refuse', async (args, words) => {
    const { code, stdout, stderr } = await outcome(['key', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
  });

  it('passcode: a hash that the operator’s page takes', async () => {
    const { code, stdout } = await outcome(['passcode']);
    expect(code).toBe(0);
    const [, name = '', hash = ''] = /^(RC_MCP_APPROVALS_PASSCODE_HASH)=(scrypt:\S+)$/m.exec(stdout) ?? [];
    const server = run(['serve', '--sandbox', '--http', ':0', '--approvals', ':0'], {
      ...process.env,
      [name]: hash,
    } as never);
    await server.logged('listening');
    expect(await server.stop()).toBe(0);
  });
});
