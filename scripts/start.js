// `npm start [serve flags]`: on a fresh clone, one command to a running MCP server on the embedded sandbox.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

const preferredPort = 8800;

ensureInstalled();
ensureBuilt();

const isFree = (port) =>
  new Promise((answer) => {
    const probe = createServer().once('error', () => answer(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });

const flags = process.argv.slice(2);
const http = flags.some((flag) => flag.startsWith('--http')) || process.env.RC_MCP_HTTP ? [] : ['--http'];
if (http.length > 0 && !(await isFree(preferredPort))) {
  console.log(`Port ${preferredPort} is busy; taking a free one.`);
  http.push('127.0.0.1:0');
}

const binary = resolve('dist/cli.js');
const server = spawn(process.execPath, [binary, 'serve', '--sandbox', ...http, ...flags], {
  stdio: ['ignore', 'inherit', 'pipe'],
});

const guide = (mcp, sandbox) => `
The MCP server runs on the sandbox, a simulated RingCentral. No real phone rings.

  MCP server        ${mcp}
  Sandbox console   ${sandbox}/   (place calls, pick up, hang up)

A host that speaks HTTP takes this configuration:

${JSON.stringify({ mcpServers: { 'ringcentral-call-control': { type: 'http', url: mcp } } }, null, 2)}

A host that starts the server itself (Claude Desktop) takes this one:

${JSON.stringify(
  { mcpServers: { 'ringcentral-call-control': { command: 'node', args: [binary, 'serve', '--sandbox'] } } },
  null,
  2,
)}

Ctrl-C ends it. Log lines follow.
`;

let sandbox = '';
createInterface({ input: server.stderr }).on('line', (line) => {
  const entry = line.startsWith('{') ? JSON.parse(line) : {};
  if (entry.msg === 'sandbox') sandbox = entry.serverUrl;
  if (entry.msg === 'listening') console.log(guide(entry.url, sandbox));
  process.stderr.write(`${line}\n`);
});

const stop = () => server.kill('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
// npm may be killed without passing the signal on: a changed parent says so.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop(), 500).unref();
server.on('exit', (code) => process.exit(code ?? 1));
