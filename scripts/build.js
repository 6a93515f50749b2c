// Bundles the command into dist/: one download, nothing to resolve at install, and the shortest cold start.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { englishOnly, namesOfProvider } from './lib/bundle-plugins.js';
import { sourceHash } from './lib/ensure.js';
import { thirdPartyNotices } from './lib/notices.js';
import { toolSchemas } from './lib/tool-schemas.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
const result = await build({
  entryPoints: { cli: 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  // Rarely used parts (SSE, sandbox, approvals page) become chunks that load when they are needed.
  splitting: true,
  // The sandbox is bundled from its sources: a clone needs no build of it.
  conditions: ['sandbox-source'],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  // Identifiers stay, so that stack traces in logs can be read. (`keepNames` would do the same at run time, by a call
  // for each function that is made.)
  minifyIdentifiers: false,
  plugins: [englishOnly, namesOfProvider],
  legalComments: 'none',
  metafile: true,
  define: {
    'process.env.PACKAGE_VERSION': JSON.stringify(version),
    // A text: JSON is parsed faster than JavaScript.
    'process.env.TOOL_SCHEMAS': JSON.stringify(JSON.stringify(await toolSchemas('dist/.tool-schemas.mjs'))),
  },
  loader: { '.html': 'text', '.css': 'text' },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
});

writeFileSync('dist/THIRD_PARTY_NOTICES.txt', thirdPartyNotices(Object.keys(result.metafile.inputs)));
// Which modules went into which chunk: what a start loads is held to a bound (test/bounds).
writeFileSync('dist/.metafile.json', JSON.stringify(result.metafile));
writeFileSync('dist/.source-hash', sourceHash());
