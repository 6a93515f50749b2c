import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSealer } from '../../src/team/seal.ts';
import { parseTeamKeys } from '../../src/team/team-keys.ts';
import { openTestTeam } from '../cluster/support/test-team.ts';
import { hasRedis, openTestRedis, startRedis, withoutRedis } from '../support/redis.ts';
import { Control } from './support/control.ts';
import { outcome, quietEnvironment, startSandboxProcess } from './support/process.ts';

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
let env: Record<string, string>;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
  const { account } = await new Control(sandbox.address.controlUrl).state();
  const { serverUrl, clientId, clientSecret } = sandbox.address;
  env = {
    ...quietEnvironment(),
    ...{ RC_SERVER_URL: serverUrl, RC_APP_CLIENT_ID: clientId, RC_APP_CLIENT_SECRET: clientSecret },
    RC_MCP_ACCOUNTS: account.id,
  };
});
afterAll(() => sandbox.stop());

const doctor = (more: Record<string, string> = {}, ...flags: string[]) =>
  outcome(
    ['doctor', '--sign-in', '--http', '127.0.0.1:0', '--public-url', 'http://127.0.0.1:8899', ...flags],
    { ...env, ...more },
  );

describe('doctor --sign-in', () => {
  it('finds in order what is in order, and says what only a login tells', async () => {
    const { code, stdout } = await doctor();
    expect(stdout).toMatch(/ok {4}redirect URI: http:\/\/127\.0\.0\.1:8899\/oauth\/ringcentral\/callback\n/);
    expect(stdout).toMatch(/ok {4}app secret: is accepted/);
    expect(stdout).toMatch(/ok {4}permissions and account: not checked\n {6}advice: .*RC_USER_JWT/);
    expect(code).toBe(0);
  });

  it('with a JWT checks permissions and account, too', async () => {
    const { code, stdout } = await doctor({ RC_USER_JWT: sandbox.address.jwt });
    expect(stdout).toMatch(/ok {4}permissions: all are there/);
    expect(stdout).toMatch(/ok {4}account: \d+ is let in/);
    expect(code).toBe(0);
    const other = await doctor({ RC_USER_JWT: sandbox.address.jwt, RC_MCP_ACCOUNTS: '1' });
    expect(other.stdout).toMatch(/FAIL {2}account: the login is of the account \d+/);
    expect(other.code).toBe(1);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'an app that there is not',
      { RC_APP_CLIENT_ID: 'no-such-app' },
      /FAIL {2}redirect URI[\s\S]*RC_APP_CLIENT_ID/,
    ],
    ['another secret', { RC_APP_CLIENT_SECRET: 'another-secret' }, /FAIL {2}app secret/],
  ])('finds %s', async (_what, more, finding) => {
    const { code, stdout } = await doctor(more);
    expect(stdout).toMatch(finding);
    expect(code).toBe(1);
  });

  it.skipIf(!hasRedis)(
    hasRedis ? 'says whether the team key opens the sign-ins in Redis' : withoutRedis,
    async () => {
      const server = await startRedis();
      onTestFinished(() => server.stop());
      const redis = await openTestRedis(server.url, 'rcmcp');
      onTestFinished(() => redis.close());
      const key = 'A'.repeat(43);
      const found = async (more: Record<string, string>) => {
        const { code, stdout } = await doctor(more, '--redis', server.url);
        return { code, said: /(ok|FAIL) +team key: .*(\n {6}fix: .*)?/.exec(stdout)?.[0] };
      };
      expect(await found({ RC_MCP_TEAM_KEY: key })).toEqual({ code: 0, said: 'ok    team key: current' });
      expect(await redis.send('DBSIZE')).toBe(0);
      const settings = { current: { name: 'RC_MCP_TEAM_KEY', value: key } };
      const team = await openTestTeam(redis, createSealer(parseTeamKeys(settings)));
      await team.close();
      const connections = async () =>
        Number(/total_connections_received:(\d+)/.exec(String(await redis.send('INFO', 'stats')))?.[1]);
      const before = await connections();
      const same = await found({ RC_MCP_TEAM_KEY: key });
      expect((await connections()) - before).toBe(1);
      expect(same).toEqual({ code: 0, said: 'ok    team key: current; opens the sign-ins in Redis' });
      const other = await found({ RC_MCP_TEAM_KEY: `${'B'.repeat(42)}A` });
      expect(other.code).toBe(1);
      expect(other.said).toMatch(/FAIL.*\n.*not the key with which the sign-ins in Redis are sealed/);
    },
  );

  it('finds a redirect URI that is not registered', async () => {
    const { code, stdout } = await outcome(
      ['doctor', '--sign-in', '--http', '127.0.0.1:0', '--public-url', 'https://calls.example.com'],
      env,
    );
    expect(stdout).toMatch(
      /FAIL {2}redirect URI: RingCentral refuses.*\n {6}fix: .*https:\/\/calls\.example\.com\/oauth/,
    );
    expect(code).toBe(1);
  });

  it('looks at the sandbox by itself', async () => {
    const { code, stdout } = await outcome(['doctor', '--sandbox', '--sign-in'], quietEnvironment());
    expect(stdout).toMatch(/ok {4}account: \d+ is let in/);
    expect(code).toBe(0);
  });
});
