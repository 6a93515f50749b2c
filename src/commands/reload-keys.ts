import type { Environment } from '../config/settings.ts';
import { readIdentity } from '../config.ts';
import type { Logger } from '../shared/log.ts';
import type { HttpServer } from '../transports/http/start-http.ts';

/**
 * Has the server let in the keys that `RC_MCP_KEYS_FILE` names now. Where they cannot be read, the keys before stay, and
 * the log says what is wrong. Never rejects.
 */
export async function reloadKeys(server: HttpServer, env: Environment, log: Logger): Promise<void> {
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
