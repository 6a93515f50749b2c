import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';

/** The build is JavaScript, without types. */
const scripts = resolve('scripts/lib');

/** What a module of `bench/support` exports, made as `scripts/build.js` makes ours: what runs, not what was written. */
export async function asBuilt<Exports extends object>(name: string): Promise<Exports> {
  const { plugins } = (await import(`${scripts}/bundle-plugins.js`)) as { plugins: Plugin[] };
  const { asCommonJs } = (await import(`${scripts}/commonjs.js`)) as {
    asCommonJs(chunk: string): Promise<string>;
  };
  const { outputFiles } = await build({
    entryPoints: [`bench/support/${name}.ts`],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifyWhitespace: true,
    minifySyntax: true,
    write: false,
    plugins,
  });
  const code = await asCommonJs(outputFiles[0]?.text ?? '');
  const run = new Script(code, { filename: `${name}.js` }).runInThisContext();
  const module = { exports: {} };
  run(module.exports, createRequire(import.meta.url), module, import.meta.filename, import.meta.dirname);
  return module.exports as Exports;
}
