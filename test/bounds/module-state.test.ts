import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/**
 * What a module may keep for the whole process, and why it says nothing of a login: where the log goes, and the id of the
 * request that is being handled.
 */
const allowed = ['src/shared/log.ts: let sink', 'src/shared/request-id.ts: const current'];

/** Declared at the top of a module, and changed as it runs: a variable, or a container that begins empty. */
const mutable =
  /^(?:export )?(let \w+|const \w+(?=(?:: (?!Readonly)[^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet|AsyncLocalStorage)(?:<.*>)?\(\)|\[\]|\{\});))/gm;

it('no module keeps state: what belongs to a login is in its line', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const found = files.flatMap((name) => {
    const path = join('src', name);
    return [...readFileSync(path, 'utf8').matchAll(mutable)].map(
      ([, what]) => `${path.replaceAll('\\', '/')}: ${what}`,
    );
  });
  // The page's script runs in the operator's browser.
  const inProcess = found.filter((each) => !each.startsWith('src/guard/approvals/page.ts'));
  expect(inProcess.map((each) => each.replace(/ = .*/, '')).sort()).toEqual(allowed);
});
