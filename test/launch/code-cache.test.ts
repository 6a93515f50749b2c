import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { codeCache } from '../../src/launch/code-cache.ts';

const code = new Map([['main.js', Buffer.from('compiled')]]);

/** A folder that is not there yet, and the cache in it. */
function emptyCache() {
  const parent = mkdtempSync(join(tmpdir(), 'code-cache-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, 'cache');
  const cache = codeCache({ RC_MCP_CODE_CACHE: folder });
  if (!cache) throw new Error('no cache');
  return { cache, folder, parent };
}

/** One in which code is kept. */
async function fullCache() {
  const made = emptyCache();
  await made.cache.write(code);
  const [name = ''] = readdirSync(made.folder);
  return { ...made, file: join(made.folder, name) };
}

it('gives what was written, from a folder and a file of the user’s own', async () => {
  const { cache, folder, file } = await fullCache();
  expect(cache.read()).toEqual(code);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('gives nothing before anything was written', () => {
  expect(emptyCache().cache.read()).toBeUndefined();
});

it('does not believe a file that is damaged', async () => {
  const { cache, file } = await fullCache();
  writeFileSync(file, readFileSync(file).subarray(1));
  expect(cache.read()).toBeUndefined();
});

it.each([0o720, 0o702, 0o777])(
  'neither reads nor writes a folder that others can write (%o)',
  async (mode) => {
    const { cache, folder, file } = await fullCache();
    chmodSync(folder, mode);
    expect(cache.read()).toBeUndefined();
    rmSync(file);
    await cache.write(code);
    expect(readdirSync(folder)).toEqual([]);
  },
);

it('does not read a file that others can write', async () => {
  const { cache, file } = await fullCache();
  chmodSync(file, 0o622);
  expect(cache.read()).toBeUndefined();
});

it('neither reads nor writes what belongs to somebody else', async () => {
  const { folder } = await fullCache();
  const user = process.getuid?.() ?? 0;
  const getuid = vi.spyOn(process as Required<typeof process>, 'getuid').mockReturnValue(user + 1);
  onTestFinished(() => getuid.mockRestore());
  const cache = codeCache({ RC_MCP_CODE_CACHE: folder });
  const before = readdirSync(folder);
  expect(cache?.read()).toBeUndefined();
  await cache?.write(new Map());
  expect(readdirSync(folder)).toEqual(before);
});

it('follows no link, neither to a folder nor to a file', async () => {
  const { folder, file, parent } = await fullCache();
  const linked = join(parent, 'linked');
  symlinkSync(folder, linked);
  expect(codeCache({ RC_MCP_CODE_CACHE: linked })?.read()).toBeUndefined();
  const other = join(parent, 'other');
  mkdirSync(other, { mode: 0o700 });
  symlinkSync(file, file.replace(folder, other));
  expect(codeCache({ RC_MCP_CODE_CACHE: other })?.read()).toBeUndefined();
});

it('keeps the newest caches of other builds, and removes the rest', async () => {
  const { cache, folder } = await fullCache();
  const others = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.code`);
  for (const [at, name] of others.entries()) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), at, at);
  }
  writeFileSync(join(folder, 'something else'), '');
  await cache.write(code);
  const left = readdirSync(folder);
  expect(left.filter((name) => others.includes(name))).toEqual(['c.code', 'd.code', 'e.code']);
  expect(left).toContain('something else');
  expect(cache.read()).toEqual(code);
});

it('is whole, whoever writes at the same time', async () => {
  const { cache, folder } = emptyCache();
  await cache.write(code);
  await Promise.all(Array.from({ length: 3 }, () => cache.write(code)));
  expect(cache.read()).toEqual(code);
  expect(readdirSync(folder)).toHaveLength(1);
});

it.each([{ RC_MCP_CODE_CACHE: 'off' }, { NODE_V8_COVERAGE: '/tmp' }])('is off with %o', (env) => {
  expect(codeCache(env)).toBeUndefined();
});
