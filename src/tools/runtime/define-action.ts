import type { z } from 'zod';
import type { ActionTool } from './action-tool.ts';
import { defineTool, type Tool } from './define-tool.ts';
import { executeAction } from './execute-action.ts';
import type { LazyShape } from './lazy-shape.ts';
import { actionOutput } from './result.ts';

interface ToolTexts<Input extends z.ZodRawShape> {
  title: string;
  description: string;
  /** Its parameters. */
  input: LazyShape<Input>;
  idempotent: boolean;
}

/** Makes a `Tool` of a tool that acts: all of them run in execute-action.ts, and have one output schema. */
export const defineAction = <Input extends z.ZodRawShape>(
  tool: ToolTexts<Input> & ActionTool<z.output<z.ZodObject<Input>>>,
): Tool => {
  const { name, title, description, input, risk, idempotent } = tool;
  return defineTool({
    ...{ name, title, description, input, risk, idempotent, output: actionOutput },
    run: (args, context) => executeAction(tool as unknown as ActionTool, args, context),
  });
};
