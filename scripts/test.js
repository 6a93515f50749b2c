// `npm test [vitest arguments]`: works on a fresh clone.
import { spawn } from 'node:child_process';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

ensureInstalled();
ensureBuilt();
spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
}).on('exit', (code) => process.exit(code ?? 1));
