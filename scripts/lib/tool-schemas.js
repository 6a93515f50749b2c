import { rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * The JSON Schemas of all tools as clients see them, by the tools' names, so that a start need not build them.
 * @param file a path for the module that builds them; it is removed again
 */
export async function toolSchemas(file) {
  const contents = `
    import { tools } from './src/tools/index.ts';
    import { builtSchemas } from './src/tools/runtime/registration.ts';
    export const schemas = Object.fromEntries(tools.map((tool) => [tool.name, builtSchemas(tool)]));`;
  const result = await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
  });
  writeFileSync(file, result.outputFiles[0].contents);
  try {
    const { schemas } = await import(pathToFileURL(file).href);
    return schemas;
  } finally {
    rmSync(file);
  }
}
