import { transform } from 'esbuild';
import { withPlainExports } from './plain-exports.js';
import { withSharedShapes } from './shared-shapes.js';

/**
 * A chunk of ES modules as CommonJS: an expression that is a function of what Node gives a module of that kind, strict as
 * they are. What it imports dynamically is required when it is needed.
 */
export async function asCommonJs(chunk) {
  const { code } = await transform(chunk, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return withSharedShapes(
    `(function(exports,require,module,__filename,__dirname){"use strict";${withPlainExports(code)}})`,
  );
}
