import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { createKey } from '../../src/transports/identity/keys.ts';
import { ask } from '../transports/support/wire.ts';
import { binary, quietEnvironment, type Running, run, startSandboxProcess } from './support/process.ts';
import { blocks, freePort } from './support/proxies.ts';

// Nothing here starts a container engine or systemd: what they are told to start is started as it stands there.

const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
const agent = createKey('agent', ['calls:read']);
const secrets = {
  keys: JSON.stringify([agent.entry]),
  audit_key: 'a key of more than sixteen characters',
};
let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
/** The file of each secret. */
const secretFile = (name: string) => join(folder, name);

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  const { clientSecret, jwt } = sandbox.address;
  for (const [name, value] of Object.entries({ ...secrets, client_secret: clientSecret, jwt }))
    writeFileSync(secretFile(name), value);
});
afterAll(async () => {
  expect(await sandbox.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});

/** The command's own flags, on a port that is free and with files that are ours. */
const flagsOf = (command: string, state: string) =>
  command
    .replace(/^.*?(?=\bserve\b)/, '')
    .replace(/((?:0\.0\.0\.0|127\.0\.0\.1)):8800/, '$1:0')
    .replaceAll('/var/lib/rc-mcp', state)
    .split(' ');

async function servesWithKeyAlone(server: Running) {
  const { url } = await server.logged('listening');
  const local = String(url).replace('0.0.0.0', '127.0.0.1');
  const status = async (headers: Record<string, string>) =>
    (await ask(local, { method: 'GET', path: '/metrics', headers })).status;
  expect(await status({ host: 'calls.example.com' })).toBe(401);
  expect(await status({ host: 'calls.example.com', authorization: `Bearer ${agent.key}` })).toBe(200);
  expect(await server.stop()).toBe(0);
  await server.logged('audit log closed');
}

describe('the image', () => {
  const lines = readFileSync('Dockerfile', 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const of = (instruction: string) =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));
  const exec = (line = '') => JSON.parse(line.slice(line.indexOf('['))) as string[];

  it('is built from what reaches the builder', () => {
    const context = mkdtempSync(join(folder, 'context-'));
    const kept = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    for (const path of kept) cpSync(path, join(context, path), { recursive: true });
    const copied = of('COPY').flatMap((line) =>
      line.includes('--from') ? [] : line.split(' ').slice(0, -1),
    );
    for (const path of copied) expect(existsSync(join(context, path)), path).toBe(true);
    // What `npm ci` brings there.
    symlinkSync(resolve('node_modules'), join(context, 'node_modules'), 'dir');
    execFileSync('npm', ['run', 'build'], { cwd: context, stdio: 'pipe' });
    expect(existsSync(join(context, 'dist/cli.js'))).toBe(true);
  });

  it('starts with what is copied into it, as no other than node, and says that it is well', async () => {
    const app = mkdtempSync(join(folder, 'app-'));
    for (const path of ['package.json', 'LICENSE']) cpSync(path, join(app, path));
    cpSync('dist', join(app, 'dist'), { recursive: true });
    expect(of('USER')).toEqual(['node']);
    const [entry, file = '', ...rest] = [...exec(of('ENTRYPOINT')[0]), ...exec(of('CMD')[0])];
    expect(entry).toBe('node');
    const [check] = of('HEALTHCHECK');
    const [, ...probe] = exec(check?.slice(check.indexOf('CMD')));
    const start = async () => {
      const port = await freePort();
      const args = [file.replace('/app', app), ...rest].map((word) =>
        word.replace('0.0.0.0:8800', `0.0.0.0:${port}`),
      );
      const server = spawn(process.execPath, args, {
        env: { ...quietEnvironment(), RC_MCP_SANDBOX: '1', RC_MCP_KEYS_FILE: secretFile('keys') },
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let log = '';
      server.stderr.on('data', (chunk) => {
        log += chunk;
      });
      const words = probe.map((word) => word.replace(':8800', `:${port}`));
      const isWell = () => spawnSync(process.execPath, words).status;
      const isDecided = () => isWell() === 0 || server.exitCode !== null;
      await vi.waitUntil(isDecided, 20_000).catch(() => Promise.reject(new Error(`not well: ${log}`)));
      return { server, isWell, log: () => log };
    };
    let { server, isWell, log } = await start();
    // Somebody else may take the port before the server does.
    if (/is in use/.test(log())) ({ server, isWell, log } = await start());
    expect(isWell(), log()).toBe(0);
    server.kill('SIGTERM');
    await expect.poll(() => server.exitCode).toBe(0);
    expect(isWell()).toBe(1);
  });

  it('has a Node that the package takes', () => {
    const [, floor] = /(\d+)/.exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node) ?? [];
    for (const image of of('FROM'))
      expect(Number(/^node:(\d+)-/.exec(image)?.[1])).toBeGreaterThanOrEqual(Number(floor));
  });
});

describe('the compose file', () => {
  const compose = parse(readFileSync('examples/compose/compose.yaml', 'utf8'));
  const { server, proxy } = compose.services;

  it('gives the server every file that it names, and starts it', async () => {
    expect(Object.keys(compose.secrets).sort()).toEqual([...server.secrets].sort());
    expect(existsSync(join('examples/compose', server.build, 'Dockerfile'))).toBe(true);
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(server.environment as Record<string, string>)) {
      const [, secret] = /^\/run\/secrets\/(\w+)$/.exec(value) ?? [];
      if (secret) expect(server.secrets).toContain(secret);
      env[name] = secret ? secretFile(secret) : sandbox.address.clientId;
    }
    const state = mkdtempSync(join(folder, 'state-'));
    expect(server.volumes).toEqual(['audit:/var/lib/rc-mcp']);
    await servesWithKeyAlone(
      run(flagsOf(server.command, state), {
        ...quietEnvironment(),
        ...env,
        RC_SERVER_URL: sandbox.address.serverUrl,
      }),
    );
    expect(existsSync(join(state, 'audit.log'))).toBe(true);
  });

  it('has the proxy of the documents, which CI starts, in front', () => {
    const documented = blocks().find((block) => block.startsWith('calls.example.com {'));
    const own = readFileSync('examples/compose/Caddyfile', 'utf8');
    const squeeze = (text = '') => text.replace(/\s+/g, ' ').trim();
    expect(squeeze(own)).toBe(squeeze(documented?.replace('127.0.0.1:8800', 'server:8800')));
    expect(proxy.volumes).toContain('./Caddyfile:/etc/caddy/Caddyfile:ro');
    expect(proxy.depends_on).toEqual({ server: { condition: 'service_healthy' } });
  });
});

