import { ConfigError } from '../config.ts';
import { createKey } from '../transports/keys.ts';
import { type CallScope, callScopes } from '../transports/principal.ts';

/** Makes a key for an HTTP client: prints it, once, and what `RC_MCP_KEYS_FILE` keeps of it. */
export function key(name: string, scopes: string): void {
  const { key, entry } = createKey(name, readScopes(scopes));
  process.stdout.write(
    `The key, for the client; it is shown nowhere again:\n${key}\n\n` +
      `Its entry, for the list in RC_MCP_KEYS_FILE:\n${JSON.stringify(entry)}\n`,
  );
}

function readScopes(list: string): CallScope[] {
  return list.split(',').map((word) => {
    const scope = callScopes.find((known) => known === word.trim());
    if (!scope) throw new ConfigError(`--scopes: "${word}" is not one of ${callScopes.join(', ')}.`);
    return scope;
  });
}
