import { describe, expect, it } from 'vitest';
import { prompts } from '../../src/prompts/prompts.ts';
import { tools } from '../../src/tools/index.ts';

describe.each(prompts)('$name', ({ tools: named, text }) => {
  it('says which tools it names, and names none that does not exist', () => {
    const words = text({ colleague: 'Tom', agent: 'Tom' }).match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
    expect([...new Set(words)].sort()).toEqual([...named].sort());
    for (const name of named) expect(tools.map((tool) => tool.name)).toContain(name);
  });
});
