import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { RiskClass } from '../../guard/action.ts';
import { formatNext } from '../../presentation/format.ts';
import { Failure, type FailureDetails, type FailureKind } from '../../shared/failure.ts';
import { clean } from '../../shared/untrusted.ts';
import { withAdvice } from './advice.ts';
import { checkArgumentSize } from './argument-size.ts';
import { checkArguments } from './check-arguments.ts';
import { claimsIn } from './confirmation-claims.ts';
import type { ToolContext } from './context.ts';
import type { Tool } from './define-tool.ts';
import { isQuestion } from './execute-action.ts';
import { readArguments } from './read-arguments.ts';

/** Scopes of RC_MCP keys and tokens, by what a tool can do. */
export const requiredScope: Readonly<Record<RiskClass, string>> = {
  read: 'calls:read',
  reversible: 'calls:control',
  'end-own': 'calls:destructive',
  redirect: 'calls:control',
  'place-call': 'calls:control',
  listen: 'calls:control',
  destructive: 'calls:destructive',
};

/**
 * Runs a tool call: checks scope and size, reads and checks the arguments, runs the tool, counts and logs the outcome.
 * Never throws: every failure becomes a tool result with `isError`, and a defect one of kind `internal` without its
 * stack or message. Gives the question instead where a client of revision 2026-07-28 must ask its person first.
 */
export async function dispatch(
  tool: Tool,
  args: unknown,
  context: ToolContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { app, line, principal } = context;
  const began = app.clock.now();
  const count = (outcome: string) => app.meter?.toolCall(tool.name, outcome, app.clock.now() - began);
  let ignored: string[] = [];
  try {
    checkScope(tool, context);
    checkArgumentSize(tool.name, args);
    const given = readArguments(tool.input(), args);
    const claims = claimsIn(tool, given.unknown);
    ignored = [...given.unknown.keys()]
      .filter((name) => claims.every(({ member }) => member !== name))
      .slice(0, mostIgnored)
      .map((name) => clean(name));
    line.sync.open();
    const result = await tool.run(checkArguments(tool, given, claims), context);
    if (isQuestion(result)) {
      count('asked');
      return result.result;
    }
    const outcome = String(result.data.outcome ?? 'read');
    count(outcome);
    app.log.debug({ tool: tool.name, principal, outcome }, 'tool called');
    return withIgnored(ignored, {
      content: [{ type: 'text', text: result.text }],
      structuredContent: result.data,
    });
  } catch (error) {
    const { kind, message, details } = error instanceof Failure ? error : internal(tool, error, context);
    count(kind);
    const told = withAdvice(details);
    app.log.info({ tool: tool.name, principal, kind, ...told }, 'tool refused or failed');
    return withIgnored(ignored, errorResult(kind, message, told));
  }
}

/** So many ignored arguments are named. */
const mostIgnored = 20;

/** Adds to a result which arguments the tool does not have, so that the model does not rely on them. */
function withIgnored(names: readonly string[], { content, ...result }: CallToolResult): CallToolResult {
  if (names.length === 0) return { content, ...result };
  const [said] = content;
  const text = `${said?.type === 'text' ? said.text : ''}\nIgnored: ${names.join(', ')}.`;
  return {
    ...result,
    content: [{ type: 'text', text }],
    structuredContent: { ...(result.structuredContent as object), ignored: names },
  };
}

/** A failure as a tool result. Text and structure say the same, because some hosts show the model the text alone. */
function errorResult(kind: FailureKind, message: string, details: FailureDetails): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: `${kind}: ${message} ${formatNext(details.next)}`.trim() }],
    structuredContent: { error: { kind, message, ...details } },
  };
}

/** The failure that a client gets for a defect, which is logged. */
function internal(tool: Tool, error: unknown, { app }: ToolContext): Failure {
  app.log.error({ tool: tool.name, err: error }, 'defect in a tool');
  return new Failure(
    'internal',
    `${tool.name} failed because of a defect in this server. If it acts, look at the call before doing it again.`,
    { next: ['list_active_calls'] },
  );
}

/** Throws `forbidden`. A session's tools are offered by the scopes it began with; those of a request can be fewer. */
function checkScope(tool: Tool, { scopes }: ToolContext): void {
  const scope = requiredScope[tool.risk];
  if (scopes === undefined || scopes.has(scope)) return;
  throw new Failure(
    'forbidden',
    `${tool.name} needs the scope ${scope}, which this key or token does not have.`,
  );
}
