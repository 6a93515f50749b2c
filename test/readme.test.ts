import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { owner, repositoryFields } from '../scripts/lib/repository.ts';
import { withTables } from '../scripts/readme.ts';

it('README shows the tools and the policy as the code has them (`npm run readme` writes them)', () => {
  const text = readFileSync('README.md', 'utf8');
  expect(withTables(text)).toBe(text);
  expect(text).toMatch(/hold_call_party[\s\S]*`standard`/);
});

it('package.json names the repository as one constant has it (`npm run readme` writes it)', () => {
  const fields = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(fields).toMatchObject(repositoryFields);
  for (const place of [
    fields.homepage,
    fields.bugs.url,
    fields.repository.url,
    readFileSync('README.md', 'utf8'),
    readFileSync('docs/sandbox.md', 'utf8'),
  ])
    expect(place).toContain(`github.com/${owner}/ringcentral-call-control-mcp`);
});

it('recommends a server key that leaves room for the names of tools', () => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(Object.keys(JSON.parse(text).mcpServers)).toEqual(['ringcentral']);
});

it('names no file that is not there', () => {
  for (const document of [
    'README.md',
    'ARCHITECTURE.md',
    'docs/glossary.md',
    'docs/http.md',
    'docs/platform.md',
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
