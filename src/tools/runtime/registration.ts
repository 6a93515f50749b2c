import type { StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';
import type { Tool } from './define-tool.ts';

/**
 * How a tool is registered with the SDK. Its schemas accept everything, because tools/runtime/dispatch.ts answers bad
 * arguments. They are built once per process: built for each request of revision 2026-07-28, they made a call seven
 * times slower.
 */
export interface Registration {
  title: string;
  description: string;
  inputSchema: StandardSchemaWithJSON;
  outputSchema: StandardSchemaWithJSON;
  annotations: ToolAnnotations;
}

export const registrationOf = (tool: Tool): Registration => ({
  title: tool.title,
  description: tool.description,
  inputSchema: publishedSchema(tool.input),
  outputSchema: publishedSchema(tool.output),
  annotations: annotationsOf(tool),
});

/** Hosts decide by these whether to ask their person; the guard does not depend on that. */
const annotationsOf = ({ title, risk, idempotent }: Tool): ToolAnnotations => ({
  title,
  readOnlyHint: risk === 'read',
  destructiveHint: risk === 'destructive',
  idempotentHint: idempotent,
  openWorldHint: risk !== 'read',
});

/**
 * The JSON Schema keywords that every model provider takes (test/tools/providers.test.ts says who refuses what). Bounds
 * are not among them: descriptions say them, and the answer to a value outside. Without `additionalProperties` a schema
 * is open: unknown arguments are named in the result (dispatch.ts).
 */
const keywords: ReadonlySet<string> = new Set([
  'type',
  'description',
  'properties',
  'required',
  'items',
  'enum',
]);

function publishedSchema(schema: () => z.ZodObject): StandardSchemaWithJSON {
  const json = lazy(() => {
    const { $schema: _dialect, ...published } = z.toJSONSchema(schema(), {
      io: 'input',
      override: ({ jsonSchema }) => simplify(jsonSchema),
    });
    return published;
  });
  return {
    '~standard': {
      version: 1,
      vendor: 'ringcentral-call-control-mcp',
      validate: (value) => ({ value }),
      jsonSchema: { input: json, output: json },
    },
  };
}

function simplify(schema: Record<string, unknown>): void {
  for (const keyword of Object.keys(schema)) if (!keywords.has(keyword)) delete schema[keyword];
  if (Object.keys(schema.properties ?? {}).length === 0) delete schema.properties;
}
