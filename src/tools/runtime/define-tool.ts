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
  /** Calling it twice with the same arguments has the effect of calling it once. */
  idempotent: boolean;
}

/**
 * A tool is data; server.ts registers what the list in tools/index.ts holds, and everything that is the same for
 * all tools (parsing, scopes, errors) happens in one loop, tools/runtime/dispatch.ts.
 */
export interface Tool extends ToolTraits {
  /** The schema of its arguments, built with the first call. */
  input(): z.ZodObject;
  /** The schema of its structured result (`outputSchema`), built with the first call. */
  output(): z.ZodObject;
  /**
   * Does it, with arguments that `input` has accepted. Gives the guard's question instead of a result where a client of
   * revision 2026-07-28 must ask its person first.
   * @throws Failure for what the model can act on; dispatch.ts makes a result of it
   */
  run(args: Record<string, unknown>, context: ToolContext): Promise<ToolResult | Question>;
}

/** A tool as its file writes it: the schemas as members, each a function that builds it. */
interface ToolDefinition<Input extends z.ZodRawShape, Output extends z.ZodRawShape> extends ToolTraits {
  /** Its parameters. */
  input: LazyShape<Input>;
  /** What its structured result may hold. */
  output: LazyShape<Output>;
  run(args: z.output<z.ZodObject<Input>>, context: ToolContext): Promise<ToolResult | Question>;
}

/**
 * Makes a `Tool` of its definition. Schemas are built with the first use, so that a start need not build those of all
 * tools. `run` has the types of its own arguments, which the list of tools cannot know.
 */
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
