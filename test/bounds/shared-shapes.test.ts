import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import { expect, it } from 'vitest';

it('objects of a literal that begins with a spread share their hidden class when it is optimized', () => {
  const flags = ['--allow-natives-syntax', 'test/bounds/support/shapes.mjs'];
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('true');
});

it('no literal of the bundle begins with a spread of its own and goes on', () => {
  const found: string[] = [];
  for (const name of readdirSync('dist').filter((name) => /-\w{8}\.js$/.test(name))) {
    const code = readFileSync(`dist/${name}`, 'utf8');
    simple(parse(code, { ecmaVersion: 'latest' }), {
      ObjectExpression({ properties: [first, second], start }) {
        if (first?.type !== 'SpreadElement' || second === undefined) return;
        const { argument } = first;
        if (argument.type !== 'Literal' || argument.value !== null) found.push(`${name}:${start}`);
      },
    });
  }
  expect(found).toEqual([]);
});
