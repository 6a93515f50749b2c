// `npm run team`: on a fresh clone, one command to three replicas on one Redis, behind a balancer, with sign-in, on the
// sandbox with a team of eight.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';
import { onNobodyThere } from './lib/nobody-there.js';
import { answers, freePort, isFree } from './lib/ports.js';
import { nginxConfig } from './lib/team-nginx.js';
import { removeKeys, requireUnused } from './lib/team-redis.js';

const { env } = process;
const path = `${env.PATH}${delimiter}/usr/sbin`;

/** The first of these programs that is installed. */
const installed = (...programs) =>
  programs.find((program) =>
    path.split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );

const redisProgram = installed('redis-server', 'valkey-server');
const missing = [
  ...(env.REDIS_URL || redisProgram ? [] : ['redis-server']),
  ...(installed('nginx') ? [] : ['nginx']),
];
if (missing.length > 0) {
  const packages = missing.join(' ');
  console.error(`npm run team needs ${missing.join(' and ')}, not found on this machine.

  Debian, Ubuntu    sudo apt-get install --no-install-recommends ${packages}
  macOS             brew install ${packages.replace('redis-server', 'redis')}
${missing.includes('redis-server') ? '\nA Redis that is somewhere else is taken by its address: REDIS_URL=redis://… npm run team\n' : ''}
One process needs neither: npm start -- --sign-in`);
  process.exit(1);
}

ensureInstalled();
ensureBuilt();

const binary = resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'rc-mcp-team-'));
const replicaCount = 3;
/** What was started, in the order in which it ends. */
const running = { replicas: [], others: [] };
let isEnding = false;
/** Leaves a Redis that was not started here as it was. */
let cleanUp = async () => {};

/** Starts a program in a group of its own: Ctrl-C is for this script, which ends all in order. */
function start(name, command, args, environment = {}) {
  const child = spawn(command, args, {
    env: { ...withoutSettings(), PATH: path, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  child.once('error', (error) => void fail(`${name}: ${error.message}`));
  return child;
}

const withoutSettings = () => Object.fromEntries(Object.entries(env).filter(([name]) => !/^RC_/.test(name)));

/** Shows what a program writes, with its name. */
function show(name, stream, seen = () => {}) {
  createInterface({ input: stream }).on('line', (line) => {
    process.stderr.write(`${name}  ${line}\n`);
    seen(line);
  });
}

const other = (name, child) => {
  running.others.unshift(child);
  child.once('exit', (code) => isEnding || void fail(`${name} ended with ${code}.`));
  return child;
};

async function fail(why) {
  if (isEnding) return;
  console.error(why);
  await end(1);
}

async function end(code) {
  if (isEnding) return;
  isEnding = true;
  const over = (child) =>
    child.exitCode !== null || child.signalCode !== null || child.pid === undefined
      ? undefined
      : once(child, 'exit');
  const stop = (children) => {
    const ends = children.map(over);
    for (const child of children) child.kill('SIGTERM');
    return Promise.all(ends);
  };
  await stop(running.replicas);
  await cleanUp().catch((error) => console.error(`REDIS_URL: not cleaned up (${error.message}).`));
  await stop(running.others);
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

async function startRedis() {
  if (env.REDIS_URL) {
    await requireUnused(env.REDIS_URL);
    cleanUp = () => removeKeys(env.REDIS_URL);
    return env.REDIS_URL;
  }
  const port = await freePort();
  const settings = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];
  const child = other(
    'redis',
    start('redis', redisProgram, ['--port', port, '--bind', '127.0.0.1', '--dir', folder, ...settings]),
  );
  await new Promise((ready) => {
    createInterface({ input: child.stdout }).on(
      'line',
      (line) => line.includes('Ready to accept') && ready(undefined),
    );
  });
  return `redis://127.0.0.1:${port}`;
}

async function startSandbox() {
  const child = other(
    'sandbox',
    start('sandbox', process.execPath, [binary, 'sandbox', '--scenario', 'team'], {
      SANDBOX_ENDS_WITH_PARENT: '1',
    }),
  );
  show('sandbox', child.stderr);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const address = JSON.parse(line);
  const { account } = await (await fetch(`${address.controlUrl}/state`)).json();
  return { ...address, accounts: account.id };
}

/** Starts a replica, and resolves with the port on which it listens. */
async function startReplica(nth, { redis, sandbox, teamKey, publicUrl }) {
  const name = `replica-${nth}`;
  const flags = ['--sign-in', '--http', '127.0.0.1:0', '--public-url', publicUrl, '--redis', redis];
  const child = start(name, process.execPath, [binary, 'serve', ...flags], {
    RC_SERVER_URL: sandbox.serverUrl,
    RC_APP_CLIENT_ID: sandbox.clientId,
    RC_APP_CLIENT_SECRET: sandbox.clientSecret,
    RC_MCP_ACCOUNTS: sandbox.accounts,
    RC_MCP_TEAM_KEY: teamKey,
    RC_MCP_REPLICA: name,
  });
  running.replicas.push(child);
  const port = new Promise((listening, failed) => {
    show(name, child.stderr, (line) => {
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.msg === 'listening') listening(new URL(entry.url).port);
    });
    child.once('exit', (code) => failed(new Error(`${name} ended with ${code}.`)));
  });
  const own = await port;
  child.once('exit', () => isEnding || console.error(`${name} has ended; the others go on.`));
  return { name, port: own, pid: child.pid };
}

async function startNginx(port, ports) {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginxConfig({ folder, port, ports }));
  const child = other('nginx', start('nginx', 'nginx', ['-p', folder, '-e', 'stderr', '-c', file]));
  show('nginx', child.stderr);
  while (!isEnding && !(await answers(port))) await new Promise((later) => setTimeout(later, 20));
}

const guide = ({ publicUrl, sandbox, redis, replicas }) => `
Three replicas run as one team server on the sandbox, a simulated RingCentral. No real phone rings.

  MCP server        ${publicUrl}/mcp   (nginx, which hands requests to the replicas by turns)
  Your own page     ${publicUrl}/me    (once an app may use your phone)
  Sandbox console   ${sandbox.serverUrl}/   (a team of eight, 101 to 108, who call and are called)

${replicas.map(({ name, port, pid }) => `  ${name}         http://127.0.0.1:${port}/readyz   (process ${pid})`).join('\n')}
  Redis             ${redis.replace(/\/\/[^@/]*@/, '//')}

Give a host the address of the MCP server, with no key: it opens your browser, where you let it use your phone and sign in as
anybody of the team, Bob Brown (102) for one. End a replica, kill -9 ${replicas[0].pid} for one, and go on: docs/replicas.md has
what that costs.

${JSON.stringify({ mcpServers: { ringcentral: { type: 'http', url: `${publicUrl}/mcp` } } }, null, 2)}

With Claude Code: claude mcp add --transport http ringcentral ${publicUrl}/mcp, then claude mcp login ringcentral.
Ctrl-C ends all. Log lines follow.
`;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
onNobodyThere(() => void end(0));

try {
  const port = (await isFree(8800)) ? 8800 : await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const [redis, sandbox] = await Promise.all([startRedis(), startSandbox()]);
  const teamKey = randomBytes(32).toString('base64url');
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, (_, nth) =>
      startReplica(nth + 1, { redis, sandbox, teamKey, publicUrl }),
    ),
  );
  await startNginx(
    port,
    replicas.map((replica) => replica.port),
  );
  if (!isEnding) console.log(guide({ publicUrl, sandbox, redis, replicas }));
} catch (error) {
  await fail(error.message);
}
