import { hostname } from 'node:os';
import { ConfigError, type Environment, readSecret, setting, variable } from './settings.ts';

/** Where the audit log is, and what becomes of it. */
export interface AuditConfig {
  /** The file of this replica. */
  file: string;
  key: string;
  /** The name of this server among its replicas; absent where it is the only one. */
  replica?: string;
  /** Ended segments are removed after so many days; absent: they stay. */
  days?: number;
}

const replicaMark = '{replica}';

/**
 * The audit log; undefined where there is none.
 * @param hasReplicas whether this server is one of several, which share Redis
 * @throws ConfigError
 */
export function readAudit(
  flag: string | undefined,
  env: Environment,
  hasReplicas: boolean,
): AuditConfig | undefined {
  const file = setting(flag, '--audit-log', env, 'RC_MCP_AUDIT_LOG')?.value;
  const days = auditDays(env);
  if (file === undefined) return undefined;
  const key = auditKey(env);
  const isNamed = hasReplicas || file.includes(replicaMark) || variable(env, 'RC_MCP_REPLICA') !== undefined;
  const replica = isNamed ? replicaName(env) : undefined;
  return {
    file: replica === undefined ? file : file.replaceAll(replicaMark, replica),
    key,
    ...(replica !== undefined && { replica }),
    ...(days !== undefined && { days }),
  };
}

/** The key that seals the audit log. Throws `ConfigError` where it is missing or shorter than 16 characters. */
export function auditKey(env: Environment): string {
  const key = readSecret(env, 'RC_MCP_AUDIT_KEY');
  if (!key || key.length < 16) {
    throw new ConfigError(
      'An audit log needs RC_MCP_AUDIT_KEY (at least 16 characters): it seals each line.',
    );
  }
  return key;
}

/** How long, in days, ended segments of the audit log stay; undefined: for ever. Throws `ConfigError`. */
export function auditDays(env: Environment): number | undefined {
  const given = variable(env, 'RC_MCP_AUDIT_DAYS');
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new ConfigError(
    `RC_MCP_AUDIT_DAYS is "${given}"; it is a whole number of days from 1 to 99999. Without it the audit log stays.`,
  );
}

/**
 * The name of this server among its replicas, which stays when it is started again: by default that of its host.
 * @throws ConfigError for what cannot be part of a file's name
 */
export function replicaName(env: Environment): string {
  const given = variable(env, 'RC_MCP_REPLICA');
  const name = given ?? hostname();
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return name;
  const where = given === undefined ? 'The name of this host' : 'RC_MCP_REPLICA';
  throw new ConfigError(
    `${where} is "${name}"; the name of a replica has up to 63 letters, digits, dots, "-" and "_": set RC_MCP_REPLICA.`,
  );
}
