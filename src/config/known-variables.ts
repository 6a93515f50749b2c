import { ConfigError, type Environment } from './settings.ts';

/** This server's own variables, without what all begin with; README, "Configuration", says what each is for. */
const names: readonly string[] = [
  'ACCOUNTS',
  'ALLOW_UNCONFIRMED',
  'APPROVALS',
  'APPROVALS_PASSCODE_HASH',
  'APPROVALS_URL',
  'AUDIT_DAYS',
  'AUDIT_KEY',
  'AUDIT_KEY_FILE',
  'AUDIT_LOG',
  'CODE_CACHE',
  'EVENTS',
  'HTTP',
  'KEYS',
  'KEYS_FILE',
  'LOGINS_FILE',
  'LOG_LEVEL',
  'LOG_NUMBERS',
  'OAUTH_AUDIENCE',
  'OAUTH_ISSUER',
  'PEOPLE',
  'PHONE',
  'POLICY',
  'PUBLIC_URL',
  'READ_ONLY',
  'REDIS_URL',
  'REDIS_URL_FILE',
  'REPLICA',
  'REPLICA_URL',
  'SANDBOX',
  'SCOPE',
  'SIGN_IN',
  'STATE',
  'TEAM_KEY',
  'TEAM_KEY_FILE',
  'TEAM_KEY_PREVIOUS',
  'TEAM_KEY_PREVIOUS_FILE',
];
const prefix = 'RC_MCP_';

/**
 * Throws `ConfigError` for a variable that begins as this server's own do, and is none: who mistypes that nothing may act means
 * to be safe.
 */
export function refuseUnknown(env: Environment): void {
  for (const [variable, value] of Object.entries(env)) {
    const name = variable.slice(prefix.length);
    if (!variable.startsWith(prefix) || value?.trim() === '' || names.includes(name)) continue;
    const near = names.filter((one) => one[0] === name[0]).map((one) => prefix + one);
    const hint = near.length > 0 ? `; there is ${near.join(', ')}` : '';
    throw new ConfigError(`${variable} is not a variable of this server${hint}.`);
  }
}
