import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsUnaskedEnvironment, outcome } from './support/process.ts';

const { PATH = '' } = process.env;
const sandbox = { PATH, RC_MCP_SANDBOX: '1' };
const key = 'a key of more than sixteen characters';
let folder = '';
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('looks at the sandbox where the variable says so, and at everything that serve would take', async () => {
  const { code, stdout, stderr } = await outcome(['doctor'], sandbox);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const names = [...stdout.matchAll(/^ok {4}([\w ]+):/gm)].map(([, name]) => name);
  expect(names).toEqual([
    ...['settings', 'policy', 'keys', 'audit log', 'approvals page'],
    ...['login', 'permissions', 'identity', 'devices', 'events', 'rate limits'],
  ]);
  expect(stdout).toMatch(/login: logged in at http:\/\/127\.0\.0\.1/);
});

it('finds in order what is in order', async () => {
  const { stdout: made } = await outcome(['passcode']);
  const [, hash = ''] = /_HASH=(\S+)/.exec(made) ?? [];
  const { stdout: keyed } = await outcome(['key', 'desk']);
  const { code, stdout } = await outcome(['doctor', '--http', ':0', '--approvals', ':0'], {
    ...sandbox,
    RC_MCP_POLICY: file('policy.yaml', 'extends: cautious\n'),
    RC_MCP_KEYS_FILE: file('keys.json', /^\[\n.*\n\]$/m.exec(keyed)?.[0] ?? ''),
    RC_MCP_AUDIT_LOG: join(folder, 'new.log'),
    RC_MCP_AUDIT_KEY: key,
    RC_MCP_APPROVALS_PASSCODE_HASH: hash,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok {4}policy: \S+policy\.yaml/);
  expect(stdout).toMatch(/ok {4}keys: keys of \S+keys\.json/);
  expect(stdout).toMatch(/ok {4}audit log: \S+new\.log, which will be made/);
  expect(stdout).toMatch(/ok {4}approvals page: 127\.0\.0\.1:0\n/);
});

describe.each<[string, () => { args?: string[]; env?: Record<string, string> }, RegExp]>([
  [
    'a port that is none',
    () => ({ env: { RC_MCP_HTTP: '9100x' } }),
    /FAIL {2}settings[\s\S]*RC_MCP_HTTP is "9100x"/,
  ],
  [
    'a bind without keys',
    () => ({ args: ['--http', '0.0.0.0:0'] }),
    /FAIL {2}settings[\s\S]*RC_MCP_KEYS_FILE/,
  ],
  [
    'a policy file with a mistake',
    () => ({ env: { RC_MCP_POLICY: file('bad.yaml', 'extends: nothing\n') } }),
    /FAIL {2}policy: .*\n\s+fix: .*bad\.yaml/,
  ],
  [
    'a policy that is not there',
    () => ({ args: ['--policy', '/no/such.yaml'] }),
    /FAIL {2}policy[\s\S]*such\.yaml/,
  ],
  [
    'a tool that does not exist',
    () => ({ args: ['--allow-unconfirmed', 'hang_up'] }),
    /FAIL {2}policy[\s\S]*hang_up/,
  ],
  [
    'a keys file that is no list',
    () => ({ env: { RC_MCP_KEYS_FILE: file('k.json', '{}') } }),
    /FAIL {2}keys[\s\S]*k\.json/,
  ],
  [
    'a keys file that is not there',
    () => ({ env: { RC_MCP_KEYS_FILE: '/no/k.json' } }),
    /FAIL {2}keys[\s\S]*ENOENT/,
  ],
  [
    'an issuer alone',
    () => ({ env: { RC_MCP_OAUTH_ISSUER: 'https://a.example' } }),
    /FAIL {2}keys[\s\S]*AUDIENCE/,
  ],
  [
    'an audit log without a key',
    () => ({ args: ['--audit-log', 'a.log'] }),
    /FAIL {2}audit log[\s\S]*RC_MCP_AUDIT_KEY/,
  ],
  [
    'an audit log that was changed',
    () => ({ env: { RC_MCP_AUDIT_LOG: file('a.log', 'not a line\n'), RC_MCP_AUDIT_KEY: key } }),
    /FAIL {2}audit log: .*Line 1/,
  ],
  [
    'an audit log in no folder',
    () => ({ env: { RC_MCP_AUDIT_LOG: '/no/such/a.log', RC_MCP_AUDIT_KEY: key } }),
    /FAIL {2}audit log: .*ENOENT/,
  ],
  [
    'a passcode in the place of its hash',
    () => ({ args: ['--approvals'], env: { RC_MCP_APPROVALS_PASSCODE_HASH: 'abcd-efgh' } }),
    /FAIL {2}approvals page[\s\S]*scrypt:SALT:KEY/,
  ],
])('%s', (_what, given, words) => {
  it('is found, and the rest is looked at all the same', async () => {
    const { args = [], env = {} } = given();
    const { code, stdout } = await outcome(['doctor', ...args], { ...sandbox, ...env });
    expect(code).toBe(1);
    expect(stdout).toMatch(words);
    expect(stdout).toMatch(/ok {4}login/);
  });
});

it('warns where a proxy shows the server to others and nobody has to identify themselves', async () => {
  const args = ['doctor', '--http', ':0', '--public-url', 'https://calls.example.com'];
  const { code, stdout } = await outcome(args, sandbox);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok {4}keys: none are set\n {6}advice: .*RC_MCP_KEYS_FILE/);
  expect(stdout).not.toContain('need none');
});

