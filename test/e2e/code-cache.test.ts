import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { binary, callsUnaskedEnvironment, quietEnvironment, run } from './support/process.ts';
import { Wire } from './support/wire.ts';

function folder() {
  const made = mkdtempSync(join(tmpdir(), 'code-cache-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return join(made, 'cache');
}

/** Starts a server with this cache, and has it list its tools. */
async function listing(cache: string) {
  const server = run(['serve'], { ...callsUnaskedEnvironment(), RC_MCP_CODE_CACHE: cache });
  const wire = new Wire(server);
  await wire.initialize();
  const { result } = await wire.ask({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
  return { server, wire, tools: result?.tools };
}

/** The files in which the code of a chunk is, with when they were written. */
function kept(cache: string): Map<string, number> {
  const folders = existsSync(cache) ? readdirSync(cache).map((name) => join(cache, name)) : [];
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return new Map(
    files.filter((file) => file.endsWith('.code')).map((file) => [file, statSync(file).mtimeMs]),
  );
}

/** Starts a server until it has kept all code that a start needs. */
async function fill(cache: string) {
  const { server, tools } = await listing(cache);
  await expect.poll(() => compiledWith(cache)).toBe(0);
  expect(await server.stop()).toBe(0);
  return tools;
}

const stop = async ({ server }: Awaited<ReturnType<typeof listing>>) => expect(await server.stop()).toBe(0);

describe('the cache of compiled code', () => {
  it('is made by the first start and used by the next, which says the same', async () => {
    const cache = folder();
    const tools = await fill(cache);
    const before = kept(cache);
    const next = await listing(cache);
    expect(next.tools).toEqual(tools);
    await stop(next);
    expect(kept(cache)).toEqual(before);
  });

  it('is not believed where it is damaged, and then made anew', async () => {
    const cache = folder();
    const tools = await fill(cache);
    for (const file of kept(cache).keys()) {
      const whole = readFileSync(file);
      whole[whole.length >> 1] = ~(whole[whole.length >> 1] ?? 0);
      writeFileSync(file, whole);
    }
    expect(compiledWith(cache)).toBe(kept(cache).size);
    expect(await fill(cache)).toEqual(tools);
  });

  it('has what is loaded with the first use, too', async () => {
    const cache = folder();
    await fill(cache);
    const before = kept(cache).size;
    const { server, wire } = await listing(cache);
    await wire.ask({ jsonrpc: '2.0', id: 3, method: 'resources/list', params: {} });
    await expect.poll(() => kept(cache).size).toBeGreaterThan(before);
    expect(await server.stop()).toBe(0);
  });

  it('is made once where two processes start at the same time', async () => {
    const cache = folder();
    const both = await Promise.all([listing(cache), listing(cache)]);
    await expect.poll(() => compiledWith(cache)).toBe(0);
    await Promise.all(both.map(stop));
    // One that has ended while it wrote leaves what it had written, under a name that nobody reads.
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
    expect(compiledWith('off')).toBeGreaterThan(5);
  });
});

/** How many chunks V8 compiles at a start with this cache. */
function compiledWith(cache: string): number {
  const counting = ['-r', './test/e2e/support/count-compiled.cjs'];
  const { stderr } = spawnSync(process.execPath, [...counting, binary, 'serve'], {
    env: { ...callsUnaskedEnvironment(), RC_MCP_CODE_CACHE: cache },
    input: '',
    encoding: 'utf8',
  });
  return Number(stderr);
}
