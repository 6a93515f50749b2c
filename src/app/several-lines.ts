import { parseLogins } from '../config/logins.ts';
import type { LoginsFile } from '../config/logins-file.ts';
import { auditOf } from '../guard/audit/entry.ts';
import { createRestClient } from '../ringcentral/rest/rest-client.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { LineSwitchboard } from './line-switchboard.ts';
import type { Lines, SharedByLines } from './lines.ts';
import type { PersonLogin } from './login-source.ts';
import { openLine } from './open-line.ts';
import { createOpeningPace } from './opening-pace.ts';
import { severalLogins } from './several-logins.ts';

/** How much is kept of one of many lines. */
const bounds = { liveCalls: 200, history: 500 };

/**
 * A line for each of several logins, opened at the first need.
 * @throws ConfigError for a list of logins with a mistake
 */
export function openLines(
  file: LoginsFile,
  { audit, holdNotes, appVersion, ...shared }: SharedByLines,
): Lines {
  const { scope, clock } = shared;
  const turn = createOpeningPace(clock);
  /** Whose line it is stands in each of its log lines. */
  const logOf = ({ name }: PersonLogin) => shared.log.child({ login: name });
  const switchboard = new LineSwitchboard({
    ...{ logins: severalLogins(parseLogins(file)), clock, log: shared.log },
    createClient: (login) =>
      createRestClient({
        ...{ credentials: login.credentials, clock, log: logOf(login), appVersion, turn },
        renewal: `Nobody else is affected. The operator of this server renews the login ${login.name} in RC_MCP_LOGINS_FILE, and sends SIGHUP.`,
      }),
    open(login, rest) {
      const log = logOf(login);
      return openLine({
        ...{ ...shared, log, bounds, recovers: true },
        ringcentral: createRingCentral({ credentials: login.credentials, rest, scope, clock, log }),
        ...(audit && { audit: auditOf(audit, login.name) }),
        ...(holdNotes && { holdNotes: holdNotes.of(login.name) }),
      });
    },
  });
  return {
    switchboard,
    lines: () => switchboard.lines,
    replaceLogins: (logins) => switchboard.replaceLogins(severalLogins(logins)),
    stopAsking: () => switchboard.stopAsking(),
    stopActing: () => switchboard.stopActing(),
    logOut: () => switchboard.logOut(),
  };
}
