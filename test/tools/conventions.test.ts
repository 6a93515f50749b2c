import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toolTable } from '../../scripts/lib/tool-table.ts';
import { sumOf, toolTokens } from '../../scripts/lib/tool-tokens.ts';
import { type OperationName, operations } from '../../src/ringcentral/wire/operation-table.ts';
import { tools } from '../../src/tools/index.ts';
import { registrationOf } from '../../src/tools/runtime/registration.ts';

/** The 24 operations, and the look-ups beside them. */
const toolCount = 35;

interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  additionalProperties?: unknown;
}

const published = tools.map((tool) => {
  const { inputSchema, outputSchema, ...rest } = registrationOf(tool);
  const target = { target: 'draft-2020-12' } as const;
  return {
    name: tool.name,
    risk: tool.risk,
    ...rest,
    input: inputSchema['~standard'].jsonSchema.input(target) as Schema,
    output: outputSchema['~standard'].jsonSchema.output(target) as Schema,
  };
});

const costs = toolTokens();
const isOperation = ({ name }: { name: string }) => Object.hasOwn(operations, name);

describe('the tools together', () => {
  it('are the 24 operations, the look-ups and the plans, each once', () => {
    const names = published.map(({ name }) => name);
    expect(names).toHaveLength(toolCount);
    expect(new Set(names).size).toBe(toolCount);
    expect(names).toEqual(expect.arrayContaining(Object.keys(operations) as OperationName[]));
  });

  it('stay within the budget of tokens', () => {
    expect(sumOf(costs)).toBeLessThanOrEqual(5_200);
    expect(sumOf(costs.filter((cost) => cost.isOperation))).toBeLessThanOrEqual(3_800);
  });

  it('stand in the README table with their risk', () => {
    const rows = toolTable().split('\n').slice(2);
    expect(rows).toHaveLength(toolCount);
    for (const [index, { name, risk }] of published.entries()) {
      expect(rows[index]).toMatch(new RegExp(`^\\| \`${name}\` \\| .+\\. \\| ${risk} \\|$`));
    }
  });
});

it('src/ringcentral names operations of the platform only, no other tool', () => {
  const root = new URL('../../src/ringcentral/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files).toContain('operations.ts');
  const others = published.filter((tool) => !isOperation(tool)).map(({ name }) => name);
  const told = files.flatMap((file) => {
    const text = readFileSync(new URL(file, root), 'utf8');
    return others.filter((name) => text.includes(name)).map((name) => `${file}: ${name}`);
  });
  expect(told).toEqual([]);
});

describe.each(published)('$name', (tool) => {
  it('stays within its own budget', () => {
    expect(costs.find(({ name }) => name === tool.name)?.tokens).toBeLessThanOrEqual(350);
  });

  it('has a title, a description of fit length and every annotation', () => {
    expect(tool.title).toBeTruthy();
    expect(tool.description.length).toBeGreaterThanOrEqual(60);
    expect(tool.description.length).toBeLessThanOrEqual(600);
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations;
    for (const hint of [readOnlyHint, destructiveHint, idempotentHint, openWorldHint])
      expect(hint).toBeTypeOf('boolean');
    expect(readOnlyHint).toBe(tool.risk === 'read');
    expect(destructiveHint).toBe(tool.risk === 'destructive');
  });

  it('names a sibling, and only tools that exist', () => {
    const named = tool.description.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
    const others = named.filter((name) => name !== tool.name);
    expect(others.length).toBeGreaterThan(0);
    for (const name of others) expect(tools.map((one) => one.name)).toContain(name);
  });

  it('has an input schema that models and hosts can read', () => {
    expect(tool.input.type).toBe('object');
    expect(JSON.stringify(tool.input)).not.toMatch(/"(anyOf|oneOf|allOf|\$schema|\$ref)"/);
    for (const [name, property] of Object.entries(tool.input.properties ?? {})) {
      expect(property.description, name).toBeTruthy();
      expect(property.type, name).toMatch(/^(string|boolean|integer|number)$/);
    }
  });

  it('has an open output schema without required members, and the shared error', () => {
    const check = (schema: Schema, path: string): void => {
      expect(schema.required, path).toBeUndefined();
      if (schema.type === 'object') expect(schema.additionalProperties, path).not.toBe(false);
      for (const [name, property] of Object.entries(schema.properties ?? {}))
        check(property, `${path}.${name}`);
      if (schema.items) check(schema.items, `${path}[]`);
    };
    check(tool.output, tool.name);
    expect(tool.output.properties).toHaveProperty('error.type', 'object');
  });
});
