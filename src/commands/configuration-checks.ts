import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Environment, setting } from '../config/settings.ts';
import {
  auditKey,
  ConfigError,
  readApprovals,
  readConfig,
  readIdentity,
  readPolicy,
  type ServeFlags,
  usesSandbox,
} from '../config.ts';
import { isPasscodeHash } from '../guard/approvals/passcode.ts';
import { verifyAudit } from '../guard/audit/verify.ts';
import { loadPolicy } from '../guard/policy/load.ts';
import type { Check } from '../ringcentral/diagnose.ts';
import { Failure } from '../shared/failure.ts';
import { tools } from '../tools/index.ts';
import { createIdentity } from '../transports/identity/identity.ts';

type Finding = Omit<Check, 'name'>;

/**
 * Checks what `serve` would use with the same flags and variables: settings, policy, keys, audit log, approvals page.
 * Opens and writes nothing.
 */
export async function checkConfiguration(flags: ServeFlags, env: Environment): Promise<Check[]> {
  const checks: [string, () => Promise<Finding>][] = [
    ['settings', async () => checkSettings(flags, env)],
    ['policy', () => checkPolicy(flags, env)],
    ['keys', () => checkKeys(env)],
    ['audit log', () => checkAuditLog(flags, env)],
    ['approvals page', () => checkApprovals(flags, env)],
  ];
  return Promise.all(
    checks.map(async ([name, check]) => {
      try {
        return { name, ...(await check()) };
      } catch (error) {
        if (!(error instanceof ConfigError || error instanceof Failure)) throw error;
        return { name, ok: false, detail: 'cannot be used', fix: error.message };
      }
    }),
  );
}

/** All settings but the credentials, which `doctor` reads next. */
function checkSettings(flags: ServeFlags, env: Environment): Finding {
  const { http, scope, readOnly } = readConfig({ ...flags, sandbox: true }, env);
  const way = http ? `http ${http.host}:${http.port}` : 'stdio';
  return { ok: true, detail: [way, `scope ${scope}`, readOnly && 'read-only'].filter(Boolean).join(', ') };
}

async function checkPolicy(flags: ServeFlags, env: Environment): Promise<Finding> {
  const { policy, allowUnconfirmed } = readPolicy(flags, env);
  await loadPolicy(policy, allowUnconfirmed, tools);
  const unasked = allowUnconfirmed.length > 0 ? `, without a question: ${allowUnconfirmed.join(', ')}` : '';
  return { ok: true, detail: `${policy}${unasked}` };
}

async function checkKeys(env: Environment): Promise<Finding> {
  const identity = readIdentity(env);
  createIdentity({ host: '127.0.0.1', port: 0, ...identity }, () => '');
  const found = [
    identity.keys && `keys of ${identity.keys.where}`,
    identity.oauth && `tokens of ${identity.oauth.issuer}`,
  ].filter(Boolean);
  return { ok: true, detail: found.join(', ') || 'none are set, and stdio and loopback need none' };
}

async function checkAuditLog(flags: ServeFlags, env: Environment): Promise<Finding> {
  const file = setting(flags.auditLog, '--audit-log', env, 'RC_MCP_AUDIT_LOG')?.value;
  if (file === undefined) return { ok: true, detail: 'off' };
  const key = auditKey(env);
  const denied = (error: NodeJS.ErrnoException): Finding => ({
    ok: false,
    detail: `${file} cannot be written (${error.code})`,
    fix: 'Name a file in a folder that exists and that this user may write to.',
  });
  try {
    const { problem, count } = await verifyAudit(file, { key });
    if (problem)
      return { ok: false, detail: `${file}: ${problem}`, fix: 'Name a new file, and keep this one.' };
    return await access(file, constants.W_OK).then(
      () => ({ ok: true, detail: `${file}, lines: ${count}` }),
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
  const detail = `${approvals.host}:${approvals.port}${approvalsUrl ? `, from outside ${approvalsUrl}` : ''}`;
  if (hash) return { ok: true, detail };
  if (usesSandbox(flags, env)) {
    return { ok: true, detail: `${detail}, with a passcode that is made up and shown at the start` };
  }
  return {
    ok: true,
    detail: `${detail}, without a passcode`,
    fix: 'Only on a terminal one is made up: set RC_MCP_APPROVALS_PASSCODE_HASH (the command passcode makes one).',
  };
}
