import type { Cluster } from '../cluster/cluster.ts';
import type { ConfiguredLogin } from '../config/logins.ts';
import type { AuditLog } from '../guard/audit/entry.ts';
import type { GuardOptions } from '../guard/guard.ts';
import type { Credentials } from '../ringcentral/auth/credentials.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Team } from '../team/team.ts';
import type { HoldNotesFile } from './hold-notes.ts';
import type { OpenLine } from './open-line.ts';
import type { Switchboard } from './switchboard.ts';

/** What every line of a process is given. */
export interface SharedByLines extends Omit<GuardOptions, 'calls' | 'directory' | 'phone' | 'audit'> {
  scope: Scope;
  appVersion: string;
  audit?: Pick<AuditLog, 'write'>;
  holdNotes?: HoldNotesFile;
  /** What replicas share; absent: one process. */
  cluster?: Pick<Cluster, 'line' | 'acts' | 'team'>;
}

/** The lines of a process, one or several, and how they end. */
export interface Lines {
  switchboard: Switchboard;
  /**
   * Opens the line, where `switchboard` does not do that itself; never more than once.
   * @throws where its code cannot be loaded
   */
  open?(): Promise<void>;
  /** Those that are open. */
  lines(): readonly OpenLine[];
  /** The line that every principal uses; absent where there are several logins. */
  line?: OpenLine;
  /**
   * Takes these logins instead of those before; absent where there is one for all.
   * @returns the principals whose login is gone or another one: what they have open has to end
   */
  replaceLogins?(logins: readonly ConfiguredLogin[]): ReadonlySet<string>;
  /** What the webhook's receiver needs, where events come that way. */
  webhook?: { verificationToken: string; receive(notification: unknown): Promise<void> };
  /** Where people sign in: their sign-ins. */
  team?: Team;
  /**
   * Refuses every question that is open at a guard, and has plans take people back: no act waits any more. Reads that
   * RingCentral leaves without an answer are given up.
   */
  stopAsking(): void;
  /** The same; then waits for acts under way, and stops reading. */
  stopActing(): Promise<void>;
  /** Closes the feeds, then revokes the logins. */
  logOut(): Promise<void>;
}

/** The login that credentials are for, as replicas with the same ones name it. Secret. */
export const loginName = ({ serverUrl, clientId, jwt }: Credentials): string =>
  JSON.stringify(['jwt', serverUrl, clientId, jwt]);
