import type { StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Tool } from './tool.ts';

/**
 * How a tool is registered with the SDK. Its schemas let everything through, because we answer bad input ourselves
 * (tools/call.ts), and they are built once per process: in the factory they made each modern call seven times
 * slower (MCP-SDK).
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
  inputSchema: published(tool.input),
  outputSchema: published(tool.output),
  annotations: annotationsOf(tool),
});

/** Hosts decide by these whether to ask by themselves; the guard does not rely on it. */
const annotationsOf = ({ title, risk, idempotent }: Tool): ToolAnnotations => ({
  title,
  readOnlyHint: risk === 'read',
  destructiveHint: risk === 'destructive',
  idempotentHint: idempotent,
  openWorldHint: risk !== 'read',
});

function published(schema: z.ZodObject): StandardSchemaWithJSON {
  // Open on both sides; on input unknown arguments are answered in words, for which no tool pays tokens.
  const {
    $schema: _dialect,
    additionalProperties: _open,
    ...json
  } = z.toJSONSchema(schema, { io: 'input', override: dropSafeBounds });
  return {
    '~standard': {
      version: 1,
      vendor: 'ringcentral-call-control-mcp',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}

/** zod bounds every integer by what JavaScript can hold; to a model that is noise. */
function dropSafeBounds({ jsonSchema }: { jsonSchema: { minimum?: number; maximum?: number } }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
