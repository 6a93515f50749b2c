import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { GENESIS, isSealed, readLine, seal, writeLine } from '../guard/audit/chain.ts';
import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { HeldCall } from './plan.ts';
import type { HoldNotes } from './plans.ts';

export interface HoldNotesOptions {
  /** The audit log's; the notes stand beside it, as `FILE.plans`. */
  file: string;
  key: string;
  log: Logger;
}

/** A note, and the login whose line it belongs to; absent where there is one login. */
type Note = HeldCall & { login?: string };

/** The notes of all lines, in one file. */
export interface HoldNotesFile {
  /** Those of one login, by its name; of the only one without a name. */
  of(login?: string): HoldNotes;
}

/**
 * Notes on whom a plan has put on hold, in a file of one sealed line that the next start reads: after a kill somebody
 * has to be told. Written at once and as a whole. Throws `Failure` where the file was not written with this key.
 */
export function openHoldNotes({ file, key, log }: HoldNotesOptions): HoldNotesFile {
  const path = `${file}.plans`;
  let notes: readonly Note[] = read(path, key);
  const write = () => {
    try {
      const text = JSON.stringify({ held: notes });
      writeFileSync(`${path}.new`, writeLine(text, seal(key, GENESIS, text)), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      log.error({ reason: String(error) }, 'who is on hold because of a plan cannot be noted');
    }
  };
  return {
    of: (login) => ({
      left: notes.filter((note) => note.login === login).map(({ login: _, ...held }) => held),
      write(held) {
        const others = notes.filter((note) => note.login !== login);
        notes = [...others, ...held.map((each) => ({ ...each, ...(login !== undefined && { login }) }))];
        write();
      },
    }),
  };
}

function read(path: string, key: string): Note[] {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(path, `it cannot be opened (${(error as NodeJS.ErrnoException).code})`);
  }
  const line = readLine(content);
  if (!line || !isSealed(key, GENESIS, line.text, line.sealed)) {
    throw unreadable(path, 'it was not written with this key');
  }
  return (JSON.parse(line.text) as { held: Note[] }).held;
}

const unreadable = (path: string, why: string) =>
  new Failure(
    'invalid_input',
    `${path}: ${why}. It says who was on hold because of a plan when the server ended: look, then remove it.`,
  );
