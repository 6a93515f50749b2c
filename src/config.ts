import { readCredentials } from './config/credentials.ts';
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
import type { Credentials } from './ringcentral/auth/credentials.ts';
import type { Scope } from './ringcentral/wire/scope.ts';
import { type LogLevel, logLevels } from './shared/log.ts';
import { isLoopback } from './shared/loopback.ts';

export { readCredentials } from './config/credentials.ts';
export { type Address, ConfigError } from './config/settings.ts';
export type { Credentials } from './ringcentral/auth/credentials.ts';

export interface HttpConfig extends Address {
  /** What the outside calls this server, without a trailing slash. */
  publicUrl?: string;
  /** Hashed keys as a JSON list, and the name of what they came from. */
  keys?: { text: string; where: string };
  oauth?: { issuer: string; audience: string };
}

/** Everything that `serve` can be told, validated. */
export interface Config {
  /** Absent: the embedded sandbox. */
  credentials?: Credentials;
  /** Absent: stdio. */
  http?: HttpConfig;
  scope: Scope;
  /** Where RingCentral delivers events to; absent: over a WebSocket that we open. */
  webhookAddress?: string;
  readOnly: boolean;
  /** A preset's name or a policy file. */
  policy: string;
  allowUnconfirmed: string[];
  approvals?: Address;
  /** What the outside calls the approvals page behind a proxy: an origin. */
  approvalsUrl?: string;
  /** scrypt hash of the operator's passcode, where it was set beforehand. */
  approvalsPasscodeHash?: string;
  audit?: { file: string; key: string };
  logLevel: LogLevel;
  /** Phone numbers are not masked in the log. */
  fullNumbers: boolean;
}

/** Flags as the command line gives them; each has a twin in the environment and wins over it. */
export interface ServeFlags {
  sandbox?: boolean;
  http?: string | boolean;
  publicUrl?: string;
  scope?: string;
  events?: string;
  readOnly?: boolean;
  policy?: string;
  allowUnconfirmed?: string[];
  approvals?: string | boolean;
  approvalsUrl?: string;
  auditLog?: string;
  logLevel?: string;
}

/** @throws ConfigError with what to set and where */
export function readConfig(flags: ServeFlags, env: Environment): Config {
  refuseEmpty(flags);
  const read = (flag: string | undefined, name: string, variableName: string, otherwise: string): Setting =>
    setting(flag, name, env, variableName) ?? { value: otherwise, name };
  const sandbox = usesSandbox(flags, env);
  const http = bindOf(flags.http, '--http', env, 'RC_MCP_HTTP', 8800);
  const publicUrl = baseUrl(setting(flags.publicUrl, '--public-url', env, 'RC_MCP_PUBLIC_URL'));
  const auditLog = setting(flags.auditLog, '--audit-log', env, 'RC_MCP_AUDIT_LOG')?.value;
  const events = oneOf(read(flags.events, '--events', 'RC_MCP_EVENTS', 'websocket'), [
    'websocket',
    'webhook',
  ]);
  const webhookAddress = events === 'webhook' ? webhookOf(http, publicUrl) : undefined;
  const config: Config = {
    ...(webhookAddress && { webhookAddress }),
    ...(http && { http: readHttp(http, publicUrl, env) }),
    scope: oneOf(read(flags.scope, '--scope', 'RC_MCP_SCOPE', 'extension'), ['extension', 'account']),
    readOnly: flags.readOnly ?? isOn(env, 'RC_MCP_READ_ONLY'),
    ...readPolicy(flags, env),
    ...readApprovals(flags, env),
    ...(auditLog && { audit: { file: auditLog, key: auditKey(env) } }),
    // A host over stdio may keep what it reads of stderr, or not read it at all.
    logLevel: oneOf(
      read(flags.logLevel, '--log-level', 'RC_MCP_LOG_LEVEL', http ? 'info' : 'warn'),
      logLevels,
    ),
    fullNumbers: oneOf(read(undefined, '', 'RC_MCP_LOG_NUMBERS', 'masked'), ['masked', 'full']) === 'full',
  };
  // Last: a mistyped flag is worth saying even to somebody who has no credentials yet.
  return sandbox ? config : { ...config, credentials: readCredentials(env) };
}

