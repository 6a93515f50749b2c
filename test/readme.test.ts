import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from '../scripts/readme.ts';

it('README shows the tools and the policy as the code has them (`npm run readme` writes them)', () => {
  const text = readFileSync('README.md', 'utf8');
  expect(withTables(text)).toBe(text);
  expect(text).toMatch(/hold_call_party[\s\S]*`standard`/);
});

it('names no file that is not there', () => {
  for (const document of [
    'README.md',
    'ARCHITECTURE.md',
    'docs/http.md',
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
