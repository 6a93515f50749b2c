import { describe, expect, it } from 'vitest';
import { prompts } from '../../src/prompts/prompts.ts';
import { tools } from '../../src/tools/index.ts';
import { registrationOf } from '../../src/tools/runtime/registration.ts';

/**
 * What every model provider takes of a tool, as hosts hand it on. A keyword is here only if all of them take it:
 *
 * - OpenAI, strict: the subset of structured outputs; hosts add `required` and `additionalProperties: false`
 *   themselves, which needs objects whose members are all named. No allOf, oneOf, not, default, patternProperties.
 *   Not strict: an object must have `properties` (400 "object schema missing properties" without).
 * - Gemini: the Schema message of function declarations: no additionalProperties, exclusiveMinimum, const, $ref,
 *   $schema, oneOf, allOf; `properties` of an object must not be empty; `enum` for strings only.
 * - Anthropic: JSON Schema 2020-12, no combinators at the top; with `strict` no minimum, maximum, minLength,
 *   maxLength; names of properties match [a-zA-Z0-9_.-]{1,64}.
 * - Bedrock: the top is `type: object` with properties and required, nothing else that Nova would not read; names of
 *   tools match [a-zA-Z0-9_-]{1,64}; a description is not empty.
 */
const keywords: Readonly<Record<string, (value: unknown) => boolean>> = {
  // One type: lists of types are refused by Gemini and by strict OpenAI hosts that read it as a string.
  type: (value) => ['object', 'array', 'string', 'number', 'integer', 'boolean'].includes(String(value)),
  // OpenAI takes 1,024 characters; semicolons are refused by one gateway.
  description: (value) => typeof value === 'string' && /^[^;]{1,1024}$/.test(value),
  properties: (value) =>
    Object.keys(value as object).length > 0 &&
    Object.keys(value as object).every((name) => /^[a-zA-Z0-9_]{1,64}$/.test(name)),
  required: (value) => Array.isArray(value) && value.length > 0,
  items: (value) => typeof value === 'object' && value !== null && 'type' in value,
  enum: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== ''),
};

/** Hosts limit server key and tool name together; 60 is the least. Claude Code puts `mcp__` and `__` around them. */
const serverKey = 'ringcentral';
const longestName = 60;
/** Cursor and others offer the first 40 tools and drop the rest. */
const fewerThan = 40;

const published = tools.map((tool) => {
  const { title, description, inputSchema, outputSchema } = registrationOf(tool);
  const target = { target: 'draft-2020-12' } as const;
  return {
    name: tool.name,
    title,
    description,
    input: inputSchema['~standard'].jsonSchema.input(target),
    output: outputSchema['~standard'].jsonSchema.output(target),
  };
});

/** Every keyword of a schema that some provider does not take, with where it stands. */
function refused(schema: Record<string, unknown>, path: string): string[] {
  const wrong = Object.entries(schema)
    .filter(([keyword, value]) => !keywords[keyword]?.(value))
    .map(([keyword, value]) => `${path}: ${keyword} ${JSON.stringify(value)}`);
  const children = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
  return [
    ...('type' in schema ? [] : [`${path}: no type`]),
    ...wrong,
    ...children.flatMap(([name, child]) => refused(child, `${path}.${name}`)),
    ...(schema.items ? refused(schema.items as Record<string, unknown>, `${path}[]`) : []),
  ];
}

it('are fewer than hosts cut off', () => {
  expect(tools.length).toBeLessThan(fewerThan);
});

describe.each(published)('$name', ({ name, title, description, input, output }) => {
  it('has schemas that every provider takes', () => {
    expect(refused(input, 'input')).toEqual([]);
    expect(refused(output, 'output')).toEqual([]);
    expect(input.type).toBe('object');
    expect(input.properties, 'OpenAI and Gemini want some').toBeDefined();
  });

  it('has a name and words that every provider takes', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(`mcp__${serverKey}__${name}`.length).toBeLessThan(longestName);
    expect(keywords.description?.(description)).toBe(true);
    expect(title).toMatch(/^[^;]{1,64}$/);
  });
});

it.each(prompts.map((prompt) => [prompt.name, prompt] as const))(
  'the prompt %s has words that every host takes',
  (name, { title, description }) => {
    expect(name).toMatch(/^[a-z_]{1,48}$/);
    expect(`${title}${description}`).not.toContain(';');
  },
);
