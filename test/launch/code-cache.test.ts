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

/** One in which code is kept, its folder for this build, and the file. */
async function fullCache() {
  const made = emptyCache();
  await made.cache.write(code);
  const [name = ''] = readdirSync(made.folder);
  const ofBuild = join(made.folder, name);
  return { ...made, ofBuild, file: join(ofBuild, 'main.js.code') };
}

/** What another process reads that starts now. */
const reread = (folder: string, chunk = 'main.js') => codeCache({ RC_MCP_CODE_CACHE: folder })?.read(chunk);

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
  await codeCache({ RC_MCP_CODE_CACHE: folder })?.write(new Map([['new.js', Buffer.from('new')]]));
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

it('keeps the newest caches of other builds, and removes the rest', async () => {
  const { cache, folder } = await fullCache();
  const others = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.code`);
  for (const [at, name] of others.entries()) {
    // Once it was a file.
    if (name === 'a.code') writeFileSync(join(folder, name), '');
    else mkdirSync(join(folder, name));
    if (name === 'b.code') writeFileSync(join(folder, name, 'main.js.code'), '');
    utimesSync(join(folder, name), at, at);
  }
  writeFileSync(join(folder, 'something else'), '');
  await cache.write(code);
  const left = readdirSync(folder);
  expect(left.filter((name) => others.includes(name))).toEqual(['d.code', 'e.code']);
  expect(left).toContain('something else');
  expect(reread(folder)).toBeDefined();
});

it('is whole, whoever writes at the same time', async () => {
  const { cache, folder, ofBuild } = await fullCache();
  await Promise.all(Array.from({ length: 3 }, () => cache.write(code)));
  expect(reread(folder)).toBeDefined();
  expect(readdirSync(ofBuild)).toEqual(['main.js.code']);
});

it.each([{ RC_MCP_CODE_CACHE: 'off' }, { NODE_V8_COVERAGE: '/tmp' }])('is off with %o', (env) => {
  expect(codeCache(env)).toBeUndefined();
});
