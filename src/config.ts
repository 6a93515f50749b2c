import { isAbsolute } from 'node:path';
import { type AuditConfig, readAudit, replicaName } from './config/audit.ts';
import { readCredentials } from './config/credentials.ts';
import { refuseUnknown } from './config/known-variables.ts';
import { refuseUseless } from './config/needs.ts';
import { type RedisAddress, readRedis } from './config/redis.ts';
import {
  type Address,
  ConfigError,
  type Environment,
  isOn,
  oneOf,
  parseAddress,
  parseUrl,
  readSecret,
  type Setting,
  setting,
  variable,
} from './config/settings.ts';
import { teamKeySettings } from './config/team-key.ts';
import type { Credentials } from './ringcentral/auth/credentials.ts';
import type { Scope } from './ringcentral/wire/scope.ts';
import { type LogLevel, logLevels } from './shared/log.ts';
import { isLoopback } from './shared/loopback.ts';

export { auditDays, auditKey, readAudit } from './config/audit.ts';
export { readCredentials } from './config/credentials.ts';
export { type Address, ConfigError } from './config/settings.ts';
export type { Credentials } from './ringcentral/auth/credentials.ts';

/** Hashed keys as a JSON list, and the file or variable that they came from. */
export interface KeySource {
  text: string;
  where: string;
}

/** Where the HTTP server listens, how it is reached from outside, and who is let in. */
export interface HttpConfig extends Address {
  /** The URL under which clients reach this server, without a slash at its end. */
  publicUrl?: string;
  keys?: KeySource;
  oauth?: { issuer: string; audience: string };
}

/** Where `--http` and `--approvals` listen when they name no address. */
export const defaultAddress = {
  http: { host: '127.0.0.1', port: 8800 },
  approvals: { host: '127.0.0.1', port: 8801 },
} as const satisfies Record<string, Address>;

/** The settings of `serve`, validated. */
export interface Config {
  /** On the embedded sandbox. */
  sandbox: boolean;
  /** Of the one login; absent on the sandbox, and where people have their own. */
  credentials?: Credentials;
  /** Each person has a login of their own: `one` for all, those of a `file` (config/logins.ts), or people sign in. */
  logins: 'one' | 'file' | 'sign-in';
  /** Where the state of sign-in is kept (config/sign-in.ts). */
  state?: Setting;
  /** Absent: stdio. */
  http?: HttpConfig;
  scope: Scope;
  /** The URL that RingCentral delivers events to; absent: they come over a WebSocket. */
  webhookAddress?: string;
  /** No tool that acts is offered. */
  readOnly: boolean;
  /** A preset's name or a policy file. */
  policy: string;
  /** Tools that act where the policy would ask. */
  allowUnconfirmed: string[];
  /** Where the operator's page listens; absent: the host asks its person. */
  approvals?: Address;
  /** The origin under which the operator reaches the page, behind a proxy. */
  approvalsUrl?: string;
  /** Id or name of the phone that agents may open the microphone of. */
  phone?: string;
  /** scrypt hash of the operator's passcode; absent: one is made at the start, on a terminal. */
  approvalsPasscodeHash?: string;
  audit?: AuditConfig;
  /** The Redis that replicas share; absent: one process. */
  redis?: RedisAddress;
  /** What this replica is called among the others; absent: one process. */
  replica?: string;
  /** Under which other replicas reach this one; absent: where it listens. */
  replicaUrl?: string;
  /** Of the replicas: what seals that they share. */
  teamKeys?: { current: Setting; previous?: Setting };
  logLevel: LogLevel;
  /** Phone numbers are not masked in the log. */
  fullNumbers: boolean;
}

/** Flags as the command line gives them. Each wins over the environment variable that sets the same. */
export interface ServeFlags {
  sandbox?: boolean;
  http?: string | boolean;
  publicUrl?: string;
  signIn?: boolean;
  state?: string;
  scope?: string;
  events?: string;
  readOnly?: boolean;
  policy?: string;
  allowUnconfirmed?: string[];
  approvals?: string | boolean;
  approvalsUrl?: string;
  auditLog?: string;
  redis?: string;
  logLevel?: string;
}

/**
 * Reads the settings of `serve` from flags and environment.
 * @throws ConfigError that says what to set, and where
 */
export function readConfig(flags: ServeFlags, env: Environment): Config {
  // First, so that a mistyped flag is reported also to somebody who has no credentials yet.
  const settings = readSettings(flags, env);
  const { sandbox, logins } = settings;
  return sandbox || logins !== 'one' ? settings : { ...settings, credentials: readCredentials(env) };
}

