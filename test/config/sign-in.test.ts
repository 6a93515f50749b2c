import { describe, expect, it } from 'vitest';
import { readSignIn } from '../../src/config/sign-in.ts';
import { readConfig, type ServeFlags } from '../../src/config.ts';

const app = { RC_APP_CLIENT_ID: 'the-app', RC_APP_CLIENT_SECRET: 's3' };
const env = { ...app, RC_MCP_ACCOUNTS: '37439510' };
const flags: ServeFlags = { http: true, publicUrl: 'https://calls.example.com', signIn: true };
/** As `serve` does. */
const read = (given: ServeFlags = flags, variables: Record<string, string> = env) =>
  readSignIn(readConfig(given, variables), variables);

describe('--sign-in', () => {
  it('takes the app, the accounts, the people and the keys from the environment', () => {
    expect(read()).toEqual({
      app: { serverUrl: 'https://platform.ringcentral.com', clientId: 'the-app', clientSecret: 's3' },
      accounts: ['37439510'],
    });
    const all = {
      ...{ ...env, RC_MCP_ACCOUNTS: '1, 2', RC_MCP_PEOPLE: '101,102', RC_MCP_TEAM_KEY: 'new' },
      ...{ RC_MCP_TEAM_KEY_PREVIOUS: 'old', RC_MCP_STATE: '/var/lib/rc-mcp' },
    };
    expect(read(flags, all)).toMatchObject({
      accounts: ['1', '2'],
      people: ['101', '102'],
      teamKey: { value: 'new' },
      previousTeamKey: { value: 'old' },
      stateDirectory: '/var/lib/rc-mcp',
    });
  });

  it('is on by the variable, too, and needs no credentials of one login', () => {
    const { signIn: _, ...rest } = flags;
    const on = { ...env, RC_MCP_SIGN_IN: '1' };
    expect(readConfig(rest, on)).toMatchObject({ logins: 'sign-in' });
    expect(readConfig(rest, on).credentials).toBeUndefined();
  });

  it('has defaults for all of it on the sandbox, on loopback', () => {
    const config = readConfig({ sandbox: true, signIn: true }, {});
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8800 });
    expect(readSignIn(config, {})).toEqual({});
  });

  it.each<[string, ServeFlags, Record<string, string>, RegExp]>([
    ['stdio', { signIn: true }, env, /--sign-in needs --http/],
    ['no public URL', { ...flags, publicUrl: undefined as never }, env, /--sign-in needs --public-url/],
    ['no app', flags, { RC_MCP_ACCOUNTS: '1' }, /--sign-in needs RC_APP_CLIENT_ID/],
    ['no accounts', flags, app, /--sign-in needs RC_MCP_ACCOUNTS/],
    ['accounts that are blank', flags, { ...app, RC_MCP_ACCOUNTS: ' , ' }, /--sign-in needs RC_MCP_ACCOUNTS/],
    ['a JWT beside it', flags, { ...env, RC_USER_JWT: 'a.b.c' }, /does not go with RC_USER_JWT/],
    ['a file of logins', flags, { ...env, RC_MCP_LOGINS_FILE: '/x' }, /does not go with RC_MCP_LOGINS_FILE/],
    ['one phone', flags, { ...env, RC_MCP_PHONE: 'desk' }, /does not go with RC_MCP_PHONE/],
    [
      'another authorization server',
      flags,
      { ...env, RC_MCP_OAUTH_ISSUER: 'https://idp.example', RC_MCP_OAUTH_AUDIENCE: 'x' },
      /does not go with RC_MCP_OAUTH_ISSUER/,
    ],
    ['all calls', { ...flags, scope: 'account' }, env, /does not go with --scope account/],
    ['a webhook', { ...flags, events: 'webhook' }, env, /does not go with --events webhook/],
    ['state without a key', { ...flags, state: '/x' }, env, /--state needs RC_MCP_TEAM_KEY/],
  ])('is refused with %s', (_what, given, variables, message) => {
    expect(() => read(given, variables)).toThrow(message);
  });

  it('is needed by --state', () => {
    expect(() => readConfig({ sandbox: true, state: '/x' }, {})).toThrow(/--state needs --sign-in/);
  });
});
