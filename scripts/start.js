// `npm start [serve flags]`: on a fresh clone, one command to a running MCP server on the embedded sandbox.
import { spawn } from 'node:child_process';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

ensureInstalled();
ensureBuilt();
const server = spawn(
  process.execPath,
  ['dist/cli.js', 'serve', '--sandbox', '--http', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 1));
