import type { z } from 'zod';
import type { ActionTool } from './action-tool.ts';
import { defineTool, type Tool } from './define-tool.ts';
import { executeAction } from './execute-action.ts';
import { actionOutput } from './result.ts';

interface ToolTexts<Input extends z.ZodObject> {
  title: string;
  description: string;
  input: Input;
  idempotent: boolean;
}

export const defineAction = <Input extends z.ZodObject>(
  tool: ToolTexts<Input> & ActionTool<z.output<Input>>,
): Tool =>
  defineTool({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    input: tool.input,
    output: actionOutput,
    risk: tool.risk,
    idempotent: tool.idempotent,
    run: (args, context) => executeAction(tool as unknown as ActionTool, args, context),
  });
