// `npm run readme`: writes what README.md and package.json take from the code. A test fails when they are out of
// date.
import { readFileSync, writeFileSync } from 'node:fs';
import { policyTable } from './lib/policy-table.ts';
import { repositoryFields, withOwner } from './lib/repository.ts';
import { toolTable } from './lib/tool-table.ts';

const tables: Record<string, () => string> = { tools: toolTable, policy: policyTable };

/** The text with every generated part written anew. */
export const withTables = (text: string): string =>
  withOwner(text).replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_all, begin: string, name: string, end: string) => `${begin}\n${tables[name]?.()}\n\n${end}`,
  );

if (process.argv[1] === import.meta.filename) {
  writeFileSync('docs/sandbox.md', withOwner(readFileSync('docs/sandbox.md', 'utf8')));
  writeFileSync('README.md', withTables(readFileSync('README.md', 'utf8')));
  const fields = { ...JSON.parse(readFileSync('package.json', 'utf8')), ...repositoryFields };
  writeFileSync('package.json', `${JSON.stringify(fields, null, 2)}\n`);
}
