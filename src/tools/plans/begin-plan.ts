import type { KnownPlan, LivePlan, PlanInterruption } from '../../app/plan.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { requireFreshCalls } from '../../calls/sync/first-sync.ts';
import type { Action, Effect, PartyRef, Target } from '../../guard/action.ts';
import type { Question, ReadyRequest } from '../../guard/contract.ts';
import { PLAN_MS } from '../../guard/mandate.ts';
import { otherSideOf } from '../../presentation/person-names.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import { isConference, listensIn } from '../../ringcentral/wire/session.ts';
import { endedWithin } from '../../shared/delay.ts';
import { Failure, waitWords } from '../../shared/failure.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { ToolContext } from '../runtime/context.ts';
import type { Tool } from '../runtime/define-tool.ts';
import type { ToolResult } from '../runtime/result.ts';
import { talkingBeside } from '../runtime/talking-beside.ts';
import type { CallRole, PlanKind } from './plan.ts';
import { PlanRun } from './plan-run.ts';
import { renderPlan } from './render-plan.ts';

/** The tool that begins a plan answers so long, in ms, after the yes at the latest. */
const answersMs = 8_000;
/** So long before the yes runs out, in ms, a plan turns back. */
const turnsBackMs = 20_000;

/** A plan that a tool wants to begin, with everything resolved that its question names. */
export interface PlanRequest {
  kind: PlanKind;
  /** The tools of its steps. */
  tools: readonly Tool[];
  args: Readonly<Record<string, unknown>>;
  calls: Partial<Record<CallRole, string>>;
  /** Your leg of the call, and of the other one, that the question is about. */
  subject: PartyRef;
  other?: PartyRef;
  targets?: readonly Target[];
  deviceIds?: readonly string[];
  effect: Effect;
}

/**
 * Has the guard ask for a plan as a whole, and begins it. Gives what is so far after a few seconds; the plan goes on
 * without the tool call.
 * @throws Failure of the guard; `wrong_state` where another plan has one of the calls, `rate_limited` where it does not
 * fit into the rate limit: nothing was done then
 */
export async function beginPlan(request: PlanRequest, context: ToolContext): Promise<ToolResult | Question> {
  const { kind, tools, args, calls, subject, other } = request;
  const { line, principal } = context;
  await requireFreshCalls(line.sync);
  await line.plans.catchUp();
  mustBeFree(request, context);
  mustFit(kind, args, context);
  const action: Action = {
    ...{ tool: kind.name, risk: 'plan', principal, args, ...subject },
    ...(other && { other }),
    targets: request.targets ?? [],
    deviceIds: request.deviceIds ?? [],
    effect: request.effect,
    // A plan ends only what is its own.
    steps: tools.map(({ name, risk }) => ({ tool: name, risk: risk === 'destructive' ? 'end-own' : risk })),
    unmetPrecondition: () => busyBeside(request, context),
  };
  return line.guard.run<OperationAnswer, ToolResult>(action, context.asker, {
    prepare: async () => nothingToSend,
    async execute({ mandate, targets }) {
      if (mandate === undefined) throw new Error('a plan was let through without a mandate');
      const planId = await claim(request, context);
      const [target] = targets;
      const plan = new PlanRun({
        ...{ id: planId, kind, args, calls, lastsMs: PLAN_MS - turnsBackMs },
        tools: new Map(tools.map((tool) => [tool.name, tool])),
        ...(target && { colleagueId: target.extensionId, colleague: target.shown }),
        context: actsOf(context, mandate),
      });
      line.plans.add(plan);
      interruptWith(context.connection, 'host gone', plan);
      const stopListening = interruptWith(context.signal, 'cancelled', plan);
      await soFar(plan, context);
      // Some transports abort it once the answer has been sent.
      stopListening();
      return { result: renderPlan(plan, context), outcome: { result: 'accepted' } };
    },
  });
}

/** What the acts of a plan are given: they belong to no tool call, and tell its session nothing. */
function actsOf({ told: _told, ...context }: ToolContext, mandate: ToolContext['mandate']): ToolContext {
  return { ...context, ...(mandate && { mandate }), signal: new AbortController().signal, progress() {} };
}

/** A plan sends nothing itself. */
const nothingToSend: ReadyRequest<OperationAnswer> = { send: async () => ({}), cancel() {} };

