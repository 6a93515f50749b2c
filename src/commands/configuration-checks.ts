import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { OpenRedis } from '../cluster/redis/redis.ts';
import { readLogins } from '../config/logins.ts';
import { readRedis } from '../config/redis.ts';
import { type Environment, setting } from '../config/settings.ts';
import { teamKeySettings } from '../config/team-key.ts';
import {
  type Address,
  type Config,
  ConfigError,
  readApprovals,
  readAudit,
  readCredentials,
  readIdentity,
  readPolicy,
  readSettings,
  type ServeFlags,
  usesSandbox,
  usesSignIn,
} from '../config.ts';
import { isPasscodeHash } from '../guard/approvals/passcode.ts';
import { verifyAudit } from '../guard/audit/verify.ts';
import { loadPolicy } from '../guard/policy/load.ts';
import { uselesslyAllowed } from '../guard/policy-in-force.ts';
import type { Check } from '../ringcentral/diagnose.ts';
import { Failure } from '../shared/failure.ts';
import { lazy } from '../shared/lazy.ts';
import { createLogger } from '../shared/log.ts';
import { createSealer } from '../team/seal.ts';
import { parseTeamKeys, type TeamKeys } from '../team/team-keys.ts';
import { tools } from '../tools/index.ts';
import { checkIdentity } from '../transports/identity/identity.ts';
import { parseKeys } from '../transports/identity/keys.ts';

type Finding = Omit<Check, 'name'>;

/**
 * Checks what `serve` would use with the same flags and variables: settings, policy, keys, credentials, Redis, audit
 * log, approvals page.
 * Writes nothing, and listens where the server would for a moment only.
 */
export async function checkConfiguration(flags: ServeFlags, env: Environment): Promise<Check[]> {
  const openedRedis = lazy(() => openRedisOf(flags, env));
  const results = checks.map(async ([name, check]) => {
    try {
      const finding = await check(flags, env, openedRedis);
      return finding ? [{ name, ...finding }] : [];
    } catch (error) {
      return [failedCheck(name, error)];
    }
  });
  try {
    return (await Promise.all(results)).flat();
  } finally {
    const redis = await openedRedis().catch(() => undefined);
    await redis?.close();
  }
}

/** Gives the one connection to Redis of all checks; undefined where none is set. Rejects with what `openRedis` throws. */
type OpenedRedis = () => Promise<OpenRedis | undefined>;

/** Each reads its own settings alone, and so blames them alone. Undefined: there is nothing of the kind. */
type ConfigurationCheck = (
  flags: ServeFlags,
  env: Environment,
  openedRedis: OpenedRedis,
) => Promise<Finding | undefined>;

const checks: readonly [string, ConfigurationCheck][] = [
  ['settings', checkSettings],
  ['policy', checkPolicy],
  ['keys', checkKeys],
  ['logins', checkLogins],
  ['credentials', checkCredentials],
  ['team key', checkTeamKey],
  ['Redis', checkRedis],
  ['audit log', checkAuditLog],
  ['approvals page', checkApprovals],
];

/** Whether RingCentral's logins can be tried: their configuration is in order. */
export const hasLogins = (configuration: readonly Check[]): boolean =>
  configuration.every(({ name, ok }) => ok || (name !== 'logins' && name !== 'credentials'));

/** A check that ended in a mistake of the configuration. Throws any other error again. */
export function failedCheck(name: string, error: unknown): Check {
  if (!(error instanceof ConfigError || error instanceof Failure)) throw error;
  return { name, ok: false, detail: 'cannot be used', fix: error.message };
}

/** All settings but the credentials. */
async function checkSettings(flags: ServeFlags, env: Environment): Promise<Finding> {
  const { http, scope, readOnly } = readSettings(flags, env);
  const way = http ? `http ${http.host}:${http.port}` : 'stdio';
  const detail = [way, `scope ${scope}`, readOnly && 'read-only'].filter(Boolean).join(', ');
  return { ok: true, detail, ...(http && (await checkAddress(http))) };
}

/** The credentials of the one login. */
async function checkCredentials(flags: ServeFlags, env: Environment): Promise<Finding | undefined> {
  if (usesSandbox(flags, env) || usesSignIn(flags, env) || env.RC_MCP_LOGINS_FILE) return undefined;
  return { ok: true, detail: `for ${readCredentials(env).serverUrl}` };
}

