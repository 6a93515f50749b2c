import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

const credentials = { RC_APP_CLIENT_ID: 'id', RC_APP_CLIENT_SECRET: 'secret', RC_USER_JWT: 'jwt' };

describe('credentials', () => {
  it('come from the environment', () => {
    expect(readConfig({}, credentials).credentials).toEqual({
      serverUrl: 'https://platform.ringcentral.com',
      clientId: 'id',
      clientSecret: 'secret',
      jwt: 'jwt',
    });
  });

  it('are not read with --sandbox', () => {
    expect(readConfig({ sandbox: true }, credentials).credentials).toBeUndefined();
    expect(readConfig({}, { RC_MCP_SANDBOX: '1' }).credentials).toBeUndefined();
  });

  it('that are missing are named, with the way out', () => {
    expect(() => readConfig({}, {})).toThrow(/RC_APP_CLIENT_ID and RC_USER_JWT.*--sandbox/s);
    expect(() => readConfig({}, { RC_USER_JWT: 'jwt' })).toThrow(/set RC_APP_CLIENT_ID /);
  });

  it('must travel encrypted, but on loopback', () => {
    const at = (RC_SERVER_URL: string) =>
      readConfig({}, { ...credentials, RC_SERVER_URL }).credentials?.serverUrl;
    expect(() => at('http://platform.example.com')).toThrow(/https/);
    expect(() => at('not a url')).toThrow(/RC_SERVER_URL/);
    expect(at('http://127.0.0.1:4000/')).toBe('http://127.0.0.1:4000');
    expect(at('http://[::1]:4000')).toBe('http://[::1]:4000');
  });

  it('in a file that cannot be read are a clear error', () => {
    const env = { RC_APP_CLIENT_ID: 'id', RC_USER_JWT_FILE: '/nowhere/jwt' };
    expect(() => readConfig({}, env)).toThrow(/RC_USER_JWT_FILE names \/nowhere\/jwt.*ENOENT/);
    expect(() => readConfig({}, { ...credentials, RC_USER_JWT_FILE: '/nowhere' })).toThrow(/keep one/);
  });
});

describe('a file for a secret', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('that is empty is an error: without its keys the server would be open to everybody', () => {
    const file = join(folder, 'keys.json');
    writeFileSync(file, '\n');
    const start = () => readConfig({ sandbox: true, http: true }, { RC_MCP_KEYS_FILE: file });
    expect(start).toThrow(/RC_MCP_KEYS_FILE names .*keys\.json, which is empty/);
  });
});

it.each(['calls.example.com:443', 'localhost:8800', 'ftp://calls.example.com', 'calls.example.com'])(
  '--public-url %s is no address of this server',
  (publicUrl) => {
    expect(() => readConfig({ sandbox: true, http: true, publicUrl }, {})).toThrow(/--public-url.*https:/);
  },
);

describe('--http', () => {
  const http = (value: string | boolean, env = {}) =>
    readConfig({ sandbox: true, http: value }, env as Record<string, string>).http;

  it('is off unless given, and takes host, port, or neither', () => {
    expect(readConfig({ sandbox: true }, {}).http).toBeUndefined();
    expect(http(true)).toEqual({ host: '127.0.0.1', port: 8800 });
    expect(http('9000')).toEqual({ host: '127.0.0.1', port: 9000 });
    expect(http('localhost:0')).toEqual({ host: 'localhost', port: 0 });
    expect(http('[::1]:0')).toEqual({ host: '::1', port: 0 });
  });

  it.each(['host', 'host:', '1:2:3', 'host:70000', 'http://x'])('%s is refused with an example', (value) => {
    expect(() => http(value)).toThrow(/127\.0\.0\.1:8800/);
  });

  it('outside loopback needs identity', () => {
    expect(() => http('0.0.0.0:8800')).toThrow(/RC_MCP_KEYS_FILE/);
    expect(http('0.0.0.0:8800', { RC_MCP_KEYS: '[]' })?.keys).toEqual({ text: '[]', where: 'RC_MCP_KEYS' });
    expect(() => http('0.0.0.0:8800', { RC_MCP_KEYS_FILE: 'no-such.json' })).toThrow(/no-such\.json.*ENOENT/);
    expect(() => http(true, { RC_MCP_OAUTH_ISSUER: 'https://id.example.com' })).toThrow(/belong together/);
  });
});

it('a flag wins over its twin in the environment', () => {
  const env = {
    RC_MCP_SANDBOX: '1',
    RC_MCP_SCOPE: 'account',
    RC_MCP_POLICY: 'cautious',
    RC_MCP_READ_ONLY: '1',
  };
  expect(readConfig({}, env)).toMatchObject({ scope: 'account', policy: 'cautious', readOnly: true });
  expect(readConfig({ scope: 'extension', policy: 'trusted' }, env)).toMatchObject({
    scope: 'extension',
    policy: 'trusted',
  });
});

it('a flag with an empty value is refused, not taken for one that is not there', () => {
  const env = { RC_MCP_AUDIT_KEY: 'sixteen characters' };
  for (const flags of [{ auditLog: '' }, { approvals: '' }, { http: '' }]) {
    expect(() => readConfig({ sandbox: true, ...flags }, env)).toThrow(/^--[a-z-]+ has an empty value/);
  }
});

it.each([
  [{ scope: 'everything' }, {}],
  [{ logLevel: 'loud' }, {}],
  [{ auditLog: 'audit.log' }, {}],
  [{}, { RC_MCP_READ_ONLY: 'maybe' }],
])('%j with %j is refused', (flags, env) => {
  expect(() => readConfig({ sandbox: true, ...flags }, env as Record<string, string>)).toThrow(ConfigError);
});
