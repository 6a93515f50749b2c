import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';

interface Exports {
  kept: number;
  turn(): void;
  turned: number;
  Kind: { made: number };
}

const source = `
  import { sep } from 'node:path';
  const kept = 1;
  let turned = 0;
  function turn() { turned += 1; }
  class Kind {}
  Kind.made = 2;
  export { kept, turn, turned, Kind, sep as default, sep as 'a name' };
`;

async function exportsOf(chunk: string): Promise<Exports> {
  // The build is JavaScript, without types.
  const { asCommonJs } = await import(resolve('scripts/lib/commonjs.js'));
  const module = { exports: {} };
  new Script(await asCommonJs(chunk)).runInThisContext()(module.exports, require, module, '', '');
  return module.exports as Exports;
}

it('what a chunk exports and never changes is a plain member', async () => {
  const exported = await exportsOf(source);
  const isPlain = (name: string) => Object.getOwnPropertyDescriptor(exported, name)?.get === undefined;
  expect(Object.keys(exported).filter(isPlain)).toEqual(['__esModule', 'Kind', 'kept', 'turn']);
  expect(exported.Kind.made).toBe(2);
  expect(exported).toMatchObject({ kept: 1, default: '/', 'a name': '/' });
});

it('what a chunk exports and changes is told as it is now', async () => {
  const exported = await exportsOf(source);
  exported.turn();
  exported.turn();
  expect(exported.turned).toBe(2);
});

interface Metafile {
  outputs: Record<string, { imports: { path: string; kind: string }[] }>;
}

it('no chunks of the bundle wait for each other before they have run', () => {
  const { outputs }: Metafile = JSON.parse(readFileSync('dist/.metafile.json', 'utf8'));
  const waitsFor = (file: string) =>
    outputs[file]?.imports.flatMap(({ path, kind }) => (kind === 'import-statement' ? [path] : [])) ?? [];
  // Those that wait for nothing that is left, until none is left.
  let left = Object.keys(outputs);
  for (let count = Infinity; left.length < count; ) {
    count = left.length;
    left = left.filter((file) => waitsFor(file).some((other) => left.includes(other)));
  }
  expect(left).toEqual([]);
});