/** Whether what replicas share and what is kept of sign-ins can be sealed. Where replicas lack a key, the settings say so. */
async function checkTeamKey(
  flags: ServeFlags,
  env: Environment,
  openedRedis: OpenedRedis,
): Promise<Finding | undefined> {
  const [isReplica, signIn] = [isOneOfSeveral(flags, env), usesSignIn(flags, env)];
  if (!isReplica && !signIn) return undefined;
  const given = teamKeySettings(env);
  if (!given) return isReplica ? undefined : { ok: true, detail: 'none: one is made at each start' };
  const keys = parseTeamKeys(given);
  const detail = keys.previous ? 'current and previous' : 'current';
  const opensSignIns = isReplica && signIn && (await opensSignInsInRedis(openedRedis, keys));
  return { ok: true, detail: opensSignIns ? `${detail}; opens the sign-ins in Redis` : detail };
}

/**
 * Whether there are sign-ins in Redis, which it opens; false also where that cannot be asked: the check of Redis says why.
 * @throws ConfigError where it does not open them
 */
async function opensSignInsInRedis(openedRedis: OpenedRedis, keys: TeamKeys): Promise<boolean> {
  const { compareTeamKey } = await import('../cluster/team/shared-team.ts');
  const redis = await openedRedis().catch(() => undefined);
  return redis !== undefined && compareTeamKey(redis, createSealer(keys));
}

/** Undefined where none is set. @throws ConfigError where it cannot be used */
async function openRedisOf(flags: ServeFlags, env: Environment): Promise<OpenRedis | undefined> {
  const address = readRedis(flags.redis, env);
  const { openRedis } = await import('../cluster/redis/redis.ts');
  return address && openRedis({ address, log: await createLogger({ level: 'silent' }), patienceMs: 5_000 });
}

/** Whether Redis can be used; what it warns of is advice. */
async function checkRedis(
  flags: ServeFlags,
  env: Environment,
  openedRedis: OpenedRedis,
): Promise<Finding | undefined> {
  const redis = await openedRedis();
  if (!redis) return undefined;
  const { warningsOf } = await import('../cluster/redis/redis.ts');
  const began = performance.now();
  const warnings = warningsOf(String(await redis.send('INFO')));
  const detail = `${readRedis(flags.redis, env)?.shown} answers within ${Math.ceil(performance.now() - began)} ms`;
  return { ok: true, detail, ...(warnings.length > 0 && { fix: warnings.join(' ') }) };
}

/** What keeps a server from listening there. Taken is no fault: the server itself may run already. */
async function checkAddress({ host, port }: Address): Promise<Partial<Finding>> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return {};
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const address = `${host}:${port}`;
    if (code === 'EADDRINUSE') {
      return { fix: `Something listens on ${address} already. Unless it is this server, name another port.` };
    }
    return {
      ok: false,
      fix: `Nothing can listen on ${address} (${code}): name an address of this machine, and a port that this user may use.`,
    };
  } finally {
    server.close();
  }
}

/** Whether the server is a replica, also where what names its Redis has a mistake. */
const isOneOfSeveral = ({ redis }: ServeFlags, env: Environment): boolean =>
  Boolean(redis || env.RC_MCP_REDIS_URL || env.RC_MCP_REDIS_URL_FILE);

async function checkPolicy(flags: ServeFlags, env: Environment): Promise<Finding> {
  const { policy, allowUnconfirmed } = readPolicy(flags, env);
  const loaded = await loadPolicy(policy, allowUnconfirmed, async () => tools);
  const unasked = allowUnconfirmed.length > 0 ? `, without a question: ${allowUnconfirmed.join(', ')}` : '';
  const useless = uselesslyAllowed(loaded, allowUnconfirmed, tools);
  return {
    ok: true,
    detail: `${policy}${unasked}`,
    ...(useless.length > 0 && {
      fix: `--allow-unconfirmed changes nothing for ${useless.join(', ')}: this policy asks nobody about that.`,
    }),
  };
}

async function checkKeys(flags: ServeFlags, env: Environment): Promise<Finding> {
  const identity = readIdentity(env);
  const signIn = usesSignIn(flags, env);
  checkIdentity(identity, signIn);
  if (signIn) {
    return { ok: true, detail: `people sign in${identity.keys ? `; keys of ${identity.keys.where}` : ''}` };
  }
  const found = [
    identity.keys && `keys of ${identity.keys.where}`,
    identity.oauth && `tokens of ${identity.oauth.issuer}`,
  ].filter(Boolean);
  if (found.length > 0) return { ok: true, detail: found.join(', ') };
  if (!setting(flags.publicUrl, '--public-url', env, 'RC_MCP_PUBLIC_URL')) {
    return { ok: true, detail: 'none are set, and stdio and loopback need none' };
  }
  return {
    ok: true,
    detail: 'none are set',
    fix: 'Whoever reaches --public-url controls the calls of this login: set RC_MCP_KEYS_FILE, or RC_MCP_OAUTH_ISSUER.',
  };
}

