// `npm test [vitest arguments]`: works on a fresh clone.
import { spawn, spawnSync } from 'node:child_process';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

ensureInstalled();
ensureBuilt();
spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
}).on('exit', (code) => {
  const hasRedis = ['redis-server', 'valkey-server'].some(
    (program) => spawnSync(program, ['--version']).status === 0,
  );
  if (!hasRedis) {
    console.log(
      'redis-server is not installed, so tests of what replicas share on Redis were skipped; the forms in memory were tested.',
    );
  }
  process.exit(code ?? 1);
});
