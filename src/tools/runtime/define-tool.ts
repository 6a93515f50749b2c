import type { z } from 'zod';
import type { RiskClass } from '../../guard/action.ts';
import type { Question } from '../../guard/contract.ts';
import type { ToolContext } from './context.ts';
import type { ToolResult } from './result.ts';

/**
 * A tool is data; server.ts registers what the list in tools/index.ts holds, and everything that is the same for
 * all tools (parsing, scopes, errors) happens in one loop, tools/runtime/dispatch.ts.
 */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Input;
  /** Open, without required members, with the shared `error` (tools/runtime/result.ts builds it). */
  output: z.ZodObject;
  /** `read` tools are registered with --read-only, and the annotations follow from it. */
  risk: RiskClass;
  /** Calling it twice with the same arguments is the same as once. */
  idempotent: boolean;
  /** Gives the guard's question instead of a result where a modern host must ask first. */
  run(args: z.output<Input>, context: ToolContext): Promise<ToolResult | Question>;
}

/** Keeps the argument types of `run` while the list holds tools of any input. */
export const defineTool = <Input extends z.ZodObject>(tool: Tool<Input>): Tool => tool as unknown as Tool;
