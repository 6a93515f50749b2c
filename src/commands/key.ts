import { randomBytes } from 'node:crypto';
import { createKey } from '../transports/identity/keys.ts';
import { adminScope, type CallScope, callScopes } from '../transports/identity/principal.ts';

/** What the holder of a key can do by each of its scopes, in the words of whoever makes it. */
const allowed: Readonly<Record<CallScope | typeof adminScope, string>> = {
  'calls:read': 'see calls, phones and extensions',
  'calls:control': 'act on calls: answer, hold, transfer, call out, record, listen in',
  'calls:destructive': 'hang up, drop people and reply to callers',
  [adminScope]: 'see who has signed in, and sign people out',
};

/**
 * Makes a key for an HTTP client, and prints it with its entry as `RC_MCP_KEYS_FILE` takes it, and what it can do.
 * @param scopes separated by commas
 * @throws ConfigError for a name or scopes that no key can have
 */
export function key(name: string, scopes: string): void {
  const { key, entry } = createKey(
    name,
    scopes.split(',').map((scope) => scope.trim()),
  );
  process.stdout.write(
    `The key, for the client; it is shown nowhere again:\n${key}\n\n` +
      'Its entry, as the file that RC_MCP_KEYS_FILE names has it; where that file has a list already, add what stands in ' +
      `the brackets:\n[\n${JSON.stringify(entry)}\n]\n\n${abilities(entry.scopes)}`,
  );
}

/** What a key with these scopes can do, and what it cannot. */
function abilities(scopes: readonly string[]): string {
  if (scopes.includes(adminScope)) return `It can ${allowed[adminScope]}.\n`;
  const words = (isGiven: boolean) =>
    callScopes.filter((scope) => scopes.includes(scope) === isGiven).map((scope) => allowed[scope]);
  const missing = words(false);
  return (
    `It can ${words(true).join('; ')}.\n` +
    (missing.length > 0
      ? `It cannot ${missing.join('; ')}: for that, --scopes ${callScopes.join(',')}.\n`
      : '')
  );
}

/** Makes a team key, and prints it alone on stdout, as a file for `RC_MCP_TEAM_KEY_FILE` takes it. */
export function teamKey(): void {
  process.stderr.write(
    'The team key, for RC_MCP_TEAM_KEY or a file that RC_MCP_TEAM_KEY_FILE names. Who has it can read all sign-ins.\n',
  );
  process.stdout.write(`${randomBytes(32).toString('base64url')}\n`);
}
