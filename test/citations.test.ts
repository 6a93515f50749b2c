import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const numbersOfFacts = new Set(
  [...readFileSync('docs/platform.md', 'utf8').matchAll(/^(?:#+ |- \*\*)(\d+(?:\.\d+)*)/gm)].map(
    ([, number]) => number,
  ),
);

/** `file number` of each fact that comments ("platform.md 4.3, 4.5") or statements on the sandbox cite. */
function citationsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = [
    ...text.matchAll(/platform\.md\s+(?:\*|\/\/)?\s*(\d+(?:\.\d+)*(?:,(?:\s|\*|\/\/)+\d+(?:\.\d+)*)*)/g),
    ...(file.includes('conformance/') ? text.matchAll(/states\(\s*'([\d.]+)'/g) : []),
  ];
  return found.flatMap(([, numbers = '']) =>
    (numbers.match(/\d+(?:\.\d+)*/g) ?? []).map((number) => `${file} ${number}`),
  );
}

test('every fact that is cited stands in docs/platform.md under its number', () => {
  const files = [
    'src',
    'test',
    'bench',
    'scripts',
    'packages/ringcentral-sandbox/src',
    'packages/ringcentral-sandbox/test',
  ].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // The bench installs packages of others below its own folder.
      .filter((name) => /\.[jt]s$/.test(name) && !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  );
  const citations = ['ARCHITECTURE.md', ...files].flatMap(citationsIn);
  expect(new Set(citations.map((citation) => citation.split(' ')[1])).size).toBeGreaterThan(70);
  expect(citations.filter((citation) => !numbersOfFacts.has(citation.split(' ')[1]))).toEqual([]);
});
