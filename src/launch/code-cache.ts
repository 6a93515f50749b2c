import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { seal, unseal } from './sealed-code.ts';

/** So many caches are kept, the newest: each build, Node and set of V8's flags has its own. */
const mostCaches = 3;
const suffix = '.code';
/** What this makes in the folder, and so may remove. */
const ofCache = /^[0-9a-f]{16}\.code$/;
const ofUnfinished = /\.code\.[0-9a-f-]{36}$/;
/** A file that is not finished by then, in ms, never will be. */
const unfinishedMs = 60_000;

/**
 * Where compiled code is kept between starts: files in a folder of the user's own. It is code that will be run, so
 * folders and files count only where nobody else can write them. All of it may be missing, at any time.
 */
export interface CodeCache {
  /** The compiled code of a chunk, by its file name; undefined where there is none that can be trusted. */
  read(chunk: string): Buffer | undefined;
  /** Keeps compiled code, by the file names of chunks, of each at once. @throws where it cannot be written */
  write(code: ReadonlyMap<string, Buffer>): Promise<void>;
}

/**
 * The cache of the build that lies in the folder `build` on this Node; undefined where it is turned off, or where nobody
 * can tell whose a file is. A path that is not absolute would be a folder in whatever folder a host starts in: none.
 */
export function codeCache(env: NodeJS.ProcessEnv, build: string): CodeCache | undefined {
  const user = process.getuid?.();
  // V8's coverage is wrong for code that it did not compile itself.
  if (user === undefined || env.NODE_V8_COVERAGE) return undefined;
  const parent = env.RC_MCP_CODE_CACHE?.trim() || defaultFolder(env);
  if (parent === undefined || !isAbsolute(parent)) return undefined;
  const folder = join(parent, `${cacheKey(build)}${suffix}`);
  const fileOf = (chunk: string) => join(folder, `${chunk}${suffix}`);
  /** Whether it is what it seems, the user's, and written by nobody else. */
  const isOwn = (path: string, isKind: 'isDirectory' | 'isFile'): boolean => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.[isKind]() === true && stats.uid === user && (stats.mode & 0o022) === 0;
  };
  let isTrusted: boolean | undefined;
  return {
    read(chunk) {
      try {
        if (isTrusted === undefined) {
          isTrusted = isOwn(parent, 'isDirectory') && isOwn(folder, 'isDirectory');
          if (isTrusted) touch(folder);
        }
        const file = fileOf(chunk);
        return isTrusted && isOwn(file, 'isFile') ? unseal(readFileSync(file)) : undefined;
      } catch {
        return undefined;
      }
    },
    async write(code) {
      await make(dirname(parent));
      for (const made of [parent, folder]) {
        await make(made);
        if (!isOwn(made, 'isDirectory')) return;
      }
      for (const [chunk, compiled] of code) await writeWhole(fileOf(chunk), seal(compiled));
      await removeUnfinished(folder);
      await removeOld(parent);
    },
  };
}

function defaultFolder({ XDG_CACHE_HOME: cacheHome = '' }: NodeJS.ProcessEnv): string | undefined {
  try {
    // Its specification has one that is not absolute ignored.
    const ofUser = isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache');
    return join(ofUser, 'ringcentral-call-control-mcp');
  } catch {
    // A user without a home.
    return undefined;
  }
}

/**
 * Of what the compiled code depends on: the build, Node, and the flags of V8. Where the build lies is in it, too, because
 * stack traces name the files that were compiled.
 */
const cacheKey = (build: string): string =>
  createHash('sha256')
    .update([build, process.env.MAIN_CHUNK, process.version, process.arch, cachedDataVersionTag()].join())
    .digest('hex')
    .slice(0, 16);

/** Makes a folder in one that there is. Not the recursive way: Node loops for ever where nothing can be made in a folder. */
const make = (folder: string) =>
  mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });

async function writeWhole(file: string, content: Buffer): Promise<void> {
  // Not the process's number: that is the same in two containers that share the folder.
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await writeFile(unfinished, content, { flag: 'wx', mode: 0o600 });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Notes that it is in use: those that were used last are kept. */
function touch(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // Where nothing can be written, nothing is removed.
  }
}

/** Removes what processes that ended while they wrote have left. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = readdirSync(folder).filter((name) => ofUnfinished.test(name));
  for (const { path, at } of dated(folder, names)) {
    if (Math.abs(Date.now() - at) > unfinishedMs) await rm(path, { force: true });
  }
}

async function removeOld(parent: string): Promise<void> {
  const names = readdirSync(parent).filter((name) => ofCache.test(name));
  const caches = dated(parent, names).sort((one, other) => other.at - one.at);
  for (const { path } of caches.slice(mostCaches)) await rm(path, { force: true, recursive: true });
}

/** When these in a folder were last changed, epoch ms. */
const dated = (folder: string, names: readonly string[]) =>
  names.flatMap((name) => {
    const path = join(folder, name);
    // Another process may have removed it meanwhile.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? [{ path, at: stats.mtimeMs }] : [];
  });
