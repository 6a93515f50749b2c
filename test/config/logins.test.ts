import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseLogins, readLogins } from '../../src/config/logins.ts';
import { readConfig, type ServeFlags } from '../../src/config.ts';

const ada = { name: 'ada', clientId: 'app', clientSecret: 's3', jwt: 'a.d.a', principals: ['key:ada'] };
const bob = { name: 'bob', clientId: 'app', jwt: 'b.o.b', principals: ['key:bob', 'user:bob@idp.example'] };

describe('a list of logins', () => {
  const parse = (list: unknown) =>
    parseLogins({
      text: typeof list === 'string' ? list : JSON.stringify(list),
      where: 'logins.json',
      serverUrl: 'https://platform.ringcentral.com',
    });

  it('gives each person their own credentials, and who uses them', () => {
    expect(parse([ada, bob])).toEqual([
      {
        name: 'ada',
        principals: ['key:ada'],
        credentials: {
          serverUrl: 'https://platform.ringcentral.com',
          clientId: 'app',
          clientSecret: 's3',
          jwt: 'a.d.a',
        },
      },
      {
        name: 'bob',
        principals: ['key:bob', 'user:bob@idp.example'],
        credentials: { serverUrl: 'https://platform.ringcentral.com', clientId: 'app', jwt: 'b.o.b' },
      },
    ]);
  });

  it.each([
    ['no JSON', '[{"na', 'logins.json is not JSON'],
    ['an empty list', [], 'logins.json: the list is empty'],
    ['something else', { ada }, 'logins.json: the list is a JSON list'],
    ['a member that there is not', [{ ...ada, phone: 'x' }], '0 has no member phone'],
    ['no name', [{ ...ada, name: undefined }], '0.name is 1 to 64'],
    ['a name with blanks', [{ ...ada, name: 'a b' }], '0.name is 1 to 64'],
    ['no client id', [{ ...ada, clientId: '' }], '0.clientId is empty'],
    ['no JWT', [ada, { ...bob, jwt: undefined }], '1.jwt is missing'],
    ['what is no JWT', [{ ...ada, jwt: 'secret-text' }], '0.jwt is not a JWT'],
    ['a placeholder', [{ ...ada, clientId: '<your-client-id>' }], '0.clientId is a placeholder'],
    ['blanks in a secret', [{ ...ada, clientSecret: 's 3' }], '0.clientSecret has blanks'],
    ['nobody who uses it', [{ ...ada, principals: [] }], '0.principals is empty'],
    ['no principal', [{ ...ada, principals: ['ada'] }], '0.principals.0 is key:NAME'],
    ['whoever runs the server', [{ ...ada, principals: ['local'] }], '0.principals.0 is key:NAME'],
    ['a name twice', [ada, { ...bob, name: 'ada' }], '1.name: the name ada is taken'],
    [
      'a principal in two logins',
      [ada, { ...bob, principals: ['key:bob', 'key:ada'] }],
      '1.principals.1: key:ada uses the login ada already',
    ],
    ['a principal twice', [{ ...ada, principals: ['key:ada', 'key:ada'] }], '0.principals.1: key:ada'],
    ['the same login twice', [ada, { ...ada, name: 'eve', principals: ['key:eve'] }], '1.jwt is that of ada'],
  ])('is refused with the place of %s', (_what, list, message) => {
    expect(() => parse(list)).toThrow(message);
    expect(() => parse(list)).not.toThrow(/secret-text|a\.d\.a|b\.o\.b/);
  });
});

describe.skipIf(process.platform === 'win32')('RC_MCP_LOGINS_FILE', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logins-'));
  const file = join(folder, 'logins.json');
  writeFileSync(file, JSON.stringify([ada]), { mode: 0o600 });
  afterAll(() => rmSync(folder, { recursive: true }));
  const keys = { RC_MCP_KEYS: '[{}]' };
  /** As `serve` does. */
  const read = (env: Record<string, string> = keys, flags: ServeFlags = { http: true }) => {
    const all = { RC_MCP_LOGINS_FILE: file, ...env };
    return readLogins(readConfig(flags, all), all);
  };

  it('is there instead of the credentials of one login', () => {
    expect(read()).toMatchObject([{ credentials: { serverUrl: 'https://platform.ringcentral.com' } }]);
    expect(readConfig({ http: true }, { RC_MCP_LOGINS_FILE: file, ...keys }).credentials).toBeUndefined();
    expect(read({ ...keys, RC_SERVER_URL: 'http://127.0.0.1:4000' })).toMatchObject([
      { credentials: { serverUrl: 'http://127.0.0.1:4000' } },
    ]);
  });

  it.each([
    ['stdio', keys, {}, /RC_MCP_KEYS needs --http/],
    ['nobody who identifies themselves', {}, { http: true }, /needs --http, and keys/],
    ['--sandbox', keys, { http: true, sandbox: true }, /does not go with --sandbox/],
    ['a JWT', { ...keys, RC_USER_JWT: 'a.b.c' }, { http: true }, /does not go with RC_USER_JWT/],
    ['an app', { ...keys, RC_APP_CLIENT_ID: 'app' }, { http: true }, /does not go with RC_APP_CLIENT_ID/],
    ['one phone', { ...keys, RC_MCP_PHONE: 'desk' }, { http: true }, /does not go with RC_MCP_PHONE/],
    ['all calls', keys, { http: true, scope: 'account' }, /does not go with --scope account/],
    [
      'a webhook',
      keys,
      { http: true, events: 'webhook', publicUrl: 'https://x.example' },
      /does not go with --events webhook/,
    ],
  ])('is refused with %s', (_what, env, flags, message) => {
    expect(() => read(env as Record<string, string>, flags)).toThrow(message);
  });

  it('is refused where it cannot be read, is empty, or everybody can read it', () => {
    expect(() => read({ ...keys, RC_MCP_LOGINS_FILE: '/nowhere' })).toThrow(
      /RC_MCP_LOGINS_FILE names \/nowhere, which cannot be read \(ENOENT\)/,
    );
    const empty = join(folder, 'empty.json');
    writeFileSync(empty, ' \n', { mode: 0o600 });
    expect(() => read({ ...keys, RC_MCP_LOGINS_FILE: empty })).toThrow(/is empty/);
    for (const mode of [0o604, 0o644, 0o602]) {
      chmodSync(file, mode);
      expect(() => read()).toThrow(/everybody on this machine can use: chmod 600/);
    }
    for (const mode of [0o600, 0o400, 0o440]) {
      chmodSync(file, mode);
      expect(read()).toHaveLength(1);
    }
  });
});
