import { z } from 'zod';
import type { RiskClass } from '../../guard/action.ts';
import type { Question } from '../../guard/contract.ts';
import { lazy } from '../../shared/lazy.ts';
import type { ToolContext } from './context.ts';
import { build, type LazyShape } from './lazy-shape.ts';
import { outputSchema, type ToolResult } from './result.ts';

/** What is the same for every tool, as data. */
interface ToolTraits {
  name: string;
  title: string;
  description: string;
  /** `read` tools are registered with --read-only, and the annotations follow from it. */
  risk: RiskClass;
  /** Calling it twice with the same arguments is the same as once. */
  idempotent: boolean;
}

/**
 * A tool is data; server.ts registers what the list in tools/index.ts holds, and everything that is the same for
 * all tools (parsing, scopes, errors) happens in one loop, tools/runtime/dispatch.ts.
 */
export interface Tool extends ToolTraits {
  /** Gives the same schema each time, built with the first. */
  input(): z.ZodObject;
  /** See `outputSchema`. */
  output(): z.ZodObject;
  /** Gives the guard's question instead of a result where a modern host must ask first. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<ToolResult | Question>;
}

/** A tool as its file writes it down. */
interface ToolDefinition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> extends ToolTraits {
  /** Its parameters. */
  input: LazyShape<Input>;
  /** What its structured result may hold. */
  output: LazyShape<Output>;
  run(args: z.output<z.ZodObject<Input>>, context: ToolContext): Promise<ToolResult | Question>;
}

/** `run` knows the types of its own arguments, while the list holds tools of any. */
export const defineTool = <Input extends z.ZodRawShape, Output extends z.ZodRawShape>({
  input,
  output,
  run,
  ...traits
}: ToolDefinition<Input, Output>): Tool => ({
  ...traits,
  input: lazy(() => z.object(build(input))),
  output: lazy(() => outputSchema(build(output))),
  run: run as unknown as Tool['run'],
});
