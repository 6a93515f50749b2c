import { rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * What a module of ours exports, of TypeScript.
 * @param file a path for it, from which packages are found; it is removed again
 */
export async function evaluate(contents, file, define = {}) {
  const result = await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    define,
  });
  writeFileSync(file, result.outputFiles[0].contents);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}
