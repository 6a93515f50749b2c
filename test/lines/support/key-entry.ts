import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endFormer } from '../../../src/commands/reload.ts';
import { parseLogins } from '../../../src/config/logins.ts';
import { createKey } from '../../../src/transports/identity/keys.ts';
import { callScopes } from '../../../src/transports/identity/principal.ts';
import type { EntryForm, Ground } from './office.ts';

/** People have keys, and a file of logins says who uses which. */
export async function withKeys({ sandbox, control, folder, logins }: Ground): Promise<EntryForm> {
  const credentials = new Map<string, object>();
  for (const { name, extensionNumber, isRefused = false } of logins) {
    const { clientId, clientSecret, jwt } = await control.login(extensionNumber);
    credentials.set(name, { name, clientId, clientSecret, jwt: isRefused ? `${jwt}x` : jwt });
  }
  const fileOf = (users: ReadonlyMap<string, readonly string[]>) => ({
    text: JSON.stringify(
      [...users].map(([name, keys]) => ({
        ...credentials.get(name),
        principals: keys.map((key) => `key:${key}`),
      })),
    ),
    where: 'logins',
    serverUrl: sandbox.serverUrl,
  });
  const { text } = fileOf(new Map(logins.map(({ name }) => [name, [`nobody-${name}`]])));
  const loginsFile = join(folder, 'logins.json');
  writeFileSync(loginsFile, text, { mode: 0o600 });
  Object.assign(process.env, { RC_MCP_LOGINS_FILE: loginsFile, RC_SERVER_URL: sandbox.serverUrl });
  const nobody = keysOf(['nobody']);
  return {
    logins: 'file',
    http: { host: '127.0.0.1', port: 0, keys: { text: nobody.text, where: 'keys' } },
    open(app, server) {
      let known: ReadonlyMap<string, string> = new Map();
      return {
        async letIn(names) {
          const { text, keys } = keysOf(names);
          await server.replaceKeys?.({ text, where: 'keys' });
          known = keys;
        },
        tokenOf: (name) => known.get(name) ?? '',
        principalOf: (name) => `key:${name}`,
        // As SIGHUP does.
        async useLogins(users) {
          const logins = parseLogins(fileOf(users));
          await endFormer(server, app.replaceLogins?.(logins) ?? new Set(), logins);
        },
        withLogin: (written) => written,
      };
    },
  };
}

function keysOf(names: readonly string[]): { text: string; keys: ReadonlyMap<string, string> } {
  const made = names.map((name) => createKey(name, [...callScopes]));
  return {
    text: JSON.stringify(made.map(({ entry }) => entry)),
    keys: new Map(made.map(({ key, entry }) => [entry.name, key])),
  };
}