describe('the systemd unit', () => {
  const path = 'examples/systemd/ringcentral-call-control-mcp.service';
  const unit = readFileSync(path, 'utf8');
  const all = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  it('starts the command of the package, with every secret that it names', async () => {
    const [start = ''] = all('ExecStart');
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(start.split(' ')[1]).toBe(Object.keys(bin)[0]);
    const credentials = new Map(all('LoadCredential').map((line) => line.split(':') as [string, string]));
    const env: Record<string, string> = {};
    for (const line of all('Environment')) {
      const [, name = '', credential, file] =
        /^(\w+)=(?:%d\/(\w+)|\/etc\/rc-mcp\/(\w+)\.json)$/.exec(line) ?? [];
      if (credential) expect(credentials.has(credential), line).toBe(true);
      env[name] = secretFile(credential ?? file ?? '');
    }
    const state = mkdtempSync(join(folder, 'state-'));
    expect(all('StateDirectory')).toEqual(['rc-mcp']);
    await servesWithKeyAlone(
      run(flagsOf(start, state), {
        ...quietEnvironment(),
        ...env,
        RC_APP_CLIENT_ID: sandbox.address.clientId,
        RC_SERVER_URL: sandbox.address.serverUrl,
      }),
    );
  });

  it('reads keys anew at a reload, from a file that is not copied at the start', () => {
    expect(all('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(all('Environment')).toContain('RC_MCP_KEYS_FILE=/etc/rc-mcp/keys.json');
  });

  const hasVerifier = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.runIf(hasVerifier)('is a unit that systemd takes', () => {
    const { stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    expect(
      stderr.split('\n').filter((line) => line.includes('ringcentral-call-control-mcp.service')),
    ).toEqual([]);
  });
});

it('the binary that these tests start is the one that the package has', () => {
  expect(Object.values(JSON.parse(readFileSync('package.json', 'utf8')).bin)).toEqual([binary]);
});
