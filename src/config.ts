import { readFileSync } from 'node:fs';
import { type LogLevel, logLevels } from './base/log.ts';
import { isLoopback } from './base/loopback.ts';

/** A mistake of the person who starts the server: shown as it is, exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Credentials {
  serverUrl: string;
  clientId: string;
  /** Absent for public apps. */
  clientSecret?: string;
  jwt: string;
}

export interface Address {
  host: string;
  port: number;
}

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
  scope: 'extension' | 'account';
  /** Where RingCentral delivers events to; absent: over a WebSocket that we open. */
  webhookAddress?: string;
  readOnly: boolean;
  /** A preset's name or a policy file. */
  policy: string;
  allowUnconfirmed: string[];
  approvals?: Address;
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
  auditLog?: string;
  logLevel?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const production = 'https://platform.ringcentral.com';

/** @throws ConfigError with what to set and where */
export function readConfig(flags: ServeFlags, env: Environment): Config {
  refuseEmpty(flags);
  const setting = (flag: string | undefined, name: string) => flag ?? (env[name] || undefined);
  const sandbox = flags.sandbox ?? isOn(env, 'RC_MCP_SANDBOX');
  const http = address(flags.http ?? env.RC_MCP_HTTP, '--http', 8800);
  const approvals = address(flags.approvals ?? env.RC_MCP_APPROVALS, '--approvals', 8801);
  const publicUrl = setting(flags.publicUrl, 'RC_MCP_PUBLIC_URL');
  const auditLog = setting(flags.auditLog, 'RC_MCP_AUDIT_LOG');
  const webhookAddress = readEvents(setting(flags.events, 'RC_MCP_EVENTS') ?? 'websocket', http, publicUrl);
  const config: Config = {
    ...(webhookAddress && { webhookAddress }),
    ...(http && { http: readHttp(http, publicUrl, env) }),
    scope: oneOf(setting(flags.scope, 'RC_MCP_SCOPE') ?? 'extension', ['extension', 'account'], '--scope'),
    readOnly: flags.readOnly ?? isOn(env, 'RC_MCP_READ_ONLY'),
    policy: setting(flags.policy, 'RC_MCP_POLICY') ?? 'standard',
    allowUnconfirmed: flags.allowUnconfirmed ?? words(env.RC_MCP_ALLOW_UNCONFIRMED),
    ...(approvals && { approvals }),
    ...(env.RC_MCP_APPROVALS_PASSCODE_HASH && { approvalsPasscodeHash: env.RC_MCP_APPROVALS_PASSCODE_HASH }),
    ...(auditLog && { audit: { file: auditLog, key: auditKey(env) } }),
    // A host over stdio may keep what it reads of stderr, or not read it at all.
    logLevel: oneOf(
      setting(flags.logLevel, 'RC_MCP_LOG_LEVEL') ?? (http ? 'info' : 'warn'),
      logLevels,
      '--log-level',
    ),
    fullNumbers:
      oneOf(env.RC_MCP_LOG_NUMBERS || 'masked', ['masked', 'full'], 'RC_MCP_LOG_NUMBERS') === 'full',
  };
  // Last: a mistyped flag is worth saying even to somebody who has no credentials yet.
  return sandbox ? config : { ...config, credentials: readCredentials(env) };
}

/** `--audit-log "$LOG"` without LOG must not mean: none. */
function refuseEmpty(flags: ServeFlags): void {
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === '') throw new ConfigError(`${flag} has an empty value; give it one, or leave it out.`);
  }
}

const isOn = (env: Environment, name: string) => {
  const value = env[name] ?? '';
  if (['', '0', 'false'].includes(value)) return false;
  if (['1', 'true'].includes(value)) return true;
  throw new ConfigError(`${name} is "${value}"; set it to 1, or leave it out.`);
};

const words = (list = '') => list.split(/[\s,]+/).filter((word) => word !== '');

function oneOf<T extends string>(value: string, allowed: readonly T[], flag: string): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw new ConfigError(`${flag} is "${value}"; it can be ${allowed.join(', ')}.`);
  return found;
}

