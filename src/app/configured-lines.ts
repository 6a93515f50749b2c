import type { ConfiguredLogin } from '../config/logins.ts';
import type { Lines, SharedByLines } from './lines.ts';
import { openLines } from './several-lines.ts';
import { SeveralLogins } from './several-logins.ts';

/** The lines of the logins of `RC_MCP_LOGINS_FILE`. */
export function openConfiguredLines(configured: readonly ConfiguredLogin[], shared: SharedByLines): Lines {
  const logins = new SeveralLogins(configured);
  const renewalOf = ({ name }: { name: string }) =>
    `Nobody else is affected. The operator of this server renews the login ${name} in RC_MCP_LOGINS_FILE, and sends SIGHUP.`;
  const lines = openLines({ logins, renewalOf }, shared);
  return {
    ...lines,
    replaceLogins(next) {
      const ended = logins.replace(next);
      void lines.switchboard.endWhere((login) => !logins.has(login));
      // Whoever was given another login, while others go on with theirs.
      for (const { plans } of lines.lines()) plans.interruptOf(ended, 'login gone');
      return ended;
    },
  };
}
