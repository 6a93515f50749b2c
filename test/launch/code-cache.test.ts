import { randomUUID } from 'node:crypto';
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
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeCache } from '../../src/launch/code-cache.ts';

/** Where the build lies. */
const build = '/opt/build';

const code = new Map([['main.js', Buffer.from('compiled')]]);

/** A folder that is not there yet, and the cache in it. */
function emptyCache() {
  const parent = mkdtempSync(join(tmpdir(), 'code-cache-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, 'cache');
  const cache = codeCache({ RC_MCP_CODE_CACHE: folder }, build);
  if (!cache) throw new Error('no cache');
  return { cache, folder, parent };
}

/** One in which code is kept, its folder for this build, and the file. */
async function fullCache() {
  const made = emptyCache();
  await made.cache.write(code);
  const [name = ''] = readdirSync(made.folder);
  const ofBuild = join(made.folder, name);
  return { ...made, ofBuild, file: join(ofBuild, 'main.js.code') };
}

/** What another process reads that starts now. */
const reread = (folder: string, chunk = 'main.js') =>
  codeCache({ RC_MCP_CODE_CACHE: folder }, build)?.read(chunk);

it('gives what was written, from folders and a file of the user’s own', async () => {
  const { cache, folder, ofBuild, file } = await fullCache();
  expect(reread(folder)).toEqual(Buffer.from('compiled'));
  expect(reread(folder, 'other.js')).toBeUndefined();
  expect([folder, ofBuild, file].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
  await cache.write(new Map([['other.js', Buffer.from('more')]]));
  expect(reread(folder, 'other.js')).toEqual(Buffer.from('more'));
  expect(reread(folder)).toEqual(Buffer.from('compiled'));
});

it('gives nothing before anything was written', () => {
  expect(emptyCache().cache.read('main.js')).toBeUndefined();
});

it('does not believe a file that is damaged', async () => {
  const { folder, file } = await fullCache();
  writeFileSync(file, readFileSync(file).subarray(1));
  expect(reread(folder)).toBeUndefined();
});

describe.each(['folder', 'ofBuild'] as const)('%s', (which) => {
  it.each([0o720, 0o702, 0o777])(
    'is neither read nor written where others can write it (%o)',
    async (mode) => {
      const made = await fullCache();
      rmSync(made.file);
      chmodSync(made[which], mode);
      await made.cache.write(code);
      expect(readdirSync(made.ofBuild)).toEqual([]);
      chmodSync(made[which], 0o700);
      await made.cache.write(code);
      expect(reread(made.folder)).toBeDefined();
      chmodSync(made[which], mode);
      expect(reread(made.folder)).toBeUndefined();
    },
  );
});

it('does not read a file that others can write', async () => {
  const { folder, file } = await fullCache();
  chmodSync(file, 0o622);
  expect(reread(folder)).toBeUndefined();
});

it('neither reads nor writes what belongs to somebody else', async () => {
  const { folder, ofBuild } = await fullCache();
  const user = process.getuid?.() ?? 0;
  const getuid = vi.spyOn(process as Required<typeof process>, 'getuid').mockReturnValue(user + 1);
  onTestFinished(() => getuid.mockRestore());
  const before = readdirSync(ofBuild);
  expect(reread(folder)).toBeUndefined();
  await codeCache({ RC_MCP_CODE_CACHE: folder }, build)?.write(new Map([['new.js', Buffer.from('new')]]));
  expect(readdirSync(ofBuild)).toEqual(before);
});

it('follows no link, neither to a folder nor to a file', async () => {
  const { folder, ofBuild, file, parent } = await fullCache();
  const linked = join(parent, 'linked');
  symlinkSync(folder, linked);
  expect(reread(linked)).toBeUndefined();
  const other = join(parent, 'other');
  mkdirSync(other, { mode: 0o700 });
  const otherOfBuild = ofBuild.replace(folder, other);
  symlinkSync(ofBuild, otherOfBuild);
  expect(reread(other)).toBeUndefined();
  rmSync(otherOfBuild);
  mkdirSync(otherOfBuild, { mode: 0o700 });
  symlinkSync(file, file.replace(folder, other));
  expect(reread(other)).toBeUndefined();
});

/** The name of the cache of some build. */
const named = (letter: string) => `${letter.repeat(16)}.code`;

it('keeps the newest caches of other builds, and removes the rest', async () => {
  const { cache, folder } = await fullCache();
  const others = ['a', 'b', 'c', 'd', 'e'].map(named);
  for (const [at, name] of others.entries()) {
    // Once it was a file.
    if (at === 0) writeFileSync(join(folder, name), '');
    else mkdirSync(join(folder, name));
    if (at === 1) writeFileSync(join(folder, name, 'main.js.code'), '');
    utimesSync(join(folder, name), at, at);
  }
  await cache.write(code);
  expect(readdirSync(folder).filter((name) => others.includes(name))).toEqual([named('d'), named('e')]);
  expect(reread(folder)).toBeDefined();
});

it('removes nothing that it has not made', async () => {
  const { cache, folder } = await fullCache();
  const others = ['project.code', 'thesis.code', 'a.code', 'b.code', 'something else'];
  for (const [at, name] of others.entries()) {
    mkdirSync(join(folder, name));
    utimesSync(join(folder, name), at, at);
  }
  await cache.write(code);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
});

it('counts one as new that is in use', async () => {
  const { folder, ofBuild } = await fullCache();
  for (const letter of ['a', 'b', 'c']) mkdirSync(join(folder, named(letter)));
  utimesSync(ofBuild, 1, 1);
  expect(reread(folder)).toBeDefined();
  for (const letter of ['a', 'b', 'c']) utimesSync(join(folder, named(letter)), 2, 2);
  await codeCache({ RC_MCP_CODE_CACHE: folder }, '/opt/other')?.write(code);
  expect(reread(folder)).toBeDefined();
});

it('removes what a process that ended while it wrote has left, and not what is being written', async () => {
  const { cache, ofBuild } = await fullCache();
  const left = `main.js.code.${randomUUID()}`;
  const beingWritten = `main.js.code.${randomUUID()}`;
  for (const name of [left, beingWritten]) writeFileSync(join(ofBuild, name), '');
  utimesSync(join(ofBuild, left), 1, 1);
  await cache.write(code);
  expect(readdirSync(ofBuild).toSorted()).toEqual(['main.js.code', beingWritten]);
});

it('is another for the same build elsewhere: traces name the files that were compiled', async () => {
  const { folder } = await fullCache();
  const elsewhere = codeCache({ RC_MCP_CODE_CACHE: folder }, '/opt/other');
  expect(elsewhere?.read('main.js')).toBeUndefined();
});

it('makes no more than its folder and the one that it is in', async () => {
  const { parent } = emptyCache();
  const cacheIn = (folder: string) => codeCache({ RC_MCP_CODE_CACHE: folder }, build);
  await cacheIn(join(parent, 'made', 'cache'))?.write(code);
  expect(reread(join(parent, 'made', 'cache'))).toBeDefined();
  await expect(cacheIn(join(parent, 'not', 'made', 'cache'))?.write(code)).rejects.toThrow('ENOENT');
  // Where nothing can be made, Node's recursive way never ends.
  if (process.platform === 'linux')
    await expect(cacheIn('/proc/none')?.write(code)).rejects.toThrow('ENOENT');
});

it('is whole, whoever writes at the same time', async () => {
  const { cache, folder, ofBuild } = await fullCache();
  await Promise.all(Array.from({ length: 3 }, () => cache.write(code)));
  expect(reread(folder)).toBeDefined();
  expect(readdirSync(ofBuild)).toEqual(['main.js.code']);
});

const offs = [
  ...['off', 'OFF', 'false', 'cache'].map((folder) => ({ RC_MCP_CODE_CACHE: folder })),
  { NODE_V8_COVERAGE: '/tmp' },
];
it.each(offs)('is off with %o', (env) => {
  expect(codeCache(env, build)).toBeUndefined();
});
