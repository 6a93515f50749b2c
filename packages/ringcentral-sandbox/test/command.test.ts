import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { parseRateLimits } from '../src/command.ts';
import { closing, openSandbox } from './support.ts';

/** The package's command, from its sources. */
const command = ['--import', 'tsx', fileURLToPath(new URL('../src/cli.ts', import.meta.url))];

function sandboxCommand(...flags: string[]) {
  const child = spawn(process.execPath, [...command, ...flags]);
  closing({
    close() {
      child.kill('SIGKILL');
    },
  });
  return child;
}

it('prints one JSON line, runs until SIGTERM, and exits 0', async () => {
  const child = sandboxCommand('--rate-limits', 'light=7', '--recovery-timeout', '5000');
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  await once(output, 'line');
  const credentials = JSON.parse(lines[0] ?? '');
  expect(Object.keys(credentials).sort()).toEqual([
    'clientId',
    'clientSecret',
    'controlUrl',
    'jwt',
    'serverUrl',
  ]);
  expect((await fetch(`${credentials.controlUrl}/state`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(lines).toHaveLength(1);
});

const PARENT = `
  const { spawn } = require('node:child_process');
  const [stdio, ...command] = process.argv.slice(1);
  const child = spawn(process.execPath, command, { stdio: stdio.split(',') });
  child.stdout.pipe(process.stdout);
`;

/** A program that starts a sandbox for itself; resolves once that runs. */
async function programWithSandbox(stdio: string, env: Record<string, string>) {
  const program = spawn(process.execPath, ['-e', PARENT, '--', stdio, ...command], {
    env: { ...process.env, ...env },
  });
  const [line] = await once(createInterface({ input: program.stdout }), 'line');
  const { controlUrl } = JSON.parse(line);
  const runs = () =>
    fetch(`${controlUrl}/state`).then(
      () => true,
      () => false,
    );
  return { program, runs };
}

it.each([{ SANDBOX_ENDS_WITH_PARENT: '1' }, {}])('ends at SIGTERM with an open stdin and %j', async (env) => {
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  closing({
    close() {
      child.kill('SIGKILL');
    },
  });
  await once(createInterface({ input: child.stdout as Readable }), 'line');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it.each([
  ['its stdin is a pipe', 'pipe,pipe,inherit', { SANDBOX_ENDS_WITH_PARENT: '1' }],
  ['its stdin is nothing', 'ignore,pipe,inherit', { SANDBOX_ENDS_WITH_PARENT: '1' }],
  ['there is an IPC channel', 'ignore,pipe,inherit,ipc', {}],
])('ends with the program that asked for it, also when that is killed: %s', async (_, stdio, env) => {
  const { program, runs } = await programWithSandbox(stdio, env);
  expect(await runs()).toBe(true);
  program.kill('SIGKILL');
  await expect.poll(runs).toBe(false);
});

it('without being asked it stays: stdin at its end means nothing', async () => {
  const child = sandboxCommand();
  child.stdin.end();
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { controlUrl } = JSON.parse(line);
  for (let reads = 0; reads < 5; reads++) expect((await fetch(`${controlUrl}/state`)).status).toBe(200);
});

it.each([
  ['--rate-limits', 'some', '"some"'],
  ['--chaos', '2', '0 to 1'],
  ['--scenario', 'nowhere', 'nowhere'],
  ['--port', '9100x', 'from 0 to 65535'],
  ['--calls', '1e3', 'whole number'],
  ['--no-such-flag', '1', 'no-such-flag'],
])('refuses %s %s with exit 2 and a word on stderr', async (flag, value, words) => {
  const child = sandboxCommand(flag, value);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(complaint).toContain(words);
});

it('refuses a port that is taken', async () => {
  const { serverUrl } = await openSandbox();
  const child = sandboxCommand('--port', new URL(serverUrl).port);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(complaint).toContain('EADDRINUSE');
});

it('keeps its credentials, where it is told to', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'credentials.json');
  const seen: { clientId: string; clientSecret: string; jwt: string }[] = [];
  for (let start = 0; start < 2; start++) {
    const child = sandboxCommand('--credentials', file);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const address = JSON.parse(line);
    seen.push(address);
    const { serverUrl, clientId, clientSecret, jwt } = address;
    const login = await fetch(`${serverUrl}/restapi/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: jwt,
      }),
    });
    expect(login.status).toBe(200);
    child.kill('SIGKILL');
  }
  const [first, second] = seen;
  expect(second).toMatchObject({
    clientId: first?.clientId,
    clientSecret: first?.clientSecret,
    jwt: first?.jwt,
  });
});

it('refuses a file without credentials', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'credentials.json');
  writeFileSync(file, '{}');
  expect(await once(sandboxCommand('--credentials', file), 'close')).toEqual([2, null]);
});

it('says its version', async () => {
  const child = sandboxCommand('--version');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  expect(line).toBe(manifest.version);
});

describe('--rate-limits', () => {
  it.each([
    ['platform', 'platform'],
    ['off', 'off'],
    ['light=100', { light: 100 }],
    ['light=1,medium=2,heavy=3,auth=4', { light: 1, medium: 2, heavy: 3, auth: 4 }],
  ])('%s', (text, setting) => {
    expect(parseRateLimits(text)).toEqual(setting);
  });

  it.each(['', 'light', 'light=', 'light=-1', 'dark=1', 'light=1,'])('refuses "%s"', (text) => {
    expect(() => parseRateLimits(text)).toThrow(RangeError);
  });
});
