import type { NamedPhone } from '../guard/assessment/people/confirmed-phones.ts';
import { type AuditLog, auditOf } from '../guard/audit/entry.ts';
import { createRestClient } from '../ringcentral/rest/rest-client.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { LineSwitchboard } from './line-switchboard.ts';
import { type Lines, loginName, type SharedByLines } from './lines.ts';
import type { LoginSource, PersonLogin } from './login-source.ts';
import { openLine } from './open-line.ts';
import { createOpeningPace } from './opening-pace.ts';

/** How much is kept of one of many lines. */
const bounds = { liveCalls: 200, endedCalls: 200, history: 500 };

export interface SeveralLinesOptions {
  logins: LoginSource;
  /** What helps where RingCentral refuses a login that is made with a JWT, a sentence. */
  renewalOf?(login: PersonLogin): string;
  /** Of this login, what its guard is given beside what all are. */
  ownOf?(login: PersonLogin): LineOfPerson;
}

/** What one person has of their own. */
export interface LineOfPerson {
  /** The phone that agents may open the microphone of. */
  phone: NamedPhone;
  /** What the guard decides is written there, too, after the audit log. */
  acts: Pick<AuditLog, 'write'>;
}

/** The lines of many logins, and the switchboard that ends those whose login is gone. */
export interface SeveralLines extends Lines {
  switchboard: LineSwitchboard;
}

/** A line for each of several logins, opened at the first need. */
export function openLines(
  { logins, renewalOf, ownOf }: SeveralLinesOptions,
  { audit, holdNotes, appVersion, cluster, ...shared }: SharedByLines,
): SeveralLines {
  const { scope, clock } = shared;
  const turn = createOpeningPace(clock);
  /** Whose line it is stands in each of its log lines. */
  const logOf = ({ name }: PersonLogin) => shared.log.child({ login: name });
  const switchboard = new LineSwitchboard({
    ...{ logins, clock, log: shared.log },
    createClient: (login) =>
      createRestClient({
        ...{ credentials: login.credentials, clock, log: logOf(login), appVersion, turn },
        ...(renewalOf && { renewal: renewalOf(login) }),
        ...cluster?.line(loginKey(login)).requests(login.credentials, logOf(login)),
      }),
    open(login, rest) {
      const log = logOf(login);
      const own = ownOf?.(login);
      const written = [audit && auditOf(audit, login.name), own?.acts].filter((one) => one !== undefined);
      return openLine({
        ...{ ...shared, log, bounds, recovers: true },
        ringcentral: createRingCentral({ credentials: login.credentials, rest, scope, clock, log }),
        ...(cluster && { shared: cluster.line(loginKey(login)) }),
        ...(own && { phone: own.phone }),
        ...(written.length > 0 && { audit: auditToAll(written) }),
        ...(holdNotes && { holdNotes: holdNotes.of(login.name) }),
      });
    },
  });
  return {
    switchboard,
    lines: () => switchboard.lines,
    stopAsking: () => switchboard.stopAsking(),
    stopActing: () => switchboard.stopActing(),
    logOut: () => switchboard.logOut(),
  };
}

/** Which login it is, the same at each replica; secret. */
const loginKey = ({ name, credentials }: PersonLogin): string =>
  'jwt' in credentials ? loginName(credentials) : JSON.stringify(['person', credentials.serverUrl, name]);

/** Writes to all of these in order; where one cannot be written, those after it have nothing. */
const auditToAll = (logs: readonly Pick<AuditLog, 'write'>[]): Pick<AuditLog, 'write'> => ({
  write(entry) {
    for (const log of logs) log.write(entry);
  },
});
