import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseUnknown } from '../../src/config/known-variables.ts';
import { ConfigError, readConfig, readSettings, type ServeFlags } from '../../src/config.ts';

const credentials = { RC_APP_CLIENT_ID: 'id', RC_APP_CLIENT_SECRET: 'secret', RC_USER_JWT: 'a.b.c' };

describe('credentials', () => {
  it('come from the environment', () => {
    expect(readConfig({}, credentials).credentials).toEqual({
      serverUrl: 'https://platform.ringcentral.com',
      clientId: 'id',
      clientSecret: 'secret',
      jwt: 'a.b.c',
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
    // MCP "Communication Security", towards RingCentral
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

/** As a host leaves it behind that does not know it. */
const unfilled = (name: string) => ['$', '{', name, '}'].join('');

describe('a value that is none', () => {
  const fit = {
    RC_APP_CLIENT_ID: 'cbC3VxyUZOMj',
    RC_APP_CLIENT_SECRET: 'Pyd8y_L5',
    RC_USER_JWT: 'eyJ0.eyJz.uAjz',
  };
  const variables = ['RC_APP_CLIENT_ID', 'RC_APP_CLIENT_SECRET', 'RC_USER_JWT', 'RC_SERVER_URL'] as const;

  it.each([
    ...['…', '...', 'eyJ…', 'eyJhbGci...', '<your id>', '<client-id>', '[client id]', '***', '---'],
    ...[
      'YOUR_CLIENT_ID',
      'your-jwt',
      'yourClientSecret',
      'Your JWT',
      'MY_JWT',
      'xxx',
      'XXXX-XXXX',
      'changeme',
    ],
    ...[
      'change-me',
      'REPLACE_ME',
      'replace with your jwt',
      'paste your jwt',
      'client_id',
      'jwt_here',
      'TODO',
    ],
    ...['undefined', 'null'],
  ])('%j is called a placeholder', (value) => {
    for (const name of variables)
      expect(() => readConfig({}, { ...fit, [name]: value })).toThrow(`${name} is a placeholder`);
  });

  it.each([
    unfilled('RC_USER_JWT'),
    unfilled('env:RC_USER_JWT'),
    unfilled('input:jwt'),
    '$RC_USER_JWT',
    '%RC_USER_JWT%',
    '{{jwt}}',
    '$(jwt)',
    'RC_USER_JWT',
  ])('%j is called a variable that nobody filled in', (value) => {
    for (const name of variables)
      expect(() => readConfig({}, { ...fit, [name]: value })).toThrow(`${name} is the name of a variable`);
  });

  it.each(['"a.b.c"', "'a.b.c'", '“a.b.c”', '`a.b.c`', '"a.b.c'])(
    '%s is said to stand in quotes',
    (value) => {
      for (const name of variables)
        expect(() => readConfig({}, { ...fit, [name]: value })).toThrow(`${name} stands in quotes`);
    },
  );

  it.each(['a.b\n.c', 'a. b.c', 'a.b.c d', 'a.b\r\n.c', 'a\u200b.b.c'])(
    '%j is said to be in pieces',
    (value) => {
      expect(() => readConfig({}, { ...fit, RC_USER_JWT: value })).toThrow(
        /RC_USER_JWT has blanks or line breaks/,
      );
      expect(() => readConfig({}, { ...fit, RC_APP_CLIENT_ID: value })).toThrow(
        /RC_APP_CLIENT_ID has blanks/,
      );
    },
  );

  it.each(['jwt', 'a.b', 'a.b.c.d', 'a..c', 'https://example.com/jwt', 'cbC3VxyUZOMj'])(
    '%j is no JWT',
    (value) => {
      expect(() => readConfig({}, { ...fit, RC_USER_JWT: value })).toThrow(
        /RC_USER_JWT is not a JWT: .*console/,
      );
      expect(() => readConfig({}, { ...fit, RC_USER_JWT: value })).not.toThrow(value);
    },
  );

  it('a JWT with its scheme is told to leave it out', () => {
    expect(() => readConfig({}, { ...fit, RC_USER_JWT: 'Bearer a.b.c' })).toThrow(/leave the word out/);
  });

  it.each([
    'https://platform.ringcentral.com/restapi',
    'https://platform.ringcentral.com/restapi/v1.0/',
    'https://platform.ringcentral.com/restapi/oauth/token',
  ])('the server %s is told to end before /restapi', (value) => {
    expect(() => readConfig({}, { ...fit, RC_SERVER_URL: value })).toThrow(
      /RC_SERVER_URL is .*leave \/restapi and what follows out: https:\/\/platform\.ringcentral\.com\./,
    );
  });

  it('blanks around a value are nothing, as in files', () => {
    const padded = Object.fromEntries(
      Object.entries(fit).map(([name, value]) => [name, ` \u00a0${value}\u200b\r\n`]),
    );
    expect(
      readConfig({}, { ...padded, RC_SERVER_URL: ' https://platform.example.com/ ' }).credentials,
    ).toEqual({
      serverUrl: 'https://platform.example.com',
      clientId: fit.RC_APP_CLIENT_ID,
      clientSecret: fit.RC_APP_CLIENT_SECRET,
      jwt: fit.RC_USER_JWT,
    });
    expect(readConfig({}, { RC_MCP_SANDBOX: ' 1 ', RC_MCP_SCOPE: 'account\n' }).scope).toBe('account');
    expect(() => readConfig({}, { ...fit, RC_USER_JWT: '  ' })).toThrow(/set RC_USER_JWT /);
  });

  it('is found in other settings too', () => {
    const sandbox = { RC_MCP_SANDBOX: '1' };
    expect(() => readConfig({}, { ...sandbox, RC_MCP_POLICY: unfilled('POLICY') })).toThrow(
      /^RC_MCP_POLICY is the name/,
    );
    expect(() => readConfig({ policy: '"standard"' }, sandbox)).toThrow(/^--policy stands in quotes/);
    expect(() =>
      readConfig({}, { ...sandbox, RC_MCP_AUDIT_LOG: 'a', RC_MCP_AUDIT_KEY: unfilled('AUDIT_KEY_OF_MINE') }),
    ).toThrow(/^RC_MCP_AUDIT_KEY is the name/);
  });
});

describe('a value that is wrong is called by the name that it was set with', () => {
  it.each([
    ['RC_MCP_HTTP', '9100x', /^RC_MCP_HTTP is "9100x"; write host:port/],
    ['RC_MCP_HTTP', 'http://127.0.0.1:9100', /^RC_MCP_HTTP is /],
    ['RC_MCP_HTTP', '127.0.0.1:99999', /^RC_MCP_HTTP is /],
    ['RC_MCP_HTTP', '127.0.0.1', /^RC_MCP_HTTP is /],
    ['RC_MCP_APPROVALS', 'yes', /^RC_MCP_APPROVALS is "yes"/],
    ['RC_MCP_SCOPE', 'all', /^RC_MCP_SCOPE is "all"; it can be extension, account/],
    ['RC_MCP_EVENTS', 'poll', /^RC_MCP_EVENTS is "poll"/],
    ['RC_MCP_LOG_LEVEL', 'loud', /^RC_MCP_LOG_LEVEL is "loud"/],
    ['RC_MCP_PUBLIC_URL', 'calls.example.com', /^RC_MCP_PUBLIC_URL is "calls\.example\.com"/],
    ['RC_MCP_READ_ONLY', 'maybe', /^RC_MCP_READ_ONLY is "maybe"; set it to 1/],
    ['RC_MCP_SANDBOX', 'yes', /^RC_MCP_SANDBOX is "yes"; set it to 1/],
  ])('%s=%s', (name, value, words) => {
    expect(() => readConfig({}, { RC_MCP_SANDBOX: '1', [name]: value })).toThrow(words);
  });

  it.each([
    [{ http: '9100x' }, /^--http is "9100x"/],
    [{ scope: 'all' }, /^--scope is "all"/],
  ])('%j', (flags, words) => {
    expect(() => readConfig({ sandbox: true, ...flags }, {})).toThrow(words);
  });

  it.each(['true', 'TRUE', 'True'])('switches take %s', (value) => {
    expect(readConfig({}, { RC_MCP_SANDBOX: value, RC_MCP_HTTP: value })).toMatchObject({
      http: { port: 8800 },
    });
    expect(readConfig({ sandbox: true }, { RC_MCP_HTTP: 'false', RC_MCP_READ_ONLY: '0' })).toMatchObject({
      readOnly: false,
    });
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

describe('a variable that begins as those of the server', () => {
  const named = readFileSync('README.md', 'utf8').match(/RC_MCP_[A-Z_]+/g) ?? [];

  it.each([...new Set(named)])('%s, which README names, is one', (name) => {
    expect(() => refuseUnknown({ [name]: '1' })).not.toThrow();
  });

  it.each(['RC_MCP_READONLY', 'RC_MCP_POLICI', 'RC_MCP_', 'RC_MCP_POLICY_FILE'])('%s is none', (name) => {
    expect(() => readSettings({ sandbox: true }, { [name]: '1' })).toThrow(`${name} is not a variable`);
  });

  it('and is empty counts as not set', () => {
    expect(() => readSettings({ sandbox: true }, { RC_MCP_READONLY: ' ' })).not.toThrow();
  });
});

describe('a setting that does nothing without another one', () => {
  const needing: Record<string, [value: string, needs: string, ServeFlags]> = {
    RC_MCP_PUBLIC_URL: ['https://calls.example.com', '--http', { http: true }],
    RC_MCP_KEYS: ['[]', '--http', { http: true }],
    RC_MCP_KEYS_FILE: ['package.json', '--http', { http: true }],
    RC_MCP_OAUTH_ISSUER: ['https://id.example.com', '--http', {}],
    RC_MCP_OAUTH_AUDIENCE: ['calls', '--http', {}],
    RC_MCP_ACCOUNTS: ['1', '--sign-in', { signIn: true }],
    RC_MCP_PEOPLE: ['101', '--sign-in', { signIn: true }],
    RC_MCP_STATE: ['/x', '--sign-in', { signIn: true }],
    RC_MCP_TEAM_KEY: ['k', '--sign-in or --redis', { signIn: true }],
    RC_MCP_REPLICA_URL: ['http://10.0.0.7', '--redis', {}],
    RC_MCP_APPROVALS_URL: ['https://a.example.com', '--approvals', { approvals: true }],
    RC_MCP_APPROVALS_PASSCODE_HASH: ['scrypt:a:b', '--approvals', { approvals: true }],
    RC_MCP_AUDIT_DAYS: ['3', '--audit-log', {}],
  };
  const alone: Record<string, string> = {
    ...{ RC_MCP_ALLOW_UNCONFIRMED: 'reply_party', RC_MCP_APPROVALS: '1', RC_MCP_CODE_CACHE: 'off' },
    ...{ RC_MCP_EVENTS: 'websocket', RC_MCP_HTTP: '1', RC_MCP_LOG_LEVEL: 'info', RC_MCP_LOG_NUMBERS: 'full' },
    ...{ RC_MCP_PHONE: 'Desk', RC_MCP_POLICY: 'trusted', RC_MCP_READ_ONLY: '1', RC_MCP_SANDBOX: '1' },
    ...{ RC_MCP_SCOPE: 'account', RC_MCP_SIGN_IN: '1' },
    // `audit verify` needs the key, too, and a name may be given to all servers.
    ...{ RC_MCP_AUDIT_KEY: 'k'.repeat(16), RC_MCP_REPLICA: 'a' },
  };
  /** What it needs is said by a reading of its own. */
  const elsewhere = ['RC_MCP_AUDIT_LOG', 'RC_MCP_REDIS_URL', 'RC_MCP_LOGINS_FILE'];

  it('is known of each variable that README names', () => {
    const named = new Set(readFileSync('README.md', 'utf8').match(/RC_MCP_[A-Z_]*[A-Z]/g));
    const all = [...Object.keys(needing), ...Object.keys(alone), ...elsewhere];
    expect([...named].filter((name) => !all.includes(name))).toEqual([]);
  });

  it.each(Object.entries(needing))('%s is refused, and taken with it', (name, [value, needs, flags]) => {
    expect(() => readSettings({ sandbox: true }, { [name]: value })).toThrow(`${name} needs ${needs}: `);
    if (Object.keys(flags).length > 0)
      expect(() => readSettings({ sandbox: true, ...flags }, { [name]: value })).not.toThrow();
  });

  it.each(Object.entries(alone))('%s is taken alone', (name, value) => {
    expect(() => readSettings({ sandbox: true }, { [name]: value })).not.toThrow();
  });

  it('is called by its flag, where that was given', () => {
    const flags = { sandbox: true, publicUrl: 'https://calls.example.com' };
    expect(() => readSettings(flags, {})).toThrow(/^--public-url needs --http: .* leave --public-url out\.$/);
  });
});

it.each(['cache', './cache', '~/.cache', '%h/cache'])(
  'RC_MCP_CODE_CACHE=%s is no absolute path',
  (folder) => {
    expect(() => readSettings({ sandbox: true }, { RC_MCP_CODE_CACHE: folder })).toThrow(
      `RC_MCP_CODE_CACHE is "${folder}"; it is an absolute path, or off.`,
    );
  },
);

it('a replica is reached by others at a host and port alone', () => {
  const env = { ...credentials, RC_MCP_TEAM_KEY: 'k'.repeat(43), RC_MCP_REDIS_URL: 'redis://redis' };
  const read = (url: string) => readConfig({ http: true }, { ...env, RC_MCP_REPLICA_URL: url }).replicaUrl;
  expect(read('http://10.0.0.7:8800/')).toBe('http://10.0.0.7:8800');
  expect(readConfig({ http: true }, env).replicaUrl).toBeUndefined();
  for (const url of ['10.0.0.7:8800', 'http://10.0.0.7/mcp', 'http://user@10.0.0.7']) {
    expect(() => read(url)).toThrow(/^RC_MCP_REPLICA_URL/);
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
