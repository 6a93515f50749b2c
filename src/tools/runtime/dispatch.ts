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
  redirect: 'calls:control',
  'place-call': 'calls:control',
  listen: 'calls:control',
  destructive: 'calls:destructive',
};

/**
 * The one loop through which every tool call goes. Whatever happens inside, the client gets a tool result with
 * the same shape: no protocol error, no stack, no raw message.
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

/** So many names are told; a host that adds more has been told enough. */
const mostIgnored = 20;

/** Says which members of the arguments had no effect, so that nobody relies on them. */
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

/** Text and structure say the same; the text is all that some hosts show to the model. */
function errorResult(kind: FailureKind, message: string, details: FailureDetails): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: `${kind}: ${message} ${formatNext(details.next)}`.trim() }],
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
  const scope = requiredScope[tool.risk];
  if (scopes === undefined || scopes.has(scope)) return;
  throw new Failure(
    'forbidden',
    `${tool.name} needs the scope ${scope}, which this key or token does not have.`,
  );
}
