import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { quietEnvironment } from './support/process.ts';
import { startScript } from './support/script.ts';

let running: ChildProcess | undefined;
afterEach(async () => {
  if (!running || running.exitCode !== null) return;
  const exit = once(running, 'exit');
  running.kill('SIGTERM');
  await exit;
});

/** `npm start -- FLAGS` as far as its guide. */
function start(...flags: string[]): Promise<string> {
  const { child, said } = startScript(['scripts/start.js', ...flags]);
  running = child;
  return said;
}

it.each([[['--approvals']], [['--approvals', '127.0.0.1:0']], [['--approvals=:0', '--http', ':0']]])(
  'npm start -- %j: a page, and a passcode that opens it',
  async (flags) => {
    const said = await start(...flags);
    const [, url = '', passcode] = /Approvals page +(\S+) +\(passcode ([\w-]+)\)/.exec(said) ?? [];
    const response = await fetch(`${url}login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ passcode }),
    });
    expect(response.status).toBe(200);
  },
);

it('npm start -- --approvals: what a host takes that starts the server itself, with a page for its questions', async () => {
  const said = await start('--approvals');
  const configurations = [...said.matchAll(/^\{[\s\S]*?^\}/gm)].map(([text]) => JSON.parse(text));
  expect(configurations.map(({ mcpServers }) => mcpServers.ringcentral)).toEqual([
    { type: 'http', url: expect.stringContaining('/mcp') },
    { command: 'node', args: [expect.stringContaining('cli.js'), 'serve', '--sandbox', '--approvals'] },
  ]);
});

it('npm start: what a host takes, under the key that leaves room for the tools’ names', async () => {
  const said = await start();
  const [, mcp = ''] = /MCP server +(http\S+)/.exec(said) ?? [];
  const configurations = [...said.matchAll(/^\{[\s\S]*?^\}/gm)].map(([text]) => JSON.parse(text));
  expect(configurations).toHaveLength(2);
  for (const { mcpServers } of configurations) expect(Object.keys(mcpServers)).toEqual(['ringcentral']);
  expect(configurations[0].mcpServers.ringcentral.url).toBe(mcp);
});

it('npm start: a free port, where somebody else takes the default one', async () => {
  const other = createServer().listen(8800, '127.0.0.1');
  onTestFinished(() => void other.close());
  // Else another test sits there, and may go.
  const isOurs = await once(other, 'listening').then(
    () => true,
    () => false,
  );
  const [, port = ''] = /MCP server +http:\/\/127\.0\.0\.1:(\d+)\/mcp/.exec(await start()) ?? [];
  expect(Number(port)).toBeGreaterThan(0);
  if (isOurs) expect(port).not.toBe('8800');
});

describe('npm start leaves no server behind', () => {
  /** Asks it for something, of which it logs a line; whether it is there. */
  const isThere = (url: string) => () =>
    fetch(url).then(
      () => true,
      () => false,
    );

  it('where nobody reads any more what it prints, as of `npm start | head`', async () => {
    const said = await start('--http', '127.0.0.1:0', '--log-level', 'debug');
    const [, mcp = ''] = /MCP server +(http\S+)/.exec(said) ?? [];
    running?.stdout?.destroy();
    running?.stderr?.destroy();
    await expect.poll(isThere(mcp), { timeout: 15_000 }).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('where npm is killed', async () => {
    const npm = spawn('npm', ['start', '--', '--http', '127.0.0.1:0'], {
      env: quietEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = await new Promise<string>((resolve) => {
      createInterface({ input: npm.stderr }).on('line', (line) => {
        if (line.includes('"listening"')) resolve(JSON.parse(line).url);
      });
    });
    expect(await isThere(url)()).toBe(true);
    npm.kill('SIGKILL');
    await expect.poll(isThere(url), { timeout: 15_000 }).toBe(false);
  });
});
