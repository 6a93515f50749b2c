// `npm run smoke`: the packed package on each Node that it is for. Packs, installs into an empty folder, and there has a
// client of each protocol era, over stdio and HTTP, list the tools and place a call that a person is asked about.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

/** The floor that the documents name, and the lines that are supported; npm's package `node` brings them. */
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20.18', '22', '24'];
const eras = { 2025: 'legacy', '2026-07-28': { pin: '2026-07-28' } };
const serve = ['serve', '--sandbox'];

const folder = mkdtempSync(join(tmpdir(), 'smoke-'));
const npm = (cwd, ...args) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RC_')));

function check(fits, complaint) {
  if (!fits) throw new Error(complaint);
}

/** The server's entry point, where an install of the packed package has put it. */
function installed() {
  ensureInstalled();
  ensureBuilt();
  const [{ filename, name }] = JSON.parse(npm('.', 'pack', '--json', '--pack-destination', folder));
  npm(folder, 'init', '--yes');
  npm(folder, 'install', '--no-audit', '--no-fund', join(folder, filename));
  return join(folder, 'node_modules', name, 'dist/cli.js');
}

/** Has a client do what a host does. Its person says no first, then yes. */
async function tryWith(transport, mode) {
  const questions = [];
  const client = new Client(
    { name: 'smoke', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } },
  );
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    questions.push(params.message);
    if (questions.length === 1) return { action: 'decline' };
    const { decision } = params.requestedSchema.properties;
    const [plainYes] = decision?.enum ?? decision?.oneOf?.map((option) => option.const) ?? [];
    return { action: 'accept', content: decision ? { decision: plainYes } : { confirm: true } };
  });
  await client.connect(transport);
  const { tools } = await client.listTools();
  check(tools.length > 30, `${tools.length} tools`);
  const callOut = {
    name: 'create_call_out_call_session',
    arguments: { toPhoneNumber: '+12125550123' },
  };
  const refused = await client.callTool(callOut);
  check(refused.structuredContent.error?.reason === 'declined', `a no gave ${JSON.stringify(refused)}`);
  const done = await client.callTool(callOut);
  check(!done.isError && questions.length === 2, `a yes gave ${JSON.stringify(done)}`);
  await client.close();
}

async function overHttp(node, cli, mode) {
  const args = [cli, ...serve, '--http', '127.0.0.1:0'];
  const server = spawn(node, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(server, 'exit');
  try {
    let url;
    for await (const line of createInterface({ input: server.stderr })) {
      url = JSON.parse(line).msg === 'listening' && JSON.parse(line).url;
      if (url) break;
    }
    check(url, 'the server ended before it listened');
    server.stderr.resume();
    await tryWith(new StreamableHTTPClientTransport(new URL(url)), mode);
  } finally {
    server.kill('SIGTERM');
  }
  const [code] = await exit;
  check(code === 0, `SIGTERM ended it with ${code}`);
}

try {
  const cli = installed();
  for (const version of versions) {
    const node = npm(
      folder,
      'exec',
      '--yes',
      `--package=node@${version}`,
      '--',
      'node',
      '-p',
      'process.execPath',
    );
    const command = node.trim();
    for (const [era, mode] of Object.entries(eras)) {
      const stdio = { command, args: [cli, ...serve], env, stderr: 'ignore' };
      await tryWith(new StdioClientTransport(stdio), mode);
      await overHttp(command, cli, mode);
      const printed = execFileSync(command, ['--version'], { encoding: 'utf8' }).trim();
      console.log(`Node ${printed}, clients of ${era}: stdio and HTTP, a guarded act`);
    }
  }
} catch (error) {
  console.error(error.stderr || '');
  throw error;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
