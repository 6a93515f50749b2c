import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type RedisServer, redisProgram, startRedis } from './redis.ts';

/** A primary, a replica of it, and the Sentinel that puts one in the place of the other. */
export interface WatchedRedis {
  url: string;
  primary: RedisServer;
  replica: RedisServer;
  stop(): Promise<void>;
}

/** Starts them. The Sentinel fails over within about two seconds. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const primary = await startRedis('--repl-diskless-sync-delay', '0');
  const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port));
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
      `sentinel monitor calls 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds calls 1000',
      'sentinel failover-timeout calls 5000',
    ].join('\n'),
  );
  const sentinel = spawn(String(redisProgram), [file, '--sentinel'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It knows the replica from the primary's INFO, which it asks for every ten seconds at first.
  await new Promise<void>((resolve) => {
    sentinel.stdout?.on('data', (text) => String(text).includes('+slave') && resolve());
  });
  return {
    ...{ primary, replica, url: `redis+sentinel://127.0.0.1:${port}/calls` },
    async stop() {
      sentinel.kill('SIGKILL');
      await Promise.all([primary.stop(), replica.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
