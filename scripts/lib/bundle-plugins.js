import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';

/** Leaves out the languages of zod's messages other than English: nobody selects one, and `z.locales` has them all. */
export const englishOnly = {
  name: 'english-only',
  setup(build) {
    const contents = "export { default as en } from './en.js';";
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents }));
  },
};

/** Keeps the names of classes of oidc-provider, which stores them with what it keeps, whatever a bundle renames. */
export const namesOfProvider = {
  name: 'names-of-provider',
  setup(build) {
    build.onLoad({ filter: /[\\/]oidc-provider[\\/].*\.js$/ }, async ({ path }) => {
      const options = { keepNames: true, sourcefile: path };
      const { code } = await transform(readFileSync(path, 'utf8'), options);
      return { contents: code };
    });
  },
};
