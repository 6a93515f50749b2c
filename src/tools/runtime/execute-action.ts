import type { Action, Effect } from '../../guard/action.ts';
import type { ResolvedTarget } from '../../guard/assessment/targets/target.ts';
import type { ActOutcome, Question } from '../../guard/contract.ts';
import { callLine } from '../../presentation/format.ts';
import type { OperationAnswer, OperationPath } from '../../ringcentral/platform.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';
import type { ActingTool } from './define-action.ts';
import { explain } from './explain-refusal.ts';
import { isOnYou, refOf, type Where } from './find-call.ts';
import { obstacle } from './preconditions.ts';
import { tell } from './render-result.ts';
import { told, toldAgain } from './repeated-result.ts';
import { locate } from './resolve-party.ts';
import type { ToolResult } from './result.ts';

type Args = Record<string, unknown>;

/**
 * The one runner of all tools that act: find the party, check, let the guard judge, send the one request, see what
 * came of it. Nothing in here is repeated by itself.
 */
export async function act(
  tool: ActingTool,
  args: Args,
  context: ToolContext,
): Promise<ToolResult | Question> {
  const { idempotencyKey, ...rest } = args;
  const key = idempotencyKey as string | undefined;
  return context.app.guard.once<ToolResult | Question>(
    { principal: context.principal, tool: tool.name, key, args: rest },
    async () => {
      const result = await actOnce(tool, rest, context);
      return key === undefined || isQuestion(result) ? result : told(result);
    },
    isQuestion,
    (first, at) => (isQuestion(first) ? first : toldAgain(first, at, context)),
  );
}

export const isQuestion = (result: ToolResult | Question): result is Question => 'kind' in result;

async function actOnce(tool: ActingTool, given: Args, context: ToolContext): Promise<ToolResult | Question> {
  tool.check?.(given);
  const where = await locate(tool, given, context);
  const other = where.other && refOf(where.other);
  const args: Args = {
    ...given,
    ...(where.party && { partyId: where.party.id }),
    ...(other && { targetPartyId: other.partyId }),
  };
  const action: Action = {
    tool: tool.name,
    risk: tool.risk,
    principal: context.principal,
    args,
    ...(where.call && { telephonySessionId: where.call.id }),
    ...(where.party && { partyId: where.party.id }),
    ...(other && { other }),
    targets: tool.targets?.(args) ?? [],
    deviceIds: tool.devices?.(args) ?? [],
    effect: effectOf(tool, args, where),
    obstacle: (call) => obstacle(tool, where.party?.id, call, context),
  };
  const path = pathOf(args, where);
  const { platform, guard, calls } = context.app;
  const running = guard.run<OperationAnswer, ToolResult>(action, context.asker, {
    prepare: () => platform.prepare(tool.name, path),
    async execute({ send, targets }) {
      try {
        const requestedAt = calls.stamp();
        const answer = await send(tool.body?.(sentAs(args, targets), other));
        learn(path, answer, requestedAt, context);
        const result = await tell(tool, args, answer, where, context);
        return { result, outcome: outcomeOf(result, answer) };
      } catch (error) {
        throw error instanceof Failure ? await explain(error, tool, args, where, context) : error;
      }
    },
  });
  return running.catch((error: unknown) => {
    throw withCallNow(error, where, context);
  });
}

/** A colleague whose extension would be an emergency number goes out by id, where the operation takes one. */
function sentAs(args: Args, targets: readonly ResolvedTarget[]): Args {
  const byId = targets.find(({ sendAs }) => sendAs)?.sendAs;
  if (!byId) return args;
  const { extensionNumber: _number, phoneNumber: _dialled, ...rest } = args;
  return { ...rest, ...byId };
}

/** Whoever was not let do something has to know what is so instead. */
function withCallNow(error: unknown, { call }: Where, { app }: ToolContext): unknown {
  const now = call && app.calls.session(call.id);
  if (!(error instanceof Failure) || error.kind !== 'not_confirmed' || !now) return error;
  return new Failure(
    error.kind,
    `${error.message} The call now: ${callLine(now, app.clock.now())}.`,
    error.details,
  );
}

const outcomeOf = ({ data }: ToolResult, { requestId, session }: OperationAnswer): ActOutcome => ({
  result: data.outcome as 'observed' | 'accepted',
  ...(requestId && { requestId }),
  ...(session && { telephonySessionId: session.id }),
});

/** Only an administrator acts on the party of somebody else (tools/runtime/find-call.ts), who is "you" in the effect's words. */
function effectOf(tool: ActingTool, args: Args, where: Where): Effect {
  const { call, party } = where;
  const { effect } = tool;
  const told =
    typeof effect === 'function'
      ? effect(args, party !== undefined && party.id === call?.yourPartyId)
      : effect;
  if (tool.party !== 'own' || isOnYou(where)) return told;
  return { ...told, does: `In place of the party marked below, who is meant by "you": ${told.does}` };
}

const pathOf = ({ recordingId }: Args, { call, party }: Where): OperationPath => ({
  ...(call && { telephonySessionId: call.id }),
  ...(party && { partyId: party.id }),
  ...(typeof recordingId === 'string' && { recordingId }),
});

/** The answer is news for the picture too. */
function learn(path: OperationPath, answer: OperationAnswer, requestedAt: number, { app }: ToolContext) {
  if (answer.session) app.calls.snapshot(answer.session, requestedAt);
  if (answer.party && path.telephonySessionId) {
    app.calls.snapshotParty(path.telephonySessionId, answer.party, requestedAt);
  }
  // It names no party, and events need not tell of recordings (platform.md 3.5); a failure leaves that to the next
  // reading.
  if (answer.recording && path.telephonySessionId) {
    app.keeper.refresh(path.telephonySessionId).catch(() => {});
  }
}