function mustBeFree({ calls, kind }: PlanRequest, { line }: ToolContext): void {
  if (line.plans.isFull) throw tooMany();
  for (const id of Object.values(calls)) {
    const running = line.plans.touching(id);
    if (running !== undefined) throw taken(kind, running);
  }
}

/**
 * Why a plan would stop midway, with somebody on hold: its steps take nobody back, and call nobody, while you talk on a
 * call that is none of its own.
 */
function busyBeside({ calls, kind }: PlanRequest, { line }: ToolContext): Failure | undefined {
  const busy = talkingBeside(Object.values(calls), line.calls.yours())?.view();
  if (busy === undefined) return undefined;
  const own = ownParty(busy);
  const listens = own !== undefined && listensIn(own);
  const wayOut = listens ? 'Stop listening' : 'Hold that call, or leave it';
  return new Failure(
    'wrong_state',
    `You ${listens ? 'listen in' : 'are'} on another call, ${busy.handle ?? busy.id} with ${otherSideOf(busy)}: ` +
      `${kind.name} would stop midway, and leave somebody on hold. ${wayOut}, then try again. Nothing was done.`,
    { next: [endOfBusy(busy, own, `then begin ${kind.name} again`) ?? 'list_active_calls'] },
  );
}

/** What ends that you are busy on the call; undefined where that depends. */
function endOfBusy(call: SessionView, own: PartyView | undefined, why: string): NextStep | undefined {
  if (own?.status.code !== 'Answered') return undefined;
  const on = { telephonySessionId: call.id };
  if (listensIn(own)) return { tool: 'delete_call_party', arguments: { ...on, partyId: own.id }, why };
  return isConference(call) ? undefined : { tool: 'hold_call_party', arguments: on, why };
}

/** Takes the calls for the plan, unless another one has them by now. Gives its id. */
async function claim(request: PlanRequest, context: ToolContext): Promise<string> {
  mustBeFree(request, context);
  const claimed = await context.line.plans.claim(Object.values(request.calls));
  if (claimed === 'full') throw tooMany();
  if ('takenBy' in claimed) throw taken(request.kind, claimed.takenBy);
  return claimed.planId;
}

const tooMany = () =>
  new Failure('wrong_state', 'Too many plans run, or the server is ending. Nothing was done.');

const taken = ({ name }: PlanKind, planId: string) =>
  new Failure(
    'wrong_state',
    `Another plan, ${planId}, has this call: ${name} was not begun. Wait for it, or cancel it.`,
    {
      next: [
        { tool: 'wait_for_call_event', arguments: { planId }, why: 'tells when the other plan ends' },
        { tool: 'cancel_plan', arguments: { planId }, why: 'takes people back and ends it' },
      ],
    },
  );

/** What the platform limits, by group (platform.md 7). */
const limited = { light: 'requests', heavy: 'requests that place calls' } as const;

/** Throws where the rate limit would run out midway. */
function mustFit({ name, needs }: PlanKind, args: PlanRequest['args'], { line }: ToolContext): void {
  const needed = needs(args);
  for (const [group, count = 0] of Object.entries(needed)) {
    const { available, waitMs } = line.budget(group as keyof typeof needed);
    if (available >= count) continue;
    const retryAfterSeconds = Math.max(5, Math.ceil(waitMs / 1_000));
    throw new Failure(
      'rate_limited',
      `${name} would stop midway, and might leave somebody on hold: RingCentral limits ${limited[group as keyof typeof needed]}; ` +
        `the plan may need ${count}, and ${available} are left now. Nothing was done.${waitWords(retryAfterSeconds)}`,
      { retryAfterSeconds },
    );
  }
}

/** Has the plan turn back when `signal` is aborted, until it has ended. Returns what stops that before. */
function interruptWith(signal: AbortSignal | undefined, why: PlanInterruption, plan: LivePlan): () => void {
  const interrupt = () => plan.interrupt(why);
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt);
  const stop = () => signal?.removeEventListener('abort', interrupt);
  plan.ended.then(stop);
  return stop;
}

/** Resolves when the plan has ended, at the latest when the tool has to answer. */
export const soFar = (plan: KnownPlan, { line: { clock } }: ToolContext): Promise<void> =>
  endedWithin(clock, answersMs, plan.ended);
