import { chmodSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config/settings.ts';
import { type FileLock, lockFile } from '../shared/file-lock.ts';
import type { Sealer } from './seal.ts';
import { createMemoryStore, type StoredRecord, type VaultStore } from './vault-store.ts';

const format = 'ringcentral-call-control-mcp sign-ins';
const version = 1;
const fileName = 'sign-ins.json';

const document = z.object({
  format: z.literal(format),
  version: z.number(),
  /** A known text, by which a wrong team key is told from a damaged record. */
  check: z.string(),
  people: z.record(
    z.string(),
    z.object({ generation: z.number(), revision: z.number(), sealed: z.string() }),
  ),
});

const checkContext = { owner: format, purpose: 'check', generation: version };

export interface FileStoreOptions {
  /** Is made where it is missing, for this user alone. */
  directory: string;
  sealer: Sealer;
  /** How long another server that has the directory has to end. */
  waitMs?: number;
}

/**
 * Opens the records in `directory`. The file is written whole beside the old one and then put in its place, so that a
 * crash leaves one or the other; one process at a time has it.
 * @throws ConfigError where the directory cannot be used, another server has it, or the file in it is foreign, newer,
 * damaged or sealed with a team key that this server does not have
 */
export async function openFileStore({
  directory,
  sealer,
  waitMs = 3_000,
}: FileStoreOptions): Promise<VaultStore> {
  const file = join(directory, fileName);
  const usable = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw new ConfigError(`--state ${directory} cannot be used (${codeOf(error)}).`);
    }
  };
  usable(() => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  });
  const lock = await lockOf(file, directory, waitMs);
  try {
    const records = parse(
      usable(() => readFileSync(file, 'utf8')),
      file,
      sealer,
    );
    const check = sealer.seal(format, checkContext);
    const write = (people: ReadonlyMap<string, StoredRecord>) =>
      replaceFile(file, JSON.stringify({ format, version, check, people: Object.fromEntries(people) }));
    // Also finds out now whether it can be written.
    await write(records).catch((error) => {
      throw new ConfigError(`--state ${directory}: ${fileName} cannot be written (${codeOf(error)}).`);
    });
    return fileStore(records, write, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function fileStore(
  records: Map<string, StoredRecord>,
  write: (people: ReadonlyMap<string, StoredRecord>) => Promise<void>,
  lock: FileLock,
): VaultStore {
  const memory = createMemoryStore(records);
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: memory shows what is on the disk, and nothing that failed to get there. */
  const change = <T>(run: (next: Map<string, StoredRecord>) => T): Promise<T> => {
    const changed = last.then(async () => {
      if (!lock.isHeld()) throw new Error('another server has taken the state directory');
      const next = new Map(records);
      const result = run(next);
      await write(next);
      records.clear();
      for (const [subject, record] of next) records.set(subject, record);
      return result;
    });
    last = changed.catch(() => {});
    return changed;
  };
  return {
    ...memory,
    lasting: true,
    write: (subject, record, replaces) =>
      change((next) => {
        if ((next.get(subject)?.revision ?? 0) !== replaces) return false;
        next.set(subject, record);
        return true;
      }),
    remove: (subject) => change((next) => void next.delete(subject)),
    async close() {
      await last;
      lock.release();
    },
  };
}

async function lockOf(file: string, directory: string, waitMs: number): Promise<FileLock> {
  const lock = await lockFile(file, waitMs).catch((error) => {
    throw new ConfigError(`--state ${directory} cannot be locked (${codeOf(error)}).`);
  });
  if (lock) return lock;
  throw new ConfigError(`--state ${directory}: another server uses it; each needs a directory of its own.`);
}

function parse(text: string, file: string, sealer: Sealer): Map<string, StoredRecord> {
  if (text === '') return new Map();
  const found = document.safeParse(parseJson(text));
  if (!found.success)
    throw new ConfigError(`${file} is damaged, or not a file of this server: move it away to start anew.`);
  const { data } = found;
  if (data.version > version) throw new ConfigError(`${file} was written by a newer version of this server.`);
  try {
    sealer.open(data.check, checkContext);
  } catch {
    throw new ConfigError(
      `${file} was sealed with another team key. Set RC_MCP_TEAM_KEY_PREVIOUS to that key, or move the file away: then everybody signs in anew.`,
    );
  }
  return new Map(Object.entries(data.people));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  const handle = await open(next, 'w', 0o600);
  try {
    // A file of a crash before this one keeps its mode.
    chmodSync(next, 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
