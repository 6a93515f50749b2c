// npm runs it before it packs, and after an install in a clone or from git, so that dist/ is there wherever the command
// is expected. `--install`: also where nothing is installed yet. Without devDependencies there is nothing to build with.
import { existsSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

if (process.argv.includes('--install')) ensureInstalled();
if (existsSync('node_modules/esbuild')) ensureBuilt();
else if (!existsSync('dist/cli.js')) {
  console.error('dist/ is not built: that needs the devDependencies (npm ci, then npm run build).');
}
