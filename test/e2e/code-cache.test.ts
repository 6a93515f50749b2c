import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { binary, quietEnvironment, run } from './support/process.ts';
import { Wire } from './support/wire.ts';

/** Credentials that nobody asks for before the first call. */
const credentials = {
  RC_SERVER_URL: 'http://127.0.0.1:9',
  RC_APP_CLIENT_ID: 'id',
  RC_APP_CLIENT_SECRET: 'secret',
  RC_USER_JWT: 'three.parts.long',
};

function folder() {
  const made = mkdtempSync(join(tmpdir(), 'code-cache-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return join(made, 'cache');
}

/** Starts a server with this cache, and has it list its tools. */
async function listing(cache: string) {
  const server = run(['serve'], { ...quietEnvironment(), ...credentials, RC_MCP_CODE_CACHE: cache });
  const wire = new Wire(server);
  const clientInfo = { name: 'start', version: '1.0.0' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  await wire.ask({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const { result } = await wire.ask({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
  return { server, tools: result?.tools };
}

const caches = (cache: string) =>
  existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith('.code')) : [];

/** Starts a server until it has written the cache. */
async function fill(cache: string) {
  const { server, tools } = await listing(cache);
  await expect.poll(() => caches(cache)).toHaveLength(1);
  expect(await server.stop()).toBe(0);
  const [name = ''] = caches(cache);
  return { file: join(cache, name), tools };
}

const stop = async ({ server }: Awaited<ReturnType<typeof listing>>) => expect(await server.stop()).toBe(0);

describe('the cache of compiled code', () => {
  it('is made by the first start and used by the next, which says the same', async () => {
    const cache = folder();
    const { file, tools } = await fill(cache);
    const { mtimeMs } = statSync(file);
    const next = await listing(cache);
    expect(next.tools).toEqual(tools);
    // A start for which V8 had to compile anything would write it anew.
    expect(compiledWith(cache)).toBe(0);
    await stop(next);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  it('is not believed where it is damaged, and then made anew', async () => {
    const cache = folder();
    const { file, tools } = await fill(cache);
    const whole = readFileSync(file);
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] = ~(damaged[whole.length >> 1] ?? 0);
    writeFileSync(file, damaged);
    const next = await listing(cache);
    expect(next.tools).toEqual(tools);
    await expect.poll(() => readFileSync(file).equals(damaged)).toBe(false);
    await stop(next);
    expect(compiledWith(cache)).toBe(0);
  });

  it('is made once where two processes start at the same time', async () => {
    const cache = folder();
    const both = await Promise.all([listing(cache), listing(cache)]);
    await expect.poll(() => caches(cache)).toHaveLength(1);
    await Promise.all(both.map(stop));
    // One that has ended while it wrote leaves what it had written, under a name that nobody reads.
    expect(caches(cache)).toHaveLength(1);
    expect(compiledWith(cache)).toBe(0);
  });

  it('is not needed: without a home, with a folder that cannot be made, and turned off', async () => {
    const impossible = join(binary, 'cache');
    for (const env of [{ HOME: '/nonexistent', RC_MCP_CODE_CACHE: '' }, { RC_MCP_CODE_CACHE: impossible }]) {
      const { status, stdout } = spawnSync(process.execPath, [binary, '--version'], {
        env: { ...quietEnvironment(), ...env },
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    }
    const off = await listing('off');
    expect(off.tools).not.toHaveLength(0);
    await stop(off);
    expect(compiledWith('off')).toBeGreaterThan(20);
  });
});

/** How many chunks V8 compiles at a start with this cache. */
function compiledWith(cache: string): number {
  const counting = ['-r', './test/e2e/support/count-compiled.cjs'];
  const { stderr } = spawnSync(process.execPath, [...counting, binary, 'serve'], {
    env: { ...quietEnvironment(), ...credentials, RC_MCP_CODE_CACHE: cache },
    input: '',
    encoding: 'utf8',
  });
  return Number(stderr);
}
