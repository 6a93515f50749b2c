import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { pack, unpack } from './packed-code.ts';

/** So many caches are kept, the newest: each build, Node, set of V8's flags and way of use has its own. */
const mostCaches = 4;
const suffix = '.code';

/**
 * Where compiled code is kept between starts: a file in a folder of the user's own. It is code that will be run, so
 * that folder and file count only where nobody else can write them. All of it may be missing, at any time.
 */
export interface CodeCache {
  /** The compiled code, by the file names of chunks; undefined where there is none that can be trusted. */
  read(): Map<string, Buffer> | undefined;
  /** Replaces what is kept, at once. @throws where it cannot be written */
  write(code: ReadonlyMap<string, Buffer>): Promise<void>;
}

/** The cache of this build on this Node; undefined where it is turned off, or where nobody can tell whose a file is. */
export function codeCache(env: NodeJS.ProcessEnv): CodeCache | undefined {
  const user = process.getuid?.();
  // V8's coverage is wrong for code that it did not compile itself.
  if (user === undefined || env.RC_MCP_CODE_CACHE === 'off' || env.NODE_V8_COVERAGE) return undefined;
  const folder = env.RC_MCP_CODE_CACHE || defaultFolder(env);
  if (folder === undefined) return undefined;
  const name = `${cacheKey()}${suffix}`;
  const file = join(folder, name);
  /** Whether it is what it seems, the user's, and written by nobody else. */
  const isOwn = (path: string, isKind: 'isDirectory' | 'isFile'): boolean => {
    const stats = lstatSync(path);
    return stats[isKind]() && stats.uid === user && (stats.mode & 0o022) === 0;
  };
  return {
    read() {
      try {
        return isOwn(folder, 'isDirectory') && isOwn(file, 'isFile') ? unpack(readFileSync(file)) : undefined;
      } catch {
        return undefined;
      }
    },
    async write(code) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isOwn(folder, 'isDirectory')) return;
      // Not the process's number: that is the same in two containers that share the folder.
      const unfinished = join(folder, `${name}.${randomUUID()}`);
      try {
        await writeFile(unfinished, pack(code), { flag: 'wx', mode: 0o600 });
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      await removeOld(folder);
    },
  };
}

function defaultFolder({ XDG_CACHE_HOME: cacheHome }: NodeJS.ProcessEnv): string | undefined {
  try {
    return join(cacheHome || join(homedir(), '.cache'), 'ringcentral-call-control-mcp');
  } catch {
    // A user without a home.
    return undefined;
  }
}

/** Of what the compiled code depends on: the build, Node, the flags of V8; and of the way of use. */
const cacheKey = (): string =>
  createHash('sha256')
    .update([process.env.MAIN_CHUNK, process.version, process.arch, cachedDataVersionTag(), ...use()].join())
    .digest('hex')
    .slice(0, 16);

/** The command and the names of its flags: a start reads all of its cache, so what others load is not in it. */
const use = (): string[] =>
  process.argv
    .slice(2)
    .flatMap((word, index) => (index === 0 || word.startsWith('--') ? (word.split('=')[0] ?? []) : []))
    .sort();

async function removeOld(folder: string): Promise<void> {
  const caches = readdirSync(folder).filter((name) => name.includes(suffix));
  const dated = caches.flatMap((name) => {
    const path = join(folder, name);
    // Another process may have finished it, or removed it, meanwhile.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? [{ path, at: stats.mtimeMs }] : [];
  });
  dated.sort((one, other) => other.at - one.at);
  for (const { path } of dated.slice(mostCaches)) await rm(path, { force: true });
}
