import { readFileSync, statSync } from 'node:fs';
import { serverUrlOf } from './credentials.ts';
import { ConfigError, type Environment, variable } from './settings.ts';

/** The logins of several people, as they stand in their file (config/logins.ts reads it). */
export interface LoginsFile {
  text: string;
  /** The file, for messages about it. */
  where: string;
  /** RingCentral's, for all of them. */
  serverUrl: string;
}

const name = 'RC_MCP_LOGINS_FILE';

/**
 * The file that `RC_MCP_LOGINS_FILE` names.
 * @throws ConfigError where it is not set, cannot be read, is empty, or can be read by everybody on the machine
 */
export function readLoginsFile(env: Environment): LoginsFile {
  const file = variable(env, name);
  if (file === undefined) throw new ConfigError(`${name} is not set.`);
  const { text, mode } = read(file);
  // Windows has no such mode. A group may read it: containers mount secrets so.
  if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
    throw new ConfigError(
      `${name} names ${file}, which everybody on this machine can use: chmod 600 '${file}'. It holds the logins of people.`,
    );
  }
  // An empty file must not count as "not set": everybody would share one login then.
  if (text.trim() === '') throw new ConfigError(`${name} names ${file}, which is empty.`);
  return { text, where: file, serverUrl: serverUrlOf(env) };
}

function read(file: string): { text: string; mode: number } {
  try {
    return { text: readFileSync(file, 'utf8'), mode: statSync(file).mode };
  } catch (error) {
    throw new ConfigError(
      `${name} names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}