/** The same without credentials and logins. Throws `ConfigError`. */
export function readSettings(flags: ServeFlags, env: Environment): Config {
  refuseEmpty(flags);
  refuseUnknown(env);
  const read = (flag: string | undefined, name: string, variableName: string, otherwise: string): Setting =>
    setting(flag, name, env, variableName) ?? { value: otherwise, name };
  const sandbox = usesSandbox(flags, env);
  const isSignInOn = usesSignIn(flags, env);
  const given = bindOf(flags.http, '--http', env, 'RC_MCP_HTTP', defaultAddress.http);
  const http = given ?? (isSignInOn && sandbox ? defaultAddress.http : undefined);
  const publicUrl = baseUrl(setting(flags.publicUrl, '--public-url', env, 'RC_MCP_PUBLIC_URL'));
  const events = oneOf(read(flags.events, '--events', 'RC_MCP_EVENTS', 'websocket'), [
    'websocket',
    'webhook',
  ]);
  const scope = oneOf(read(flags.scope, '--scope', 'RC_MCP_SCOPE', 'extension'), ['extension', 'account']);
  const phone = variable(env, 'RC_MCP_PHONE');
  const webhookAddress = events === 'webhook' ? webhookOf(http, publicUrl) : undefined;
  const state = setting(flags.state, '--state', env, 'RC_MCP_STATE');
  const redis = readReplicas(flags.redis, env, { sandbox, state });
  const audit = readAudit(flags.auditLog, env, redis.redis !== undefined);
  refuseCacheElsewhere(env);
  const policy = readPolicy(flags, env);
  const approvals = readApprovals(flags, env);
  refuseUseless(flags, env, {
    ...{ '--http': http, '--sign-in': isSignInOn, '--redis': redis.redis },
    ...{ '--approvals': approvals.approvals, '--audit-log': audit },
  });
  return {
    ...(webhookAddress && { webhookAddress }),
    ...(http && { http: readHttp(http, publicUrl, isSignInOn, env) }),
    sandbox,
    logins: isSignInOn ? 'sign-in' : variable(env, 'RC_MCP_LOGINS_FILE') ? 'file' : 'one',
    ...(state && { state }),
    scope,
    readOnly: flags.readOnly ?? isOn(env, 'RC_MCP_READ_ONLY'),
    ...policy,
    ...approvals,
    ...(phone && { phone }),
    ...redis,
    ...(audit && { audit }),
    // Over stdio only warnings: a host may store what it reads of stderr, or not read it at all.
    logLevel: oneOf(
      read(flags.logLevel, '--log-level', 'RC_MCP_LOG_LEVEL', http ? 'info' : 'warn'),
      logLevels,
    ),
    fullNumbers: oneOf(read(undefined, '', 'RC_MCP_LOG_NUMBERS', 'masked'), ['masked', 'full']) === 'full',
  };
}

/** Throws `ConfigError` for a cache of compiled code that would lie in whatever folder a host starts in: there is none then. */
function refuseCacheElsewhere(env: Environment): void {
  const folder = variable(env, 'RC_MCP_CODE_CACHE');
  if (folder === undefined || isAbsolute(folder) || /^(off|false|0)$/i.test(folder)) return;
  throw new ConfigError(`RC_MCP_CODE_CACHE is "${folder}"; it is an absolute path, or off.`);
}

/** What several replicas share. Throws `ConfigError` for what does not go with them. */
function readReplicas(
  flag: string | undefined,
  env: Environment,
  { sandbox, state }: { sandbox: boolean; state: Setting | undefined },
): Pick<Config, 'redis' | 'replica' | 'teamKeys' | 'replicaUrl'> {
  const redis = readRedis(flag, env);
  if (!redis) return {};
  if (sandbox) {
    throw new ConfigError(
      '--redis is for several replicas, which need one RingCentral; --sandbox gives each one of its own. Start the ' +
        'sandbox beside them (ringcentral-call-control-mcp sandbox) and set what it prints.',
    );
  }
  if (state)
    throw new ConfigError(`${state.name} does not go with --redis, which keeps the state of sign-in.`);
  const teamKeys = teamKeySettings(env);
  if (!teamKeys) {
    throw new ConfigError(
      '--redis needs RC_MCP_TEAM_KEY (or RC_MCP_TEAM_KEY_FILE), the same for all replicas: it seals what they share. ' +
        'key --team makes one.',
    );
  }
  const replicaUrl = replicaUrlOf(setting(undefined, '', env, 'RC_MCP_REPLICA_URL'));
  return { redis, replica: replicaName(env), teamKeys, ...(replicaUrl && { replicaUrl }) };
}

/** Where other replicas reach this one. Throws `ConfigError` for a URL with a path: replicas have paths of their own. */
function replicaUrlOf(given: Setting | undefined): string | undefined {
  if (!given) return undefined;
  const { origin, pathname, search, hash, username } = parseUrl(given);
  if (pathname === '/' && search === '' && hash === '' && username === '') return origin;
  throw new ConfigError(
    `${given.name} is where other replicas reach this one directly: a host and port alone, such as ${origin}.`,
  );
}

/** Whether `serve` uses the embedded sandbox. Throws `ConfigError` for a variable that is neither on nor off. */
export const usesSandbox = ({ sandbox }: Pick<ServeFlags, 'sandbox'>, env: Environment): boolean =>
  sandbox ?? isOn(env, 'RC_MCP_SANDBOX');

/** Whether people sign in. Throws `ConfigError` for a variable that is neither on nor off. */
export const usesSignIn = ({ signIn }: Pick<ServeFlags, 'signIn'>, env: Environment): boolean =>
  signIn ?? isOn(env, 'RC_MCP_SIGN_IN');

