import type { StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';
import type { Tool } from './define-tool.ts';

type JsonSchema = Record<string, unknown>;

/** The schemas of a tool as clients see them. */
interface PublishedSchemas {
  input: JsonSchema;
  output: JsonSchema;
}

/**
 * How a tool is registered with the SDK. Its schemas accept everything, because tools/runtime/dispatch.ts answers bad
 * arguments. They are made once per process: made for each request of revision 2026-07-28, they made a call seven
 * times slower.
 */
export interface Registration {
  title: string;
  description: string;
  inputSchema: StandardSchemaWithJSON;
  outputSchema: StandardSchemaWithJSON;
  annotations: ToolAnnotations;
}

export function registrationOf(tool: Tool): Registration {
  const schemas = lazy(() => written()[tool.name] ?? builtSchemas(tool));
  return {
    title: tool.title,
    description: tool.description,
    inputSchema: openSchema(() => schemas().input),
    outputSchema: openSchema(() => schemas().output),
    annotations: annotationsOf(tool),
  };
}

/** By the tools' names, as the build wrote them down (scripts/lib/tool-schemas.js); none where the sources run without it. */
const written = lazy((): Record<string, PublishedSchemas> => JSON.parse(process.env.TOOL_SCHEMAS ?? '{}'));

/** Builds the schemas of a tool. */
export const builtSchemas = (tool: Tool): PublishedSchemas => ({
  input: published(tool.input()),
  output: published(tool.output()),
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

function published(schema: z.ZodObject): JsonSchema {
  const { $schema: _dialect, ...kept } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => simplify(jsonSchema),
  });
  return kept;
}

/** A schema that tells this of itself, and accepts everything. */
const openSchema = (json: () => JsonSchema): StandardSchemaWithJSON => ({
  '~standard': {
    version: 1,
    vendor: 'ringcentral-call-control-mcp',
    validate: (value) => ({ value }),
    jsonSchema: { input: json, output: json },
  },
});

function simplify(schema: Record<string, unknown>): void {
  for (const keyword of Object.keys(schema)) if (!keywords.has(keyword)) delete schema[keyword];
  if (Object.keys(schema.properties ?? {}).length === 0) delete schema.properties;
}
