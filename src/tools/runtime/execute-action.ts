import type { Action, Effect } from '../../guard/action.ts';
import type { ResolvedTarget } from '../../guard/assessment/targets/target.ts';
import type { ActOutcome, Question } from '../../guard/contract.ts';
import { formatCallLine } from '../../presentation/format.ts';
import type { OperationAnswer, OperationPath } from '../../ringcentral/platform.ts';
import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';
import { explainRefusal } from './explain-refusal.ts';
import { type ActionSubject, isOnYou, refOf } from './find-call.ts';
import { hangUpLater, hangUpNote } from './hang-up.ts';
import { planNote, planOn } from './plan-note.ts';
import { unmetPrecondition } from './preconditions.ts';
import { renderResult } from './render-result.ts';
import { repeatedResult, withRepeatNote } from './repeated-result.ts';
import { resolveArguments } from './resolve-arguments.ts';
import { resolveParty } from './resolve-party.ts';
import { phonesOf } from './resolve-phone.ts';
import type { ToolResult } from './result.ts';

type Args = Record<string, unknown>;

/**
 * Runs a tool that acts: finds the party, lets the guard assess and ask, sends one request, and waits for its effect.
 * The request is never repeated. With an `idempotencyKey` that was used before, nothing is sent, and the first result
 * is given again.
 * @throws Failure of the guard, or the platform's refusal with its reason (`explainRefusal`)
 */
export async function executeAction(
  tool: ActionTool,
  args: Args,
  context: ToolContext,
): Promise<ToolResult | Question> {
  const { idempotencyKey, ...rest } = args;
  const key = idempotencyKey as string | undefined;
  return context.line.guard.once<ToolResult | Question>(
    { principal: context.principal, tool: tool.name, key, args: rest },
    async (leaving) => {
      const result = await executeOnce(tool, rest, context, leaving);
      return key === undefined || isQuestion(result) ? result : withRepeatNote(result);
    },
    isQuestion,
    (first, at) => (isQuestion(first) ? first : repeatedResult(first, at, context)),
  );
}

/** Whether a client of revision 2026-07-28 must ask its person first. */
export const isQuestion = (result: ToolResult | Question): result is Question => 'kind' in result;

async function executeOnce(
  tool: ActionTool,
  given: Args,
  context: ToolContext,
  leaving: (() => Promise<void>) | undefined,
): Promise<ToolResult | Question> {
  tool.check?.(given);
  const { args: resolved, mismatch } = await resolveArguments(tool, given, context);
  const subject = await resolveParty(tool, resolved, context);
  const other = subject.other && refOf(subject.other);
  const args: Args = {
    ...resolved,
    ...(subject.party && { partyId: subject.party.id }),
    ...(other && { targetPartyId: other.partyId }),
  };
  const action: Action = {
    tool: tool.name,
    risk: tool.risk,
    principal: context.principal,
    args,
    ...(subject.call && { telephonySessionId: subject.call.id }),
    ...(subject.party && { partyId: subject.party.id }),
    ...(other && { other }),
    targets: tool.targets?.(args) ?? [],
    deviceIds: phonesOf(tool, args),
    effect: effectOf(tool, args, subject),
    ...(context.mandate && { mandate: context.mandate }),
    unmetPrecondition: (call, targets) =>
      mismatch?.(call) ??
      unmetPrecondition(tool, { call, partyId: subject.party?.id, args, targets }, context),
  };
  const path = pathOf(args, subject);
  const { platform, guard, calls } = context.line;
  const running = guard.run<OperationAnswer, ToolResult>(action, context.asker, {
    prepare: () => platform.prepare(tool.name, path),
    ...(leaving && { leaving }),
    async execute({ send, targets, endsOwn }) {
      try {
        const planId = planOn(subject, context);
        const begun = asKnownNow(subject, context);
        const requestedAt = calls.stamp();
        const answer = await send(tool.body?.(sentAs(args, targets), other));
        await mergeAnswer(path, answer, requestedAt, context);
        const notes = [await announceHangUp(tool, args, answer, context), await planNote(planId, context)];
        const told = endsOwn && tool.doneOwn !== undefined ? { ...tool, done: tool.doneOwn } : tool;
        const result = withNotes(await renderResult(told, args, answer, begun, context, targets), notes);
        return { result, outcome: outcomeOf(tool, result, answer) };
      } catch (error) {
        throw error instanceof Failure ? await explainRefusal(error, tool, args, subject, context) : error;
      }
    },
  });
  return running.catch((error: unknown) => {
    throw withCallNow(error, subject, context);
  });
}

