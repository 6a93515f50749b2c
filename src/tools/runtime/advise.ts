import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { CallOutline, SessionView } from '../../calls/store/views.ts';
import { mostUrgent, placeIn } from '../../presentation/call-place.ts';
import type { Choices, Situation } from '../../presentation/next-step-offers.ts';
import { nextSteps } from '../../presentation/next-steps.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { ToolContext } from './context.ts';

type CallsAndHosts = Pick<Line, 'calls' | 'conferenceHosts'>;

/**
 * When a tool helps nobody. A conference needs a phone of theirs that joins it; whether one does, the first of all shows,
 * and from then on a plan opens it. Into one that they host calls are brought one at a time.
 */
const unfit: Readonly<Record<string, (line: CallsAndHosts, yours: readonly CallOutline[]) => boolean>> = {
  create_conference_call_session: ({ calls, conferenceHosts }) =>
    conferenceHosts.hasJoined || calls.waitingConference() !== undefined,
  merge_calls: ({ conferenceHosts }, yours) =>
    !conferenceHosts.hasJoined || yours.some((call) => placeIn(call) === 'hosting'),
};

type Asker = Pick<ToolContext, 'line' | 'offers' | 'principal'>;

/** What makes sense while a plan runs. */
export const whilePlanRuns = (planId: string): NextStep => ({
  tool: 'wait_for_call_event',
  arguments: { planId },
  why: 'tells how the plan ends',
});

/**
 * What makes sense after a result about this call, with the login's other calls in view (`nextSteps`); of one that a plan
 * of theirs is busy with, to wait for that.
 */
export function advise(
  about: Pick<Situation, 'call' | 'party' | 'used' | 'choices'>,
  { line, offers, principal }: Asker,
): NextStep[] {
  const { calls, plans } = line;
  const planId = about.call && plans.touching(about.call.id);
  if (planId !== undefined && plans.find(planId, principal)) return [whilePlanRuns(planId)];
  const yours = calls.yours();
  const others = yours.filter(({ id }) => id !== about.call?.id);
  // Arguments may name the call in other words; advice compares ids.
  const used = about.used && { ...about.used, args: idsOf(about.used.args, about.call) };
  const isOffered = (tool: string) => offers(tool) && unfit[tool]?.(line, yours) !== true;
  return nextSteps({ ...about, used, others, cursor: calls.history.newest }, isOffered);
}

/** What makes sense with what a look-up has found, on the call that wants something done first. */
export function adviseChoices(choices: Choices, context: Asker): NextStep[] {
  const call = mostUrgent(context.line.calls.yours())?.view();
  return advise({ call, party: ownParty(call), choices }, context);
}

/** The arguments with the call's id. */
const idsOf = (args: Readonly<Record<string, unknown>>, call: SessionView | undefined) =>
  call && args.telephonySessionId !== undefined ? { ...args, telephonySessionId: call.id } : args;