/** Reads `NAME`, or the file that `NAME_FILE` names (for secrets that a container mounts). */
function readSecret(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  if (!file) return env[name] || undefined;
  if (env[name]) throw new ConfigError(`Both ${name} and ${name}_FILE are set; keep one.`);
  const secret = readText(file, `${name}_FILE`).trim();
  // Taken for "not set", an empty file of keys would let everybody in.
  if (secret === '') throw new ConfigError(`${name}_FILE names ${file}, which is empty.`);
  return secret;
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${name} names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

/** @throws ConfigError naming every variable that is missing, and the sandbox as the way without */
export function readCredentials(env: Environment): Credentials {
  const serverUrl = readSecret(env, 'RC_SERVER_URL') ?? production;
  const clientId = readSecret(env, 'RC_APP_CLIENT_ID');
  const clientSecret = readSecret(env, 'RC_APP_CLIENT_SECRET');
  const jwt = readSecret(env, 'RC_USER_JWT');
  if (!clientId || !jwt) {
    const missing = [!clientId && 'RC_APP_CLIENT_ID', !jwt && 'RC_USER_JWT'].filter(Boolean).join(' and ');
    throw new ConfigError(
      `RingCentral credentials are missing: set ${missing} (and RC_APP_CLIENT_SECRET for a server app). ` +
        'They come from your app and your JWT credential in the RingCentral developer console. ' +
        'To try it without an account, start with --sandbox.',
    );
  }
  return { serverUrl: checkServerUrl(serverUrl), clientId, ...(clientSecret && { clientSecret }), jwt };
}

function checkServerUrl(text: string): string {
  const url = parseUrl(text, 'RC_SERVER_URL');
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`RC_SERVER_URL is ${text}; it must begin with https:// (http only on loopback).`);
  }
  return url.origin + url.pathname.replace(/\/$/, '');
}

function parseUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // `calls.example.com:443` parses, as an address of the scheme "calls.example.com".
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${name} is "${text}", which is no URL that begins with https:// or http://.`);
  }
  return url;
}

/** `host:port`, `:port`, `port` or nothing at all (loopback, the default port). */
function address(
  value: string | boolean | undefined,
  flag: string,
  defaultPort: number,
): Address | undefined {
  if (value === undefined || value === false || value === '') return undefined;
  if (value === true || value === '1') return { host: '127.0.0.1', port: defaultPort };
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]]+)?:)?(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new ConfigError(
      `${flag} is "${value}"; write host:port, such as 127.0.0.1:${defaultPort} (port 0 = any).`,
    );
  }
  return { host: match[1]?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port };
}

function readHttp(bind: Address, publicUrl: string | undefined, env: Environment): HttpConfig {
  const keys = readSecret(env, 'RC_MCP_KEYS');
  const where = env.RC_MCP_KEYS_FILE || 'RC_MCP_KEYS';
  const issuer = env.RC_MCP_OAUTH_ISSUER || undefined;
  const audience = env.RC_MCP_OAUTH_AUDIENCE || undefined;
  if (!issuer !== !audience) {
    throw new ConfigError('RC_MCP_OAUTH_ISSUER and RC_MCP_OAUTH_AUDIENCE belong together; set both or none.');
  }
  if (!isLoopback(bind.host) && !keys && !issuer) {
    throw new ConfigError(
      `--http ${bind.host}:${bind.port} is reachable from outside this machine, so callers must identify ` +
        'themselves: set RC_MCP_KEYS_FILE (docs/http.md says how to make one), or RC_MCP_OAUTH_ISSUER and RC_MCP_OAUTH_AUDIENCE; or bind to 127.0.0.1.',
    );
  }
  return {
    ...bind,
    ...(publicUrl && { publicUrl: parseUrl(publicUrl, '--public-url').href.replace(/\/$/, '') }),
    ...(keys && { keys: { text: keys, where } }),
    ...(issuer && audience && { oauth: { issuer, audience } }),
  };
}

/** RingCentral must be able to reach a webhook, so it needs an address of the outside. */
function readEvents(events: string, http: Address | undefined, publicUrl: string | undefined) {
  if (oneOf(events, ['websocket', 'webhook'], '--events') === 'websocket') return undefined;
  if (!http || !publicUrl) throw new ConfigError('--events webhook needs --http and --public-url.');
  return `${parseUrl(publicUrl, '--public-url').href.replace(/\/$/, '')}/webhooks/ringcentral`;
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
