import { createHash } from 'node:crypto';
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A lock on a file that one process holds at a time. */
export interface FileLock {
  /** False when the lock has been removed, or taken over by another process. */
  isHeld(): boolean;
  release(): void;
}

/** The path of a socket has room for 104 bytes, on some systems. */
const longestPath = 100;
const pauseMs = 100;

/**
 * Takes the lock of an existing file: a socket beside it that this process listens on. The system lets go of it
 * with the process, however that ends, so that no crash leaves a lock behind, and no other process that got the same
 * number is taken for its holder.
 * @param waitMs how long to wait for a holder that is about to end: some hosts start a server twice in a row
 * @returns undefined where another process holds it
 */
export async function lockFile(file: string, waitMs: number): Promise<FileLock | undefined> {
  for (let waited = 0; ; waited += pauseMs) {
    const lock = await take(file);
    if (lock || waited >= waitMs) return lock;
    // Not the clock's timer: while a server starts, nothing else keeps the process alive.
    await pause(pauseMs);
  }
}

/** Where the first place takes no sockets, as in a folder that is not ours, the second one does. */
async function take(file: string): Promise<FileLock | undefined> {
  const [first, second] = places(file);
  return takeAt(first).catch(() => takeAt(second));
}

function places(file: string): [string, string] {
  const real = realpathSync(file);
  const digest = createHash('sha256').update(real).digest('hex').slice(0, 32);
  if (process.platform === 'win32') {
    const pipe = `\\\\.\\pipe\\ringcentral-call-control-mcp-${digest}`;
    return [pipe, pipe];
  }
  const elsewhere = join(tmpdir(), `ringcentral-call-control-mcp-${digest}.lock`);
  const beside = `${real}.lock`;
  return [Buffer.byteLength(beside) > longestPath ? elsewhere : beside, elsewhere];
}

async function takeAt(path: string): Promise<FileLock | undefined> {
  const server = (await listenOn(path)) ?? ((await removeIfDead(path)) ? await listenOn(path) : undefined);
  if (!server) return undefined;
  server.unref();
  const own = identityOf(path);
  const isHeld = () => identityOf(path) === own;
  return {
    isHeld,
    release() {
      // Closing removes what is under the path, which must be ours.
      if (isHeld()) server.close();
    },
  };
}

/** Undefined where there is something already. */
const listenOn = (path: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });

/**
 * Removes a socket that nobody listens on any more. Of two processes that do so at once, `isHeld` tells the one whose
 * lock is gone.
 */
async function removeIfDead(path: string): Promise<boolean> {
  const alive = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
    socket.once('close', () => socket.destroy());
  });
  // A file that somebody put there is not ours to remove.
  if (alive || lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) return false;
  rmSync(path, { force: true });
  return true;
}

function identityOf(path: string): string | undefined {
  if (process.platform === 'win32') return path;
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
