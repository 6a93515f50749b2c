// `npm start [serve flags]`: on a fresh clone, one command to a running MCP server on the embedded sandbox.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';
import { onNobodyThere } from './lib/nobody-there.js';

ensureInstalled();
ensureBuilt();

const binary = resolve('dist/cli.js');
const flags = process.argv.slice(2);
const { env } = process;

/**
 * Whether `--http` stands without an address, where the server has found its default one in use: somebody else may sit there,
 * and then any other port will do, which the flag gets.
 */
function takesAnotherPort(complaint) {
  const at = flags.findIndex((flag, at) => flag === '--http' && (flags[at + 1] ?? '-').startsWith('-'));
  if (at < 0 || !complaint.includes(' is in use ')) return false;
  console.log('Taking a free port.');
  flags.splice(at + 1, 0, '127.0.0.1:0');
  return true;
}

const isGiven = (name) => flags.some((flag) => flag === name || flag.startsWith(`${name}=`));

if (!isGiven('--http') && !env.RC_MCP_HTTP) flags.push('--http');
const signIn = isGiven('--sign-in') || /^(1|true)$/i.test(env.RC_MCP_SIGN_IN ?? '');
const configuration = (entry) => JSON.stringify({ mcpServers: { ringcentral: entry } }, null, 2);

const teamGuide = ({ mcp, sandbox, approvals, passcode }) => `
A team server runs on the sandbox, a simulated RingCentral. No real phone rings.

  MCP server        ${mcp}
  Sandbox console   ${sandbox}/   (place calls, pick up, hang up)
  Your own page     ${mcp.replace(/\/mcp$/, '/me')}   (once an app may use your phone)
${approvals ? `  Approvals page    ${approvals}   (passcode ${passcode}; yours, who run it: everybody’s questions)\n` : ''}
Give a host this address, with no key: it opens your browser, where you let it use your phone and sign in as anybody of the
sandbox, Bob Brown (102) for one.

${configuration({ type: 'http', url: mcp })}

With Claude Code: claude mcp add --transport http ringcentral ${mcp}, then claude mcp login ringcentral.
docs/team.md has the way to your own company. Ctrl-C ends it. Log lines follow.
`;

const guide = ({ mcp, sandbox, approvals, passcode = 'of RC_MCP_APPROVALS_PASSCODE_HASH' }) => `
The MCP server runs on the sandbox, a simulated RingCentral. No real phone rings.

  MCP server        ${mcp}
  Sandbox console   ${sandbox}/   (place calls, pick up, hang up)
${approvals ? `  Approvals page    ${approvals}   (passcode ${passcode})\n` : ''}
A host that speaks HTTP takes this configuration:

${configuration({ type: 'http', url: mcp })}

A host that starts the server itself (Claude Desktop) takes this one:

${configuration({ command: 'node', args: [binary, 'serve', '--sandbox', ...(approvals ? ['--approvals'] : [])] })}
${
  approvals
    ? `
What needs a person’s yes waits for it on the approvals page; no host is asked. A server that a host starts has a page of
its own: its log line \`approvals\`, and each refusal, have the address; the log line has the passcode.
`
    : ''
}
Ctrl-C ends it. Log lines follow.
`;

let server;
function serve() {
  const known = {};
  let lastLine = '';
  server = spawn(process.execPath, [binary, 'serve', '--sandbox', ...flags], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  createInterface({ input: server.stderr }).on('line', (line) => {
    const entry = line.startsWith('{') ? JSON.parse(line) : {};
    if (entry.msg === 'sandbox') known.sandbox = entry.serverUrl;
    if (entry.msg === 'approvals') Object.assign(known, { approvals: entry.url, passcode: entry.passcode });
    if (entry.msg === 'listening') console.log((signIn ? teamGuide : guide)({ ...known, mcp: entry.url }));
    process.stderr.write(`${line}\n`);
    lastLine = line;
  });
  server.on('close', (code) => {
    if (code === 2 && takesAnotherPort(lastLine)) serve();
    else process.exit(code ?? 1);
  });
}
serve();

// Once: a second signal would not let it end in order.
const stop = () => server.killed || server.kill('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
onNobodyThere(stop);
