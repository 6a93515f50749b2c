import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { operations } from '../../src/ringcentral/wire/operation-table.ts';
import { tools } from '../../src/tools/index.ts';
import { registrationOf } from '../../src/tools/runtime/registration.ts';

export interface ToolTokens {
  name: string;
  /** Of name, description and input schema, which is what hosts put before a model. */
  tokens: number;
  /** One of the 24 operations of Call Control. */
  isOperation: boolean;
}

/** What the definition of each tool costs a model. */
export const toolTokens = (): ToolTokens[] =>
  tools.map((tool) => {
    const { description, inputSchema: schema } = registrationOf(tool);
    const inputSchema = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    return {
      name: tool.name,
      tokens: encode(JSON.stringify({ name: tool.name, description, inputSchema })).length,
      isOperation: Object.hasOwn(operations, tool.name),
    };
  });

export const sumOf = (all: readonly ToolTokens[]): number => all.reduce((sum, { tokens }) => sum + tokens, 0);

/** In Markdown, the costliest first. */
export function tokenTable(): string {
  const all = toolTokens();
  const rows = all
    .toSorted((one, other) => other.tokens - one.tokens)
    .map(({ name, tokens, isOperation }) => `| \`${name}\` | ${tokens} |${isOperation ? ' yes' : ''} |`);
  return [
    '| tool | tokens | operation |',
    '|---|---|---|',
    ...rows,
    `| the 24 operations | ${sumOf(all.filter(({ isOperation }) => isOperation))} | |`,
    `| all tools | ${sumOf(all)} | |`,
  ].join('\n');
}
