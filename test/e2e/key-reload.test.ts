import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { ask, modern, openSession, stream } from '../transports/support/wire.ts';
import { connect } from './support/agents.ts';
import { binary, quietEnvironment, type Running, run } from './support/process.ts';

const ada = createKey('ada', ['calls:read', 'calls:control']);
const bob = createKey('bob', ['calls:read', 'calls:control']);
const lesserBob = { ...bob, entry: { ...bob.entry, scopes: ['calls:read'] } };
const newcomer = createKey('newcomer', ['calls:read']);
const bearer = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` });

const folder = mkdtempSync(join(tmpdir(), 'key-reload-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === 'win32')('a server over HTTP without a terminal, at SIGHUP', () => {
  const file = join(folder, 'keys.json');
  const write = (...keys: { entry: object }[]) =>
    writeFileSync(file, JSON.stringify(keys.map(({ entry }) => entry)));
  let server: Running;
  let url: string;

  /** Sends the signal and waits for the log line that answers it. */
  async function reload(answer: string) {
    const lines = () => server.logs.filter(({ msg }) => msg === answer);
    const before = lines().length;
    server.child.kill('SIGHUP');
    await expect.poll(() => lines().length).toBe(before + 1);
    return lines().at(-1);
  }
  const statusFor = async (client: { key: string }) =>
    (await ask(url, { method: 'GET', path: '/metrics', headers: bearer(client) })).status;

  beforeAll(async () => {
    write(ada, bob);
    const env = { ...quietEnvironment(), RC_MCP_KEYS_FILE: file };
    server = run(['serve', '--sandbox', '--http', '127.0.0.1:0'], env, { detached: true });
    url = String((await server.logged('listening')).url);
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });

  it('lets in who is in the file now, ends what others had open, and leaves the rest alone', async () => {
    const agent = await connect('v2 client, 2025', { http: url, headers: bearer(ada) });
    const session = await openSession(url, '2025-11-25', bearer(bob));
    const sse = await stream(url.replace('/mcp', '/sse'), { headers: bearer(bob) });
    const listen = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
    const listening = await stream(url, {
      ...listen,
      method: 'POST',
      headers: { ...listen.headers, ...bearer(bob) },
    });
    expect([sse.status, listening.status]).toEqual([200, 200]);
    write(ada, newcomer);
    expect(await reload('keys read anew')).toMatchObject({ file, ended: ['key:bob'] });
    expect(await statusFor(newcomer)).toBe(200);
    expect(await statusFor(bob)).toBe(401);
    await Promise.all([sse.ended, listening.ended]);
    expect((await session.request('ping')).status).toBe(401);
    expect((await agent.tools()).length).toBeGreaterThan(0);
    await agent.close();
  });

  it('ends the session of a key with other scopes: it has to be opened anew, with what they allow', async () => {
    write(ada, bob);
    await reload('keys read anew');
    const session = await openSession(url, '2025-11-25', bearer(bob));
    write(ada, lesserBob);
    expect(await reload('keys read anew')).toMatchObject({ ended: ['key:bob'] });
    expect((await session.request('ping')).status).toBe(404);
    const agent = await connect('v2 client, 2025', { http: url, headers: bearer(bob) });
    expect((await agent.tools()).map(({ name }) => name)).not.toContain('hold_call_party');
    await agent.close();
  });

  it.each([
    ['a list with a mistake', '[{"name":"ada"}]', /keys\.json: 0\.hash is sha256/],
    ['no JSON', '[{"na', /keys\.json is not JSON/],
    ['an empty file', '', /RC_MCP_KEYS_FILE names .*keys\.json, which is empty/],
  ])(
    'keeps the keys that it has where the file holds %s, and says what is wrong',
    async (_what, text, reason) => {
      writeFileSync(file, text);
      expect(await reload('the keys stay as they were')).toMatchObject({
        level: 'error',
        reason: expect.stringMatching(reason),
      });
      expect(await statusFor(ada)).toBe(200);
    },
  );
});

it.skipIf(process.platform === 'win32')(
  'without keys there is nothing to read, and the server goes on',
  async () => {
    const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0'], quietEnvironment(), {
      detached: true,
    });
    const { url } = await server.logged('listening');
    server.child.kill('SIGHUP');
    await server.logged('SIGHUP: this server was started without keys, so there are none to read anew');
    expect((await fetch(String(url).replace('/mcp', '/healthz'))).status).toBe(200);
    expect(await server.stop()).toBe(0);
  },
);

// util-linux's script, which every Debian has, makes a terminal.
it.runIf(process.platform === 'linux')('a server whose terminal is closed ends in order', async () => {
  const file = join(folder, 'log');
  const command = `exec '${process.execPath}' ${binary} serve --sandbox --http 127.0.0.1:0 2>'${file}'`;
  const terminal = spawn('script', ['-qfec', command, '/dev/null'], {
    env: quietEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const log = () => readFileSync(file, { encoding: 'utf8', flag: 'a+' });
  await expect.poll(log, { timeout: 60_000 }).toContain('"msg":"listening"');
  terminal.kill('SIGKILL');
  await expect.poll(log, { timeout: 60_000 }).toMatch(/"reason":"SIGHUP"[\s\S]*"msg":"ended"/);
});
