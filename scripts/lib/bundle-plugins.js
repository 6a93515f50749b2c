import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';

/** Leaves out the languages of zod's messages other than English: nobody selects one, and `z.locales` has them all. */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    const contents = "export { default as en } from './en.js';";
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents }));
  },
};

/**
 * Has RingCentral's SDK not look for `fetch` and its kind among Node's globals: it is given its own, and to look at them
 * has Node load its client with a WebAssembly of it, which takes 9 MiB and 20 ms.
 */
const noGlobalFetch = {
  name: 'no-global-fetch',
  setup(build) {
    build.onLoad({ filter: /[\\/]@ringcentral[\\/]sdk[\\/]lib[\\/]core[\\/]Externals\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll(/\broot\.\w+/g, 'undefined');
      if (contents === source) throw new Error(`${path} does not read globals as it did.`);
      return { contents };
    });
  },
};

/**
 * Shortens the names inside functions. Those of functions, classes and methods of a module stay, so that stack traces in
 * logs can be read. The classes of oidc-provider keep theirs whatever the bundle renames: it stores them.
 */
const shortInnerNames = {
  name: 'short-inner-names',
  setup(build) {
    build.onLoad({ filter: /\.(ts|[cm]?js)$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), {
        loader: path.endsWith('.ts') ? 'ts' : 'js',
        minify: true,
        keepNames: /[\\/]oidc-provider[\\/]/.test(path),
        target: 'node20',
      });
      return { contents: code };
    });
  },
};

export const plugins = [englishOnly, noGlobalFetch, shortInnerNames];
