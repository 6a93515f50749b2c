import { randomBytes } from 'node:crypto';
import { createKey } from '../transports/identity/keys.ts';

/**
 * Makes a key for an HTTP client, and prints it with its entry for `RC_MCP_KEYS_FILE`.
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
      `Its entry, for the list in RC_MCP_KEYS_FILE:\n${JSON.stringify(entry)}\n`,
  );
}

/** Makes a team key, and prints it alone on stdout, as a file for `RC_MCP_TEAM_KEY_FILE` takes it. */
export function teamKey(): void {
  process.stderr.write(
    'The team key, for RC_MCP_TEAM_KEY or a file that RC_MCP_TEAM_KEY_FILE names. Who has it can read all sign-ins.\n',
  );
  process.stdout.write(`${randomBytes(32).toString('base64url')}\n`);
}
