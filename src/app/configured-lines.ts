import { parseLogins } from '../config/logins.ts';
import type { LoginsFile } from '../config/logins-file.ts';
import type { Lines, SharedByLines } from './lines.ts';
import { openLines } from './several-lines.ts';
import { SeveralLogins } from './several-logins.ts';

/**
 * The lines of the logins of `RC_MCP_LOGINS_FILE`.
 * @throws ConfigError for a file with a mistake
 */
export function openConfiguredLines(file: LoginsFile, shared: SharedByLines): Lines {
  const logins = new SeveralLogins(parseLogins(file));
  const renewalOf = ({ name }: { name: string }) =>
    `Nobody else is affected. The operator of this server renews the login ${name} in RC_MCP_LOGINS_FILE, and sends SIGHUP.`;
  const lines = openLines({ logins, renewalOf }, shared);
  return {
    ...lines,
    replaceLogins(next) {
      const ended = logins.replace(next);
      lines.switchboard.endWhere((login) => !logins.has(login));
      return ended;
    },
  };
}
