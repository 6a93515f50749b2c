import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { owner } from '../scripts/lib/repository.ts';
import { documents, generatedFiles, packageFields, withTables } from '../scripts/readme.ts';

it.each(documents)(
  '%s shows what it takes from the code as the code has it (`npm run readme` writes it)',
  (path) => {
    const text = readFileSync(path, 'utf8');
    expect(withTables(text)).toBe(text);
  },
);

it('README shows the tools and the policy', () => {
  expect(readFileSync('README.md', 'utf8')).toMatch(/hold_call_party[\s\S]*`standard`/);
});

it.each(Object.entries(generatedFiles))(
  '%s is as the code makes it (`npm run readme` writes it)',
  (path, content) => {
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(content());
  },
);

it('package.json names the repository as one constant has it (`npm run readme` writes it)', () => {
  const fields = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(fields).toMatchObject(packageFields);
  for (const place of [
    fields.homepage,
    fields.bugs.url,
    fields.repository.url,
    ...documents.filter((path) => path !== 'docs/hosts.md').map((path) => readFileSync(path, 'utf8')),
  ])
    expect(place).toContain(`github.com/${owner}/ringcentral-call-control-mcp`);
});

it('recommends a server key that leaves room for the names of tools', () => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(Object.keys(JSON.parse(text).mcpServers)).toEqual(['ringcentral']);
});

it('README has every variable that configures the server', () => {
  const table = readFileSync('README.md', 'utf8').split('## Configuration')[1] ?? '';
  const read = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap(
      (name) => readFileSync(`src/${name}`, 'utf8').match(/\bRC_(MCP|APP|USER|SERVER)_[A-Z_]+[A-Z]/g) ?? [],
    )
    .map((name) => name.replace(/_PREVIOUS$/, '').replace(/(?<!KEYS|LOGINS)_FILE$/, ''));
  expect([...new Set(read)].filter((name) => !table.includes(`\`${name}`))).toEqual([]);
});

it('names no file that is not there', () => {
  for (const document of [
    'README.md',
    'ARCHITECTURE.md',
    'SECURITY.md',
    'docs/glossary.md',
    'docs/hosts.md',
    'docs/http.md',
    'docs/operations.md',
    'docs/platform.md',
    'docs/replicas.md',
    'docs/reverse-proxy.md',
    'docs/sandbox.md',
  ]) {
    const text = readFileSync(document, 'utf8');
    const base = document.startsWith('docs/') ? 'docs/' : '';
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(() => readFileSync(`${base}${target}`), `${document} → ${target}`).not.toThrow();
    }
  }
});