it('advises of a tool that is allowed without a question where the policy asks none', async () => {
  const args = ['doctor', '--policy', 'trusted', '--allow-unconfirmed', 'hold_call_party'];
  const { code, stdout } = await outcome(args, sandbox);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /ok {4}policy: trusted.*\n {6}advice: --allow-unconfirmed changes nothing for hold_call_party/,
  );
});

it('tells an address that somebody listens on, and one that is not this machine’s', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const taken = await outcome(['doctor', '--http', `:${port}`, '--approvals', `:${port}`], sandbox);
  other.close();
  expect(taken.code).toBe(0);
  const advice = `\n {6}advice: Something listens on 127\\.0\\.0\\.1:${port} already`;
  expect(taken.stdout).toMatch(new RegExp(`ok {4}settings: .*${advice}`));
  expect(taken.stdout).toMatch(new RegExp(`ok {4}approvals page: .*${advice}`));

  const elsewhere = await outcome(['doctor', '--approvals', '192.0.2.1:8801'], sandbox);
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stdout).toMatch(/FAIL {2}approvals page: [\s\S]*192\.0\.2\.1:8801.*EADDRNOTAVAIL/);
});

it('asks for no passcode of an approvals page on the sandbox, where the server makes one up', async () => {
  const { code, stdout } = await outcome(['doctor', '--sandbox', '--approvals', ':0']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok {4}approvals page: 127\.0\.0\.1:0, with a passcode that is made up/);
  expect(stdout).not.toContain('PASSCODE_HASH');
});

it.each<[string, Record<string, string>, RegExp]>([
  ['no credentials', {}, /set RC_APP_CLIENT_ID and RC_USER_JWT/],
  ['placeholders', { RC_APP_CLIENT_ID: '<your id>', RC_USER_JWT: '…' }, /RC_APP_CLIENT_ID is a placeholder/],
  ['a JWT of another form', { RC_APP_CLIENT_ID: 'id', RC_USER_JWT: 'abc' }, /RC_USER_JWT is not a JWT/],
])('tells %s as it tells everything else', async (_what, env, words) => {
  const { code, stdout, stderr } = await outcome(['doctor'], { PATH, ...env });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/ok {4}policy: standard/);
  expect(/FAIL {2}credentials: .*\n {6}fix: (.*)/.exec(stdout)?.[1]).toMatch(words);
});

it.each<[string, string[], string[]]>([
  ['a webhook without an address', ['--events', 'webhook'], ['settings']],
  ['an audit log without a key', ['--audit-log', 'x.log'], ['settings', 'audit log']],
  ['a Redis URL that is none', ['--redis', 'nonsense'], ['settings', 'Redis']],
  ['a scope that there is not', ['--scope', 'company'], ['settings']],
])('blames for %s what it belongs to, and not the keys', async (_what, args, blamed) => {
  const { stdout } = await outcome(['doctor', ...args], sandbox);
  expect([...stdout.matchAll(/^FAIL {2}([\w ]+):/gm)].map(([, name]) => name)).toEqual(blamed);
});

it.each<[string, Record<string, string>, RegExp]>([
  [
    'that is none',
    { RC_MCP_TEAM_KEY: 'too-short' },
    /^RC_MCP_TEAM_KEY is not 32 bytes.*key --team makes one\.$/,
  ],
  [
    'and the same as the one before it',
    { RC_MCP_TEAM_KEY: 'A'.repeat(43), RC_MCP_TEAM_KEY_PREVIOUS: 'A'.repeat(43) },
    /^The current team key .*RC_MCP_TEAM_KEY_PREVIOUS/,
  ],
])(
  'refuses for replicas and for sign-in a team key %s, in the words of serve',
  async (_what, keys, words) => {
    const replicas = ['--redis', 'redis://127.0.0.1:1'];
    const signIn = ['--sandbox', '--sign-in'];
    for (const [flags, env] of [
      [replicas, callsUnaskedEnvironment()],
      [signIn, { PATH }],
    ] as const) {
      const [served, { code, stdout }] = await Promise.all([
        outcome(['serve', ...flags], { ...env, ...keys }),
        outcome(['doctor', ...flags], { ...env, ...keys }),
      ]);
      const [, fix = ''] = /^FAIL {2}team key: .*\n {6}fix: (.*)$/m.exec(stdout) ?? [];
      expect(fix).toMatch(words);
      expect(served.stderr).toContain(fix);
      expect({ doctor: code, serve: served.code }).toEqual({ doctor: 1, serve: 2 });
    }
  },
);
