// `npm run readme`: writes what documents, package.json and the registries' files take from the code. A test fails
// when they are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { accountConfiguration, hostAbilities, hostList, hostSections } from './lib/hosts.ts';
import { policyTable } from './lib/policy-table.ts';
import { glamaEntry, registryEntry, registryName } from './lib/registry.ts';
import { repositoryFields, withOwner } from './lib/repository.ts';
import { toolTable } from './lib/tool-table.ts';

const tables: Record<string, () => string> = {
  tools: toolTable,
  policy: policyTable,
  account: accountConfiguration,
  abilities: hostAbilities,
  hosts: hostSections,
  'host-list': hostList,
};

/** Documents that name the repository, or have generated parts. */
export const documents = [
  'README.md',
  'SECURITY.md',
  'docs/hosts.md',
  'docs/operations.md',
  'docs/sandbox.md',
  '.github/ISSUE_TEMPLATE/config.yml',
  'examples/systemd/ringcentral-call-control-mcp.service',
];

/** The text with the repository's owner, and every generated part written anew. */
export const withTables = (text: string): string =>
  withOwner(text).replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_all, begin: string, name: string, end: string) => `${begin}\n${tables[name]?.()}\n\n${end}`,
  );

/** What package.json takes from the code. */
export const packageFields = { mcpName: registryName, ...repositoryFields };

/** JSON files that are generated as a whole, by path. */
export const generatedFiles: Readonly<Record<string, () => object>> = {
  'server.json': registryEntry,
  'glama.json': glamaEntry,
};

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

if (process.argv[1] === import.meta.filename) {
  const fields = { ...JSON.parse(readFileSync('package.json', 'utf8')), ...packageFields };
  writeFileSync('package.json', json(fields));
  for (const path of documents) writeFileSync(path, withTables(readFileSync(path, 'utf8')));
  for (const [path, content] of Object.entries(generatedFiles)) {
    // What says the same keeps the form that the formatter gave it.
    const current = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
    if (!isDeepStrictEqual(current, content())) writeFileSync(path, json(content()));
  }
}
