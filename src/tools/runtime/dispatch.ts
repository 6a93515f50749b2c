import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';
import type { RiskClass } from '../../guard/action.ts';
import { formatNext } from '../../presentation/next-steps.ts';
import { Failure, type FailureDetails, type FailureKind } from '../../shared/failure.ts';
import type { NextStep } from '../../shared/next-step.ts';
import { clean, quoted } from '../../shared/untrusted.ts';
import { checkArgumentSize } from './argument-size.ts';
import { checkArguments } from './check-arguments.ts';
import { claimsIn } from './confirmation-claims.ts';
import type { ToolContext } from './context.ts';
import type { Tool } from './define-tool.ts';
import { isQuestion } from './execute-action.ts';
import { againLater, completeSteps, withAdvice } from './failure-advice.ts';
import { offerSignIn } from './offer-sign-in.ts';
import { onHoldWords } from './on-hold.ts';
import { readArguments } from './read-arguments.ts';

/** Scopes of RC_MCP keys and tokens, by what a tool can do. */
export const requiredScope: Readonly<Record<RiskClass, string>> = {
  read: 'calls:read',
  reversible: 'calls:control',
  'end-own': 'calls:destructive',
  redirect: 'calls:control',
  'place-call': 'calls:control',
  listen: 'calls:listen',
  destructive: 'calls:destructive',
  plan: 'calls:control',
};

/**
 * Runs a tool call: checks scope and size, reads and checks the arguments, runs the tool, counts and logs the outcome.
 * Throws as `offerSignIn` only: every failure becomes a tool result with `isError`, and a defect one of kind `internal` without its
 * stack or message. Gives the question instead where a client of revision 2026-07-28 must ask its person first.
 */
export async function dispatch(
  tool: Tool,
  args: unknown,
  context: ToolContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { app, line, principal } = context;
  const began = app.clock.now();
  // Of a failed act: what happens from here on tells whether it was done all the same.
  const cursor = tool.risk === 'read' ? undefined : line.calls.history.newest;
  const count = (outcome: string) => app.meter?.toolCall(tool.name, outcome, app.clock.now() - began);
  const handleOf = (id: string) => line.calls.handle(id);
  let ignored: string[] = [];
  let values: Record<string, unknown> = {};
  try {
    checkScope(tool, context);
    checkArgumentSize(tool.name, args);
    const given = readArguments(tool.input(), args);
    values = given.values;
    const claims = claimsIn(tool, given.unknown);
    ignored = [...given.unknown.keys()]
      .filter((name) => claims.every(({ member }) => member !== name))
      .slice(0, mostIgnored)
      .map((name) => clean(name) || quoted(name));
    line.sync.open();
    const result = await tool.run(checkArguments(tool, given, claims), context);
    if (isQuestion(result)) {
      count('asked');
      return result.result;
    }
    const outcome = String(result.data.outcome ?? 'read');
    count(outcome);
    line.log.debug({ tool: tool.name, principal, outcome }, 'tool called');
    if (result.told && !context.signal.aborted) context.told?.add(result.told);
    const { text, data, next } = result;
    return render({
      heading: onHoldWords(line),
      text,
      data: next ? { ...data, next } : data,
      ...{ next, ignored, handleOf, isAct: tool.risk !== 'read' },
      cursor: result.told?.cursor,
    });
  } catch (error) {
    const failure = error instanceof Failure ? error : internal(tool, error, context);
    const { kind, message, details } = failure;
    count(kind);
    const call = { tool: tool.name, args: values };
    const { next: advised = againLater(failure, call), ...rest } = withAdvice(details);
    const next = completeSteps(advised, call);
    const told = { ...rest, ...(next.length > 0 && { next }) };
    line.log.info({ tool: tool.name, principal, kind, ...told }, 'tool refused or failed');
    const offer = offerSignIn(context.asker, message, details);
    if (offer) return offer;
    const heading = onHoldWords(line);
    const parts = { heading, next, ignored, cursor, handleOf };
    return { isError: true, ...render({ ...parts, ...failed(kind, message, told) }) };
  }
}

/** The result of a tool call whose principal has no line: nothing was looked at, and nothing done. */
export function refusedWithoutLine(
  { name }: Tool,
  { kind, message, details }: Failure,
  { log, meter }: Pick<ToolContext['app'], 'log' | 'meter'>,
  principal: string,
): CallToolResult {
  meter?.toolCall(name, kind, 0);
  log.info({ tool: name, principal, kind }, 'tool refused or failed');
  const { text, data } = failed(kind, message, details);
  return { isError: true, content: [{ type: 'text', text }], structuredContent: data };
}

/** So many ignored arguments are named. */
const mostIgnored = 20;

/** The parts of a result that are put together the same way for all tools. */
interface ResultParts {
  /** What the reader must know before anything else. */
  heading: readonly string[];
  text: string;
  data: Record<string, unknown>;
  /** Arguments that the tool does not have; they are named, so that the model does not rely on them. */
  ignored: readonly string[];
  next: readonly NextStep[] | undefined;
  cursor: number | undefined;
  /** Something was done. */
  isAct?: boolean;
  /** The short name of a call. */
  handleOf(telephonySessionId: string): string | undefined;
}

/** Text and structure of a result, which say the same, because some hosts show the model the text alone. */
function render({
  heading,
  text,
  data,
  isAct = false,
  next = [],
  ignored,
  cursor,
  handleOf,
}: ResultParts): CallToolResult {
  const ignoredWords = ignored.length > 0 && `Ignored: ${ignored.join(', ')}.`;
  const lines = [
    ...heading,
    // An act that was done without what was meant must not look as if it had it.
    ...(isAct ? [ignoredWords, text] : [text, ignoredWords]),
    formatNext(next, handleOf),
    cursor !== undefined && `cursor ${cursor}`,
  ];
  return {
    content: [{ type: 'text', text: lines.filter(Boolean).join('\n') }],
    structuredContent: {
      ...(heading.length > 0 && { onHold: heading }),
      ...data,
      ...(ignored.length > 0 && { ignored }),
      ...(cursor !== undefined && { cursor }),
    },
  };
}

/** A failure as text and data of a result. */
const failed = (kind: FailureKind, message: string, details: FailureDetails) => ({
  text: `${kind}: ${message}`,
  data: { error: { kind, message, ...details } },
});

/** The failure that a client gets for a defect, which is logged. */
function internal(tool: Tool, error: unknown, { line }: ToolContext): Failure {
  line.log.error({ tool: tool.name, err: error }, 'defect in a tool');
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
