import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { Failure } from '../base/failure.ts';
import type { RiskClass } from '../guard/action.ts';
import { isQuestion } from './act.ts';
import { checkBounds } from './bounds.ts';
import type { ToolContext } from './context.ts';
import { sources } from './sources.ts';
import type { Tool } from './tool.ts';
import { nextWords } from './words.ts';

/** Scopes of RC_MCP keys and tokens, by what a tool can do. */
export const scopeOf: Readonly<Record<RiskClass, string>> = {
  read: 'calls:read',
  reversible: 'calls:control',
  redirect: 'calls:control',
  'place-call': 'calls:control',
  listen: 'calls:control',
  destructive: 'calls:destructive',
};

/**
 * The one loop through which every tool call goes. Whatever happens inside, the client gets a tool result with
 * the same shape: no protocol error, no stack, no raw message.
 */
export async function call(
  tool: Tool,
  args: unknown,
  context: ToolContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { app, principal } = context;
  const began = app.clock.now();
  const count = (outcome: string) => app.meter?.toolCall(tool.name, outcome, app.clock.now() - began);
  try {
    checkScope(tool, context);
    checkBounds(tool.name, args);
    app.keeper.open();
    const result = await tool.run(parse(tool, args), context);
    if (isQuestion(result)) {
      count('asked');
      return result.result;
    }
    const outcome = String(result.data.outcome ?? 'read');
    count(outcome);
    app.log.debug({ tool: tool.name, principal, outcome }, 'tool called');
    return { content: [{ type: 'text', text: result.text }], structuredContent: result.data };
  } catch (error) {
    const failure = error instanceof Failure ? error : internal(tool, error, context);
    count(failure.kind);
    app.log.info(
      { tool: tool.name, principal, kind: failure.kind, ...failure.details },
      'tool refused or failed',
    );
    return errorResult(failure);
  }
}

/** Text and structure say the same; the text is all that some hosts show to the model. */
function errorResult({ kind, message, details }: Failure): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: `${kind}: ${message} ${nextWords(details.next)}`.trim() }],
    structuredContent: { error: { kind, message, ...details } },
  };
}

function internal(tool: Tool, error: unknown, { app }: ToolContext): Failure {
  app.log.error({ tool: tool.name, err: error }, 'defect in a tool');
  return new Failure(
    'internal',
    `${tool.name} failed because of a defect in this server. If it acts, look at the call before doing it again.`,
    { next: ['list_active_calls'] },
  );
}

function checkScope(tool: Tool, { scopes }: ToolContext): void {
  const scope = scopeOf[tool.risk];
  if (scopes === undefined || scopes.has(scope)) return;
  throw new Failure(
    'forbidden',
    `${tool.name} needs the scope ${scope}, which this key or token does not have.`,
  );
}

/** Throws `invalid_input` that names each wrong argument and what it should be. */
export function parse(tool: Tool, args: unknown): Record<string, unknown> {
  const parsed = tool.input.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const given = asObject(args);
  const parameter = issues[0] && parameterOf(issues[0]);
  throw new Failure('invalid_input', issues.map((issue) => sentence(issue, tool, given)).join(' '), {
    ...(parameter !== undefined && { parameter }),
    next: [sources[parameter ?? ''] ?? tool.name],
  });
}

const parameterOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : String(issue.path[0] ?? '');

const asObject = (args: unknown): Readonly<Record<string, unknown>> =>
  typeof args === 'object' && args !== null ? { ...args } : {};

function sentence(issue: z.core.$ZodIssue, tool: Tool, given: Readonly<Record<string, unknown>>): string {
  const { shape } = tool.input;
  if (issue.code === 'unrecognized_keys') {
    const names = Object.keys(shape);
    const takes = names.length > 0 ? `it takes ${names.join(', ')}` : 'it takes none';
    return `${issue.keys.join(', ')}: no parameter of ${tool.name}; ${takes}.`;
  }
  const name = parameterOf(issue);
  const description = (shape[name] as z.ZodType | undefined)?.description;
  const problem =
    issue.code === 'invalid_type'
      ? given[name] === undefined
        ? 'is missing'
        : `must be a ${issue.expected}`
      : issue.code === 'custom'
        ? issue.message
        : issue.message.replace(/^Invalid \w+: /, '');
  return `${name}: ${problem}${description ? ` (${description})` : ''}.`;
}
