import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientKinds, connect } from './support/agents.ts';
import { binary, outcome, run } from './support/process.ts';

const { PATH = '' } = process.env;
let folder = '';
let policy = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'first-minute-'));
  policy = join(folder, 'policy.yaml');
  writeFileSync(policy, 'extends: nothing\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Start {
  args: string[];
  env?: Record<string, string>;
  reason: RegExp;
}

/** Every kind of mistake that keeps a server over stdio from starting. */
const starts: [string, () => Start][] = [
  ['missing credentials', () => ({ args: ['serve'], reason: /RC_APP_CLIENT_ID and RC_USER_JWT/ })],
  ['no command', () => ({ args: [], reason: /RC_APP_CLIENT_ID and RC_USER_JWT/ })],
  ['an unknown flag', () => ({ args: ['--sandbx'], reason: /unknown option '--sandbx'/ })],
  ['an unknown command', () => ({ args: ['server'], reason: /unknown command 'server'/ })],
  ['a bad value', () => ({ args: ['serve', '--sandbox', '--scope', 'all'], reason: /--scope is "all"/ })],
  ['a bad policy file', () => ({ args: ['serve', '--sandbox', '--policy', policy], reason: /policy\.yaml/ })],
  [
    'no policy file',
    () => ({ args: ['serve', '--sandbox', '--policy', '/no/such.yaml'], reason: /\/no\/such\.yaml/ }),
  ],
  [
    'a secret that cannot be read',
    () => ({
      args: ['serve'],
      env: { RC_APP_CLIENT_ID: 'id', RC_USER_JWT_FILE: '/no/jwt' },
      reason: /RC_USER_JWT_FILE names \/no\/jwt/,
    }),
  ],
  [
    'an audit log without a key',
    () => ({ args: ['serve', '--sandbox', '--audit-log', join(folder, 'a')], reason: /RC_MCP_AUDIT_KEY/ }),
  ],
  [
    'an audit log that cannot be written',
    () => ({
      args: ['serve', '--sandbox', '--audit-log', '/no/such/audit.log'],
      env: { RC_MCP_AUDIT_KEY: 'a key of more than sixteen characters' },
      reason: /audit/,
    }),
  ],
  [
    'an approvals page without a passcode',
    () => ({
      args: ['serve', '--approvals', ':0'],
      env: { RC_APP_CLIENT_ID: 'an-app', RC_USER_JWT: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' },
      reason: /PASSCODE_HASH/,
    }),
  ],
];

describe.each(starts)('%s', (_what, start) => {
  it.each(clientKinds)('is what a %s shows', async (kind) => {
    const { args, env = {}, reason } = start();
    await expect(connect(kind, { stdio: { args, env: { PATH, ...env } } })).rejects.toThrow(reason);
  });

  it('is what a client shows that finds out the revision by itself', async () => {
    const { args, env = {}, reason } = start();
    const client = new Client({ name: 'host', version: '0' }, { versionNegotiation: { mode: 'auto' } });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [binary, ...args],
      env: { PATH, ...env },
      stderr: 'ignore',
    });
    await expect(client.connect(transport)).rejects.toThrow(reason);
    await client.close();
  });

  it('is said on stderr too, with nothing on stdout for whom did not ask, and exit code 2', async () => {
    const { args, env = {}, reason } = start();
    const { code, stderr, stdout } = await outcome(args, { PATH, ...env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });
});

it('a host that says nothing is not waited for without end', async () => {
  const server = run(['serve'], { PATH });
  expect(await once(server.child, 'exit')).toEqual([2, null]);
});

it.each([
  [['serve', '--http', 'nonsense']],
  [['sandbox', '--port', 'x']],
  [['audit', 'verify', '/no/such']],
  [['doctor']],
])('%j waits for no host', async (args) => {
  const command = run(args, { PATH });
  let said = '';
  command.child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  command.child.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n');
  await once(command.child, 'exit');
  expect(said).not.toContain('jsonrpc');
});
