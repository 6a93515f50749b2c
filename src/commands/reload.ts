import type { RunningApp } from '../app.ts';
import type { ConfiguredLogin } from '../config/logins.ts';
import type { Environment } from '../config/settings.ts';
import { readIdentity } from '../config.ts';
import type { Logger } from '../shared/log.ts';
import type { HttpServer } from '../transports/http/start-http.ts';

/**
 * Has the server let in the keys that `RC_MCP_KEYS_FILE` names now, and use the logins that `RC_MCP_LOGINS_FILE` names
 * now. Where either cannot be read, what was before stays, and the log says what is wrong. Never rejects.
 */
export async function reload(
  server: HttpServer,
  app: RunningApp,
  env: Environment,
  log: Logger,
): Promise<void> {
  await reloadKeys(server, env, log);
  if (app.replaceLogins) await reloadLogins(server, app.replaceLogins, env, log);
}

async function reloadKeys(server: HttpServer, env: Environment, log: Logger): Promise<void> {
  try {
    const { keys } = readIdentity(env);
    if (!server.replaceKeys || !keys) {
      log.warn('SIGHUP: this server was started without keys, so there are none to read anew');
      return;
    }
    const ended = await server.replaceKeys(keys);
    log.info({ file: keys.where, ended: [...ended] }, 'keys read anew');
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'the keys stay as they were');
  }
}

async function reloadLogins(
  server: HttpServer,
  replaceLogins: NonNullable<RunningApp['replaceLogins']>,
  env: Environment,
  log: Logger,
): Promise<void> {
  try {
    const { parseLogins } = await import('../config/logins.ts');
    const { readLoginsFile } = await import('../config/logins-file.ts');
    const file = readLoginsFile(env);
    const logins = parseLogins(file);
    const ended = replaceLogins(logins);
    log.info({ file: file.where, logins: logins.length, ended: [...ended] }, 'logins read anew');
    await endFormer(server, ended, logins);
  } catch (error) {
    log.error({ reason: (error as Error).message }, 'the logins stay as they were');
  }
}

/** Ends what principals have open whose login is gone or another one. */
export async function endFormer(
  server: Pick<HttpServer, 'endAllOf'>,
  ended: ReadonlySet<string>,
  logins: readonly ConfiguredLogin[],
): Promise<void> {
  const users = new Set(logins.flatMap(({ principals }) => principals));
  const reason = 'The RingCentral login of this principal was taken out, or is another one now.';
  // Whoever has another login now is to hear nothing more of the one before.
  await Promise.all(
    [true, false].map((moved) =>
      server.endAllOf(({ name }) => ended.has(name) && users.has(name) === moved, reason, moved),
    ),
  );
}