/** The subject with its calls as they are known by now: to judge the act, the guard has read them. */
const asKnownNow = (
  { call, other, ...rest }: ActionSubject,
  { line: { calls } }: ToolContext,
): ActionSubject => ({
  ...rest,
  ...(call && { call: calls.session(call.id) ?? call }),
  ...(other && { other: { ...other, call: calls.session(other.call.id) ?? other.call } }),
});

/**
 * The arguments with what the guard has a target sent as: a colleague whose extension number is an emergency number too
 * is named by id, where the operation takes one.
 */
function sentAs(args: Args, targets: readonly ResolvedTarget[]): Args {
  const byId = targets.find(({ sendAs }) => sendAs)?.sendAs;
  if (!byId) return args;
  const { extensionNumber: _number, phoneNumber: _dialled, ...rest } = args;
  return { ...rest, ...byId };
}

/** Adds the call's state to a refusal for want of a yes; other errors stay as they are. */
function withCallNow(error: unknown, { call }: ActionSubject, { line }: ToolContext): unknown {
  const now = call && line.calls.session(call.id);
  if (!(error instanceof Failure) || error.kind !== 'not_confirmed' || !now) return error;
  return new Failure(
    error.kind,
    `${error.message} The call now: ${formatCallLine(now, line.clock.now())}.`,
    error.details,
  );
}

/** Has the call end by itself where the arguments say so; gives the sentence on it. */
async function announceHangUp(
  tool: ActionTool,
  args: Args,
  { session }: OperationAnswer,
  context: ToolContext,
): Promise<string | undefined> {
  const seconds = tool.endsAfter?.(args);
  if (seconds === undefined || session === undefined) return undefined;
  await hangUpLater(session.id, seconds, context);
  return hangUpNote(seconds);
}

function withNotes(result: ToolResult, notes: readonly (string | undefined)[]): ToolResult {
  const note = notes.filter((one) => one !== undefined).join(' ');
  return note === '' ? result : { ...result, text: `${result.text} ${note}`, data: { ...result.data, note } };
}

const outcomeOf = (
  { risk }: ActionTool,
  { data }: ToolResult,
  { requestId, session, party }: OperationAnswer,
): ActOutcome => ({
  result: data.outcome as 'observed' | 'accepted',
  ...(requestId && { requestId }),
  ...(session && { telephonySessionId: session.id }),
  ...(risk === 'listen' && party && { partyId: party.id }),
});

/**
 * The effect in words. On another's party, which only an administrator may act on (tools/runtime/find-call.ts), it says
 * that its "you" is that person.
 */
function effectOf(tool: ActionTool, args: Args, subject: ActionSubject): Effect {
  const { call, party } = subject;
  const { effect } = tool;
  const told =
    typeof effect === 'function'
      ? effect(args, party !== undefined && party.id === call?.yourPartyId)
      : effect;
  if (tool.party !== 'own' || isOnYou(subject)) return told;
  return { ...told, does: `do this in the place of {party}, who is meant by "you": ${told.does}` };
}

const pathOf = ({ recordingId }: Args, { call, party }: ActionSubject): OperationPath => ({
  ...(call && { telephonySessionId: call.id }),
  ...(party && { partyId: party.id }),
  ...(typeof recordingId === 'string' && { recordingId }),
});

/**
 * Puts what the platform answered into the picture of calls. Where that cannot be, the act is done all the same, and the
 * next reading has it.
 */
async function mergeAnswer(
  path: OperationPath,
  answer: OperationAnswer,
  requestedAt: number,
  { line }: ToolContext,
): Promise<void> {
  const { session, party } = answer;
  const { telephonySessionId } = path;
  try {
    if (session) await line.callLog.snapshot(session, requestedAt);
    if (party && telephonySessionId) await line.callLog.snapshotParty(telephonySessionId, party, requestedAt);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  // An answer with a recording names no party, and events need not tell of recordings (platform.md 3.5), so the call is
  // read. Should that fail, the next reading has it.
  if (answer.recording && telephonySessionId) {
    line.sync.refresh(telephonySessionId).catch(() => {});
  }
}