/** Which policy applies, and which tools may act without a question. Throws `ConfigError`. */
export const readPolicy = (
  flags: Pick<ServeFlags, 'policy' | 'allowUnconfirmed'>,
  env: Environment,
): Pick<Config, 'policy' | 'allowUnconfirmed'> => ({
  policy: setting(flags.policy, '--policy', env, 'RC_MCP_POLICY')?.value ?? 'standard',
  allowUnconfirmed: flags.allowUnconfirmed ?? words(variable(env, 'RC_MCP_ALLOW_UNCONFIRMED')),
});

/** Where the operator's page is, and the hash of its passcode. Throws `ConfigError`. */
export function readApprovals(
  flags: Pick<ServeFlags, 'approvals' | 'approvalsUrl'>,
  env: Environment,
): Pick<Config, 'approvals' | 'approvalsUrl' | 'approvalsPasscodeHash'> {
  const approvals = bindOf(flags.approvals, '--approvals', env, 'RC_MCP_APPROVALS', defaultAddress.approvals);
  const given = setting(flags.approvalsUrl, '--approvals-url', env, 'RC_MCP_APPROVALS_URL');
  const hash = variable(env, 'RC_MCP_APPROVALS_PASSCODE_HASH');
  return {
    ...(approvals && { approvals }),
    ...(given && { approvalsUrl: originOf(given) }),
    ...(hash && { approvalsPasscodeHash: hash }),
  };
}

/**
 * The origin of a URL. Throws `ConfigError` for http outside loopback, because the passcode is sent there, and for a
 * path.
 */
function originOf({ value, name }: Setting): string {
  const url = parseUrl({ value, name });
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${name} is ${value}; it must begin with https:// (http only on loopback).`);
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new ConfigError(
      `${name} is ${value}; the page needs a host name of its own, such as ${url.origin}.`,
    );
  }
  return url.origin;
}

/** Throws `ConfigError` for a flag with an empty value: `--audit-log "$LOG"` without LOG must not mean "no log". */
function refuseEmpty(flags: ServeFlags): void {
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === '') throw new ConfigError(`${flag} has an empty value; give it one, or leave it out.`);
  }
}

const words = (list = '') => list.split(/[\s,]+/).filter((word) => word !== '');

/** Where a server listens that a flag or a variable turns on; undefined where it is off. Throws `ConfigError`. */
function bindOf(
  flag: string | boolean | undefined,
  name: string,
  env: Environment,
  variableName: string,
  otherwise: Address,
): Address | undefined {
  const given = typeof flag === 'boolean' ? { value: flag, name } : setting(flag, name, env, variableName);
  return given && parseAddress(given, otherwise);
}

/** The URL without a slash at its end. Throws `ConfigError` for what is none. */
const baseUrl = (given: Setting | undefined): string | undefined =>
  given && parseUrl(given).href.replace(/\/$/, '');

/** Who is let in over HTTP: holders of keys, or of tokens. Throws `ConfigError`. */
export function readIdentity(env: Environment): Pick<HttpConfig, 'keys' | 'oauth'> {
  const keys = readSecret(env, 'RC_MCP_KEYS');
  const where = variable(env, 'RC_MCP_KEYS_FILE') ?? 'RC_MCP_KEYS';
  const issuer = variable(env, 'RC_MCP_OAUTH_ISSUER');
  const audience = variable(env, 'RC_MCP_OAUTH_AUDIENCE');
  if (!issuer !== !audience) {
    throw new ConfigError('RC_MCP_OAUTH_ISSUER and RC_MCP_OAUTH_AUDIENCE belong together; set both or none.');
  }
  return {
    ...(keys && { keys: { text: keys, where } }),
    ...(issuer && audience && { oauth: { issuer, audience } }),
  };
}

/** The settings of the HTTP server. Throws `ConfigError` for one that others reach without identifying themselves. */
function readHttp(
  bind: Address,
  publicUrl: string | undefined,
  signIn: boolean,
  env: Environment,
): HttpConfig {
  const identity = readIdentity(env);
  if (!isLoopback(bind.host) && !identity.keys && !identity.oauth && !signIn) {
    throw new ConfigError(
      `--http ${bind.host}:${bind.port} is reachable from outside this machine, so callers must identify ` +
        'themselves: set RC_MCP_KEYS_FILE (docs/http.md says how to make one), or RC_MCP_OAUTH_ISSUER and RC_MCP_OAUTH_AUDIENCE; ' +
        'or let people sign in (--sign-in); or bind to 127.0.0.1.',
    );
  }
  return { ...bind, ...(publicUrl && { publicUrl }), ...identity };
}

/** The URL of the webhook. Throws `ConfigError` without `--public-url`, under which RingCentral has to reach it. */
function webhookOf(http: Address | undefined, publicUrl: string | undefined): string {
  if (!http || !publicUrl) throw new ConfigError('--events webhook needs --http and --public-url.');
  return `${publicUrl}/webhooks/ringcentral`;
}
