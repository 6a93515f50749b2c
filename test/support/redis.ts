import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino, { type Logger } from 'pino';
import { type OpenRedis, openRedis } from '../../src/cluster/redis/redis.ts';
import { readRedis } from '../../src/config/redis.ts';

/** The program of Redis, or of Valkey; undefined where neither is installed. */
export const redisProgram = ['redis-server', 'valkey-server'].find(isInstalled);

/** Whether tests on Redis run. They fail instead of being left out where REDIS_REQUIRED is set. */
export const hasRedis = redisProgram !== undefined || process.env.REDIS_REQUIRED === '1';

/** What a test says that leaves its Redis form out. */
export const withoutRedis = 'redis-server is not installed: the form on Redis is left out';

export interface RedisServer {
  url: string;
  port: number;
  /** Ends it and forgets what it kept. */
  stop(): Promise<void>;
  /** kill -9. `restart` brings it back with what its log of writes has. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
  cli(...args: string[]): Promise<string>;
}

/** Starts a Redis of the test's own, which syncs each write to the disk. `args`: of its command line. */
export async function startRedis(...args: string[]): Promise<RedisServer> {
  if (!redisProgram) throw new Error('redis-server is not installed, and REDIS_REQUIRED is set');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const start = async (): Promise<ChildProcess> => {
    const options = ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'yes'];
    const always = ['--appendfsync', 'always', '--bind', '127.0.0.1', ...args];
    const child = spawn(redisProgram, [...options, ...always], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (text) => String(text).includes('Ready to accept') && resolve());
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    });
    return child;
  };
  let server = await start();
  const ended = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });
  const end = async () => {
    server.kill('SIGKILL');
    await ended(server);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
    kill: end,
    async restart() {
      server = await start();
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async cli(...command) {
      const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...command]);
      return stdout.trimEnd();
    },
  };
}

/** One connection with keys of its own, unless `prefix` shares those of another. */
export function openTestRedis(
  url: string,
  prefix = `test-${randomBytes(6).toString('hex')}`,
  log: Logger = pino({ level: 'silent' }),
): Promise<OpenRedis> {
  const address = readRedis(url, {});
  if (!address) throw new Error('no address');
  return openRedis({ address, prefix, log, patienceMs: 5_000 });
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A port that was free just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
