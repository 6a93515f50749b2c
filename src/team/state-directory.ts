import { chmodSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config/settings.ts';
import { type FileLock, lockFile } from '../shared/file-lock.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { Sealer } from './seal.ts';

const version = 1;
const formatOf = (name: string): string => `ringcentral-call-control-mcp ${name}`;

const document = z.object({
  format: z.string(),
  version: z.number(),
  /** A known text, by which a wrong team key is told from damage. */
  check: z.string(),
  /** Absent where nothing was written yet. */
  content: z.unknown().optional(),
});

/** A directory in which one server keeps documents over restarts. */
export interface StateDirectory {
  /**
   * Opens a document; secrets in it are sealed by whoever writes it.
   * @throws ConfigError for a file that is foreign, newer or damaged, was sealed with a team key that this server does
   * not have, or cannot be written; it stays as it is
   */
  open<T>(name: string, content: z.ZodType<T>): Promise<StateDocument<T>>;
  /** Lets another server have it. */
  close(): void;
}

export interface StateDocument<T> {
  /** What was in it; undefined where nothing was written yet. */
  readonly content: T | undefined;
  /**
   * Writes it whole beside the old one and puts it in its place, so that a crash leaves one or the other.
   * @throws Error where that fails, or another server has taken the directory
   */
  write(content: T): Promise<void>;
}

export interface StateDirectoryOptions {
  /** Is made where it is missing, for this user alone. */
  directory: string;
  sealer: Sealer;
  /** How long another server that has the directory has to end. */
  waitMs?: number;
}

/** @throws ConfigError where the directory cannot be used, or another server has it */
export async function openStateDirectory({
  directory,
  sealer,
  waitMs = 3_000,
}: StateDirectoryOptions): Promise<StateDirectory> {
  const owned = join(directory, 'in-use');
  usable(directory, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    closeSync(openSync(owned, 'a', 0o600));
  });
  const lock = await lockOf(owned, directory, waitMs);
  return {
    async open<T>(name: string, schema: z.ZodType<T>) {
      const file = join(directory, `${name}.json`);
      const text = usable(directory, () => readIfThere(file));
      // An empty one is not new: a crash of the machine or a full disk has emptied it.
      const content = text === undefined ? undefined : parse(text, { file, name, sealer, schema });
      const head = { format: formatOf(name), version, check: sealer.seal(name, checkContext(name)) };
      const write = async (next: T | undefined) => {
        if (!lock.isHeld()) throw new Error('another server has taken the state directory');
        await replaceFile(file, JSON.stringify({ ...head, content: next }));
      };
      // Finds out now whether it can be written, and puts it under the current team key.
      await write(content).catch((error) => {
        throw new ConfigError(`--state ${directory}: ${name}.json cannot be written (${codeOf(error)}).`);
      });
      return { content, write };
    },
    close: () => lock.release(),
  };
}

/** Undefined where there is no such file. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function usable<T>(directory: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new ConfigError(`--state ${directory} cannot be used (${codeOf(error)}).`);
  }
}

async function lockOf(file: string, directory: string, waitMs: number): Promise<FileLock> {
  const lock = await lockFile(file, waitMs).catch((error) => {
    throw new ConfigError(`--state ${directory} cannot be locked (${codeOf(error)}).`);
  });
  if (lock) return lock;
  throw new ConfigError(`--state ${directory}: another server uses it; each needs a directory of its own.`);
}

const checkContext = (name: string) => ({ owner: formatOf(name), purpose: 'check', generation: version });

function parse<T>(
  text: string,
  { file, name, sealer, schema }: { file: string; name: string; sealer: Sealer; schema: z.ZodType<T> },
): T | undefined {
  const damaged = new ConfigError(
    `${file} is damaged, or not a file of this server: move it away to start anew.`,
  );
  const found = document.safeParse(parseJson(text));
  if (!found.success || found.data.format !== formatOf(name)) throw damaged;
  if (found.data.version > version)
    throw new ConfigError(`${file} was written by a newer version of this server.`);
  try {
    sealer.open(found.data.check, checkContext(name));
  } catch {
    throw new ConfigError(
      `${file} was sealed with another team key. Set RC_MCP_TEAM_KEY_PREVIOUS to that key, or move the file away: then everybody signs in anew.`,
    );
  }
  const content = schema.optional().safeParse(found.data.content);
  if (!content.success) throw damaged;
  return content.data;
}

async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  const handle = await open(next, 'w', 0o600);
  try {
    // A file that a crash has left keeps its mode.
    chmodSync(next, 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
