import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Chunks } from '../../src/launch/chunks.ts';

/** Chunks of these texts, by file name. */
function chunksOf(texts: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'chunks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const put = (file: string, text: string) => writeFileSync(join(folder, file), text);
  for (const [file, text] of Object.entries(texts)) put(file, text);
  const chunks = new Chunks({
    folder,
    readCode: () => undefined,
    onCompiled: () => {},
    whileLoading: (load) => load(),
  });
  return { chunks, put, remove: (file: string) => rmSync(join(folder, file)) };
}

it('a chunk runs once, also where two require each other', () => {
  const { chunks } = chunksOf({
    'one.js': '(function (exports, require) { exports.two = require("./two.js"); exports.self = {}; })',
    'two.js': '(function (exports, require) { exports.one = require("./one.js"); })',
  });
  const one = chunks.require('one.js') as { two: { one: unknown }; self: object };
  expect(one.two.one).toBe(one);
  expect((chunks.require('one.js') as typeof one).self).toBe(one.self);
});

it('a chunk that could not be loaded, for want of one that it requires, is loaded when it is required again', () => {
  const { chunks, put, remove } = chunksOf({
    'whole.js': '(function (exports, require) { exports.part = require("./part.js").part; })',
    'part.js': '',
  });
  remove('part.js');
  expect(() => chunks.require('whole.js')).toThrow('ENOENT');
  put('part.js', '(function (exports) { exports.part = 1; })');
  expect(chunks.require('whole.js')).toEqual({ part: 1 });
});