/** @throws ConfigError */
export const usesSandbox = ({ sandbox }: Pick<ServeFlags, 'sandbox'>, env: Environment): boolean =>
  sandbox ?? isOn(env, 'RC_MCP_SANDBOX');

/** Which policy, and which tools may act without a question. */
export const readPolicy = (
  flags: Pick<ServeFlags, 'policy' | 'allowUnconfirmed'>,
  env: Environment,
): Pick<Config, 'policy' | 'allowUnconfirmed'> => ({
  policy: setting(flags.policy, '--policy', env, 'RC_MCP_POLICY')?.value ?? 'standard',
  allowUnconfirmed: flags.allowUnconfirmed ?? words(variable(env, 'RC_MCP_ALLOW_UNCONFIRMED')),
});

/** Where the operator's page is, and who may open it. */
export function readApprovals(
  flags: Pick<ServeFlags, 'approvals' | 'approvalsUrl'>,
  env: Environment,
): Pick<Config, 'approvals' | 'approvalsUrl' | 'approvalsPasscodeHash'> {
  const approvals = bindOf(flags.approvals, '--approvals', env, 'RC_MCP_APPROVALS', 8801);
  const given = setting(flags.approvalsUrl, '--approvals-url', env, 'RC_MCP_APPROVALS_URL');
  const hash = variable(env, 'RC_MCP_APPROVALS_PASSCODE_HASH');
  if (given && !approvals) throw new ConfigError(`${given.name} needs --approvals.`);
  return {
    ...(approvals && { approvals }),
    ...(given && { approvalsUrl: originOf(given) }),
    ...(hash && { approvalsPasscodeHash: hash }),
  };
}

/** The passcode travels there, so it must be encrypted; the page knows its files from the root on. */
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

/** `--audit-log "$LOG"` without LOG must not mean: none. */
function refuseEmpty(flags: ServeFlags): void {
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === '') throw new ConfigError(`${flag} has an empty value; give it one, or leave it out.`);
  }
}

const words = (list = '') => list.split(/[\s,]+/).filter((word) => word !== '');

function bindOf(
  flag: string | boolean | undefined,
  name: string,
  env: Environment,
  variableName: string,
  defaultPort: number,
): Address | undefined {
  const given = typeof flag === 'boolean' ? { value: flag, name } : setting(flag, name, env, variableName);
  return given && parseAddress(given, defaultPort);
}

/** Without a slash at the end. */
const baseUrl = (given: Setting | undefined): string | undefined =>
  given && parseUrl(given).href.replace(/\/$/, '');

/** Who is let in over HTTP. */
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

function readHttp(bind: Address, publicUrl: string | undefined, env: Environment): HttpConfig {
  const identity = readIdentity(env);
  if (!isLoopback(bind.host) && !identity.keys && !identity.oauth) {
    throw new ConfigError(
      `--http ${bind.host}:${bind.port} is reachable from outside this machine, so callers must identify ` +
        'themselves: set RC_MCP_KEYS_FILE (docs/http.md says how to make one), or RC_MCP_OAUTH_ISSUER and RC_MCP_OAUTH_AUDIENCE; or bind to 127.0.0.1.',
    );
  }
  return { ...bind, ...(publicUrl && { publicUrl }), ...identity };
}

/** RingCentral must be able to reach a webhook, so it needs an address of the outside. */
function webhookOf(http: Address | undefined, publicUrl: string | undefined): string {
  if (!http || !publicUrl) throw new ConfigError('--events webhook needs --http and --public-url.');
  return `${publicUrl}/webhooks/ringcentral`;
}

/** @throws ConfigError */
export function auditKey(env: Environment): string {
  const key = readSecret(env, 'RC_MCP_AUDIT_KEY');
  if (!key || key.length < 16) {
    throw new ConfigError(
      'An audit log needs RC_MCP_AUDIT_KEY (at least 16 characters): it seals each line.',
    );
  }
  return key;
}
