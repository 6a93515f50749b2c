// Bundles the command into dist/: one download, nothing to resolve at install, and the shortest cold start.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { plugins } from './lib/bundle-plugins.js';
import { asCommonJs } from './lib/commonjs.js';
import { sourceHash } from './lib/ensure.js';
import { thirdPartyNotices } from './lib/notices.js';
import { openingAnswers } from './lib/opening-answers.js';
import { toolSchemas } from './lib/tool-schemas.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

mkdirSync('dist', { recursive: true });
const before = readdirSync('dist');
const made = new Set();

/** In one step: hosts may start a server while this runs, of the build before until `cli.js` is there. */
function put(name, text) {
  writeFileSync(`dist/${name}.new`, text);
  renameSync(`dist/${name}.new`, `dist/${name}`);
  made.add(name);
}

const ofPackage = { 'process.env.PACKAGE_VERSION': JSON.stringify(version) };
/** A text: JSON is parsed faster than JavaScript. */
const text = (value) => JSON.stringify(JSON.stringify(value));

const shared = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
};

const { metafile, outputFiles } = await build({
  ...shared,
  entryPoints: { main: 'src/cli.ts' },
  // The names are those of what is in them: compiled code is kept by them.
  entryNames: '[name]-[hash]',
  // Rarely used parts (SSE, sandbox, approvals page) become chunks that load when they are needed.
  splitting: true,
  format: 'esm',
  write: false,
  // The sandbox is bundled from its sources: a clone needs no build of it.
  conditions: ['sandbox-source'],
  // (`minifyIdentifiers` with `keepNames` would set names by a call for each function that is made.)
  plugins,
  define: {
    ...ofPackage,
    'process.env.TOOL_SCHEMAS': text(await toolSchemas('dist/.tool-schemas.mjs')),
    'process.env.OPENING_ANSWERS': text(await openingAnswers('dist/.opening-answers.mjs', ofPackage)),
  },
});
// Only ES modules are split; only CommonJS can be compiled by src/launch.
await Promise.all(outputFiles.map(async ({ path, text }) => put(basename(path), await asCommonJs(text))));
put('package.json', JSON.stringify({ type: 'commonjs' }));

const [main] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'src/cli.ts');
const launch = await build({
  ...shared,
  entryPoints: { cli: 'src/launch.ts' },
  format: 'cjs',
  write: false,
  define: { 'process.env.MAIN_CHUNK': JSON.stringify(basename(main)) },
});

put('cli.js', launch.outputFiles[0].text);
put('THIRD_PARTY_NOTICES.txt', thirdPartyNotices(Object.keys(metafile.inputs)));
// Which modules went into which chunk: what a start loads is held to a bound (test/bounds).
const outputs = { ...metafile.outputs, ...launch.metafile.outputs };
put('.metafile.json', JSON.stringify({ ...metafile, outputs }));
for (const name of before) if (!made.has(name)) rmSync(`dist/${name}`, { recursive: true, force: true });
put('.source-hash', sourceHash());
