import { readLogins } from '../config/logins.ts';
import type { Environment } from '../config/settings.ts';
import type { Config, Credentials } from '../config.ts';
import type { Lines, SharedByLines } from './lines.ts';
import type { ShownToPeople } from './shown-to-people.ts';

/** The sandbox that a server brings along. */
export interface OwnSandbox {
  credentials: Credentials;
  /** Ids of its accounts. */
  accounts(): Promise<string[]>;
}

export type OpenOwnLines = (
  shared: SharedByLines,
  sandbox: OwnSandbox | undefined,
  shown: ShownToPeople,
) => Promise<Lines>;

/**
 * What opens the lines of people with logins of their own. Throws `ConfigError` for settings with a mistake, before
 * anything is opened.
 */
export async function readOwnLines(config: Config, env: Environment): Promise<OpenOwnLines> {
  if (config.logins === 'file') {
    const { openConfiguredLines } = await import('./configured-lines.ts');
    const logins = readLogins(config, env);
    return async (shared) => openConfiguredLines(logins, shared);
  }
  const { readSignIn } = await import('../config/sign-in.ts');
  const { openTeamLines } = await import('./team-lines.ts');
  const signIn = readSignIn(config, env);
  const { publicUrl = '' } = config.http ?? {};
  return async (shared, sandbox, shown) => {
    const { app = sandbox?.credentials, accounts = await sandbox?.accounts() } = signIn;
    if (!app || !accounts) throw new Error('neither an app nor a sandbox');
    return openTeamLines({ signIn: { ...signIn, app, accounts }, publicUrl, shown }, shared);
  };
}
