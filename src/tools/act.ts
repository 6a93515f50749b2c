import { Failure } from '../base/failure.ts';
import type { Action } from '../guard/action.ts';
import type { Question } from '../guard/contract.ts';
import { presentParty, presentSession } from '../resources/present.ts';
import type { OperationAnswer, OperationPath } from '../ringcentral/platform.ts';
import type { ActingTool } from './acting.ts';
import type { ToolContext } from './context.ts';
import { explain, isAboutState } from './explain.ts';
import { observe } from './observe.ts';
import { findCall, findNamedParty, findOwnParty, type Located, refOf } from './resolve.ts';
import type { ToolResult } from './result.ts';
import { nextTools, partyWords } from './words.ts';

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
  return context.app.guard.once<ToolResult | Question>(
    { principal: context.principal, tool: tool.name, key: idempotencyKey as string | undefined, args: rest },
    () => actOnce(tool, rest, context),
    isQuestion,
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
    effect: typeof tool.effect === 'function' ? tool.effect(args) : tool.effect,
  };
  const permit = await context.app.guard.authorize(action, context.asker);
  if (permit.kind === 'question') return permit;
  try {
    if (context.signal.aborted) {
      throw new Failure('not_confirmed', 'The request was cancelled; nothing was sent.', {
        reason: 'cancelled',
      });
    }
    const path = pathOf(args, where);
    const requestedAt = context.app.calls.stamp();
    const answer = await context.app.platform.operate(tool.name, path, tool.body?.(args, other));
    learn(path, answer, requestedAt, context);
    const result = await tell(tool, args, answer, where, context);
    permit.done({
      result: result.data.outcome as 'observed' | 'accepted',
      ...(answer.requestId && { requestId: answer.requestId }),
      ...(answer.session && { telephonySessionId: answer.session.id }),
    });
    return result;
  } catch (error) {
    const failure = error instanceof Failure ? error : undefined;
    permit.done({
      result: failure?.kind ?? 'internal',
      ...(failure?.details.requestId && { requestId: failure.details.requestId }),
    });
    throw failure && where.call ? await explainNow(failure, tool, where as Located, context) : error;
  }
}

interface Where extends Partial<Located> {
  other?: Located;
}

async function locate(tool: ActingTool, args: Args, context: ToolContext): Promise<Where> {
  const { telephonySessionId, partyId, targetTelephonySessionId, targetPartyId } = args as Record<
    string,
    string | undefined
  >;
  if (telephonySessionId === undefined) return {};
  const where: Where =
    tool.party === 'own'
      ? await findOwnParty(tool.name, telephonySessionId, partyId, context)
      : tool.party === 'named'
        ? await findNamedParty(telephonySessionId, partyId ?? '', context)
        : { call: await findCall(telephonySessionId, context) };
  if (!tool.joins || targetTelephonySessionId === undefined) return where;
  if (targetTelephonySessionId === telephonySessionId) {
    throw new Failure(
      'invalid_input',
      'targetTelephonySessionId is the same call; it names your other one.',
      {
        parameter: 'targetTelephonySessionId',
        next: ['list_active_calls'],
      },
    );
  }
  const other = await findOwnParty(
    tool.name,
    targetTelephonySessionId,
    targetPartyId,
    context,
    'targetPartyId',
  );
  return { ...where, other };
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
}

async function tell(
  tool: ActingTool,
  args: Args,
  answer: OperationAnswer,
  where: Where,
  { app }: ToolContext,
): Promise<ToolResult> {
  const telephonySessionId = answer.session?.id ?? where.call?.id;
  const partyId = answer.party?.id ?? where.party?.id;
  const other = where.other && refOf(where.other);
  const watched = {
    ...(telephonySessionId && { telephonySessionId }),
    ...(partyId && { partyId }),
    ...(other && { other }),
  };
  const { outcome, call, party } = await observe(tool, args, answer, watched, app);
  const next = nextTools(party, app.readOnly);
  const shown = party ?? answer.party;
  const said =
    outcome === 'observed'
      ? `${typeof tool.done === 'function' ? tool.done(args) : tool.done}`
      : 'Accepted: RingCentral took the request, but nothing has shown yet that it happened. ' +
        'wait_for_call_event tells when it does; do not repeat the action before looking.';
  return {
    text: [
      said,
      telephonySessionId && `Call ${telephonySessionId}${shown ? `: ${partyWords(shown)}` : ''}.`,
      answer.recording && `Recording ${answer.recording.id}.`,
      `Next: ${next.join(', ')}.`,
    ]
      .filter(Boolean)
      .join(' '),
    data: {
      outcome,
      ...(call && { call: presentSession(call) }),
      ...(shown && { party: presentParty(shown) }),
      ...(answer.recording && { recording: answer.recording }),
      next,
    },
  };
}

/** Looks once more how things stand, because the platform has just contradicted the picture. */
async function explainNow(
  failure: Failure,
  tool: ActingTool,
  { call, party }: Located,
  context: ToolContext,
): Promise<Failure> {
  if (!isAboutState(failure)) return failure;
  const now = await context.app.keeper.refresh(call.id, { signal: context.signal }).catch(() => undefined);
  const current = now ?? context.app.calls.session(call.id) ?? call;
  return explain(
    failure,
    tool,
    current,
    current.parties.find(({ id }) => id === party?.id) ?? party,
    context,
  );
}
