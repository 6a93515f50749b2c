// `npm run demo`: on a fresh clone too.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

ensureInstalled();
ensureBuilt();
process.exit(spawnSync(process.execPath, ['dist/cli.js', 'demo'], { stdio: 'inherit' }).status ?? 1);