/** Whether the file of logins can be used, and whether keys and logins fit together. */
async function checkLogins(flags: ServeFlags, env: Environment): Promise<Finding | undefined> {
  if (!env.RC_MCP_LOGINS_FILE) return undefined;
  const settings = settingsOf(flags, env);
  if (!settings) return { ok: false, detail: 'not looked at before the settings are in order' };
  const logins = readLogins(settings, env);
  const { keys } = settings.http ?? {};
  const names = keys ? parseKeys(keys.text, keys.where).names : [];
  const principals = new Set(logins.flatMap((login) => login.principals));
  const without = names.filter((name) => !principals.has(name));
  const unknown = [...principals].filter((name) => name.startsWith('key:') && !names.includes(name));
  const advice = [
    without.length > 0 && `No login belongs to ${without.join(', ')}.`,
    unknown.length > 0 && `No key is that of ${unknown.join(', ')}.`,
  ].filter(Boolean);
  return {
    ok: true,
    detail: `${env.RC_MCP_LOGINS_FILE}: ${logins.map(({ name }) => name).join(', ')}`,
    ...(advice.length > 0 && { fix: advice.join(' ') }),
  };
}

/** Undefined where they have a mistake, which their own check tells. */
function settingsOf(flags: ServeFlags, env: Environment): Config | undefined {
  try {
    return readSettings(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

async function checkAuditLog(flags: ServeFlags, env: Environment): Promise<Finding> {
  const audit = readAudit(flags.auditLog, env, isOneOfSeveral(flags, env));
  if (!audit) return { ok: true, detail: 'off' };
  const { file, key, days } = audit;
  const denied = (error: NodeJS.ErrnoException): Finding => ({
    ok: false,
    detail: `${file} cannot be written (${error.code})`,
    fix: 'Name a file in a folder that exists and that this user may write to.',
  });
  try {
    const { logs } = await verifyAudit([file], { key, now: Date.now() });
    const problem = logs.find((log) => log.problem !== undefined)?.problem;
    if (problem)
      return { ok: false, detail: `${file}: ${problem}`, fix: 'Name a new file, and keep this one.' };
    const count = logs.reduce((sum, log) => sum + log.count, 0);
    const kept = days === undefined ? '' : `, kept for ${days} ${days === 1 ? 'day' : 'days'}`;
    return await access(file, constants.W_OK).then(
      () => ({ ok: true, detail: `${file}, lines: ${count}${kept}` }),
      denied,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return denied(error as NodeJS.ErrnoException);
    return access(dirname(file), constants.W_OK).then(
      () => ({ ok: true, detail: `${file}, which will be made` }),
      denied,
    );
  }
}

async function checkApprovals(flags: ServeFlags, env: Environment): Promise<Finding> {
  const { approvals, approvalsUrl, approvalsPasscodeHash: hash } = readApprovals(flags, env);
  if (hash && !isPasscodeHash(hash)) {
    return {
      ok: false,
      detail: 'the hash of the passcode cannot be read',
      fix: 'RC_MCP_APPROVALS_PASSCODE_HASH is of the form scrypt:SALT:KEY: the command passcode makes one.',
    };
  }
  if (!approvals) return { ok: true, detail: 'off' };
  const { ok = true, fix } = await checkAddress(approvals);
  const isMadeUp = !hash && usesSandbox(flags, env);
  const isMissing = !hash && !isMadeUp;
  const detail = [
    `${approvals.host}:${approvals.port}`,
    approvalsUrl && `from outside ${approvalsUrl}`,
    isMadeUp && 'with a passcode that is made up and shown at the start',
    isMissing && 'without a passcode',
  ];
  const fixes = [
    fix,
    isMissing &&
      'Only on a terminal a passcode is made up: set RC_MCP_APPROVALS_PASSCODE_HASH (the command passcode makes one).',
  ].filter(Boolean);
  return {
    ok,
    detail: detail.filter(Boolean).join(', '),
    ...(fixes.length > 0 && { fix: fixes.join(' ') }),
  };
}
