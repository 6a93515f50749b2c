import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { seal, unseal } from './sealed-code.ts';

/** So many caches are kept, the newest: each build, Node and set of V8's flags has its own. */
const mostCaches = 3;
const suffix = '.code';

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

/** The cache of this build on this Node; undefined where it is turned off, or where nobody can tell whose a file is. */
export function codeCache(env: NodeJS.ProcessEnv): CodeCache | undefined {
  const user = process.getuid?.();
  // V8's coverage is wrong for code that it did not compile itself.
  if (user === undefined || env.RC_MCP_CODE_CACHE === 'off' || env.NODE_V8_COVERAGE) return undefined;
  const parent = env.RC_MCP_CODE_CACHE || defaultFolder(env);
  if (parent === undefined) return undefined;
  const folder = join(parent, `${cacheKey()}${suffix}`);
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
        isTrusted ??= isOwn(parent, 'isDirectory') && isOwn(folder, 'isDirectory');
        const file = fileOf(chunk);
        return isTrusted && isOwn(file, 'isFile') ? unseal(readFileSync(file)) : undefined;
      } catch {
        return undefined;
      }
    },
    async write(code) {
      for (const made of [parent, folder]) {
        mkdirSync(made, { recursive: true, mode: 0o700 });
        if (!isOwn(made, 'isDirectory')) return;
      }
      for (const [chunk, compiled] of code) await writeWhole(fileOf(chunk), seal(compiled));
      await removeOld(parent);
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

/** Of what the compiled code depends on: the build, Node, and the flags of V8. */
const cacheKey = (): string =>
  createHash('sha256')
    .update([process.env.MAIN_CHUNK, process.version, process.arch, cachedDataVersionTag()].join())
    .digest('hex')
    .slice(0, 16);

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

async function removeOld(parent: string): Promise<void> {
  const caches = readdirSync(parent).filter((name) => name.endsWith(suffix));
  const dated = caches.flatMap((name) => {
    const path = join(parent, name);
    // Another process may have removed it meanwhile.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats ? [{ path, at: stats.mtimeMs }] : [];
  });
  dated.sort((one, other) => other.at - one.at);
  for (const { path } of dated.slice(mostCaches)) await rm(path, { force: true, recursive: true });
}
