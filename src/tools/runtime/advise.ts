import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { mostUrgent } from '../../presentation/call-place.ts';
import type { Choices, Situation } from '../../presentation/next-step-offers.ts';
import { nextSteps } from '../../presentation/next-steps.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { ToolContext } from './context.ts';

/** What makes sense after a result about this call, with the login's other calls in view (`nextSteps`). */
export function advise(
  about: Pick<Situation, 'call' | 'party' | 'used' | 'choices'>,
  { line: { calls, conferenceHosts }, offers }: Pick<ToolContext, 'line' | 'offers'>,
): NextStep[] {
  const others = calls.yours().filter(({ id }) => id !== about.call?.id);
  // Arguments may name the call in other words; advice compares ids.
  const used = about.used && { ...about.used, args: idsOf(about.used.args, about.call) };
  // A conference that no phone of theirs joins helps nobody; whether one does, the first of all shows.
  const unfit = conferenceHosts.hasJoined ? 'create_conference_call_session' : 'merge_calls';
  const isOffered = (tool: string) => offers(tool) && tool !== unfit;
  return nextSteps({ ...about, used, others, cursor: calls.history.newest }, isOffered);
}

/** What makes sense with what a look-up has found, on the call that wants something done first. */
export function adviseChoices(choices: Choices, context: Pick<ToolContext, 'line' | 'offers'>): NextStep[] {
  const call = mostUrgent(context.line.calls.yours())?.view();
  return advise({ call, party: ownParty(call), choices }, context);
}

/** The arguments with the call's id. */
const idsOf = (args: Readonly<Record<string, unknown>>, call: SessionView | undefined) =>
  call && args.telephonySessionId !== undefined ? { ...args, telephonySessionId: call.id } : args;
