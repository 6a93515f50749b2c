import type { Config } from '../config.ts';
import type { Credentials } from '../ringcentral/auth/credentials.ts';
import { serverUrlOf } from './credentials.ts';
import { ConfigError, type Environment, readSecret, type Setting, variable } from './settings.ts';
import { teamKeySettings } from './team-key.ts';

/** How people sign in with their own RingCentral accounts. What is absent the sandbox of this process has. */
export interface SignInConfig {
  /** The RingCentral app that people sign in to. */
  app?: Pick<Credentials, 'serverUrl' | 'clientId' | 'clientSecret'>;
  /** Ids of the accounts that are let in. */
  accounts?: readonly string[];
  /** Extension numbers or ids of the people that are let in; absent: everybody of the accounts. */
  people?: readonly string[];
  /** Absent: one that is made at the start, for state that ends with the process. */
  teamKey?: Setting;
  previousTeamKey?: Setting;
  /** Where sealed state is kept; absent: in memory. */
  stateDirectory?: string;
}

/** What belongs to one login, or lets people in otherwise, and so does not go with sign-in. */
const others = [
  'RC_USER_JWT',
  'RC_USER_JWT_FILE',
  'RC_MCP_LOGINS_FILE',
  'RC_MCP_OAUTH_ISSUER',
  'RC_MCP_PHONE',
];

/**
 * How people sign in, where `--sign-in` is on.
 * @throws ConfigError that says what to set, and where
 */
export function readSignIn(config: Config, env: Environment): SignInConfig {
  const { sandbox, http } = config;
  const publicUrl = http?.publicUrl;
  if (!sandbox && !http) throw new ConfigError('--sign-in needs --http: people sign in with a browser.');
  if (!sandbox && !publicUrl) {
    throw new ConfigError(
      '--sign-in needs --public-url: RingCentral and the apps of people come back to it, and it has to be https outside loopback.',
    );
  }
  refuseOthers(config, env);
  const stateDirectory = config.state?.value;
  const { current: teamKey, previous: previousTeamKey } = teamKeySettings(env) ?? {};
  if (stateDirectory !== undefined && !teamKey) {
    throw new ConfigError(
      '--state needs RC_MCP_TEAM_KEY (or RC_MCP_TEAM_KEY_FILE), which seals what is kept there: key --team makes one.',
    );
  }
  const people = listOf(env, 'RC_MCP_PEOPLE');
  const common = {
    ...(people && { people }),
    ...(teamKey && { teamKey }),
    ...(previousTeamKey && { previousTeamKey }),
    ...(stateDirectory !== undefined && { stateDirectory }),
  };
  if (sandbox) return common;
  const accounts = listOf(env, 'RC_MCP_ACCOUNTS');
  if (!accounts) {
    throw new ConfigError(
      '--sign-in needs RC_MCP_ACCOUNTS: the ids of the RingCentral accounts whose people are let in, comma separated.',
    );
  }
  return { ...common, accounts, app: appOf(env) };
}

/** Throws `ConfigError` for what does not go with sign-in. */
function refuseOthers({ sandbox, scope, webhookAddress }: Config, env: Environment): void {
  const other = [
    scope !== 'extension' && '--scope account, which shows all calls to everybody',
    webhookAddress && '--events webhook',
    // The sandbox's own login is not used either.
    ...(sandbox ? [] : others).map((name) => env[name] && name),
  ].find(Boolean);
  if (!other) return;
  throw new ConfigError(
    `--sign-in has everybody sign in with their own RingCentral account. It does not go with ${other}; leave one of them out.`,
  );
}

function appOf(env: Environment): NonNullable<SignInConfig['app']> {
  const clientId = readSecret(env, 'RC_APP_CLIENT_ID');
  if (!clientId) {
    throw new ConfigError(
      '--sign-in needs RC_APP_CLIENT_ID (and RC_APP_CLIENT_SECRET unless the app is public): the app that people sign in to.',
    );
  }
  const clientSecret = readSecret(env, 'RC_APP_CLIENT_SECRET');
  return { serverUrl: serverUrlOf(env), clientId, ...(clientSecret && { clientSecret }) };
}

function listOf(env: Environment, name: string): string[] | undefined {
  const entries = variable(env, name)
    ?.split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return entries && entries.length > 0 ? entries : undefined;
}
