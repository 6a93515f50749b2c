import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { OwnCall, SessionView } from '../../calls/store/views.ts';
import { mostUrgent, placeIn } from '../../presentation/call-place.ts';
import { makesHeard } from '../../presentation/holds-first.ts';
import type { Choices, Situation } from '../../presentation/next-step-offers.ts';
import { nextSteps } from '../../presentation/next-steps.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { ToolContext } from './context.ts';
import { talkingBeside } from './talking-beside.ts';

type Unfit = (
  line: Pick<Line, 'calls' | 'conferenceHosts'>,
  yours: readonly OwnCall[],
  step: NextStep,
) => boolean;

/** A plan is refused while you talk on a call that is none of its own. */
const isBusyBeside: Unfit = (_line, yours, step) => talkingBeside(callsOf(step), yours) !== undefined;

/**
 * When a tool helps nobody. A conference needs a phone of theirs that joins it; whether one does, the first of all shows,
 * and from then on a plan opens it. Into one that they host calls are brought one at a time.
 */
const unfit: Readonly<Record<string, Unfit>> = {
  consult_and_transfer: isBusyBeside,
  swap_calls: isBusyBeside,
  create_conference_call_session: ({ calls, conferenceHosts }) =>
    conferenceHosts.hasJoined || calls.waitingConference() !== undefined,
  merge_calls: (line, yours, step) =>
    !line.conferenceHosts.hasJoined ||
    yours.some((call) => placeIn(call) === 'hosting') ||
    isBusyBeside(line, yours, step),
};

/** Tools that leave a call as it is. */
const looks: ReadonlySet<string> = new Set([
  'wait_for_call_event',
  'read_call_session_status',
  'read_call_party_status',
]);

/** Tools that place a call. */
const placesCall: ReadonlySet<string> = new Set([
  'create_call_out_call_session',
  'create_conference_call_session',
]);

/** Ids of the calls that a step is about. */
const callsOf = ({ arguments: args }: NextStep): string[] =>
  [args.telephonySessionId, args.targetTelephonySessionId].filter((id) => typeof id === 'string');

type Asker = Pick<ToolContext, 'line' | 'offers' | 'principal'>;

/** What makes sense while a plan runs. */
export const whilePlanRuns = (planId: string): NextStep => ({
  tool: 'wait_for_call_event',
  arguments: { planId },
  why: 'tells how the plan ends',
});

/**
 * What makes sense after a result about this call, with the login's other calls in view (`nextSteps`); of one that a plan
 * of theirs is busy with, to wait for that. No act on a call that any plan is busy with, and none meanwhile after which
 * you are heard elsewhere: the plan is done for who is on its calls.
 * @param about.beside ids of calls that belong to this one: of your other calls those are meant first
 * @param about.joined id of the call that the act has made part of this one: your leg of it ends, though it may show yet
 */
export function advise(
  about: Pick<Situation, 'call' | 'party' | 'used' | 'choices'> & {
    beside?: readonly string[];
    joined?: string | undefined;
  },
  { line, offers, principal }: Asker,
): NextStep[] {
  const { calls, plans } = line;
  const busy = plans.busyCalls();
  const planId = about.call && busy.get(about.call.id);
  if (planId !== undefined && plans.find(planId, principal)) return [whilePlanRuns(planId)];
  const yours = calls.yours();
  const running = busy.get(yours.find(({ id }) => busy.has(id))?.id ?? '');
  const { beside = [] } = about;
  const others = yours
    .filter(({ id }) => id !== about.call?.id && id !== about.joined)
    .toSorted((one, other) => Number(beside.includes(other.id)) - Number(beside.includes(one.id)));
  // Arguments may name the call in other words; advice compares ids.
  const used = about.used && { ...about.used, args: idsOf(about.used.args, about.call) };
  const isOffered = (step: NextStep) =>
    offers(step.tool) &&
    unfit[step.tool]?.(line, yours, step) !== true &&
    (looks.has(step.tool) || !callsOf(step).some((id) => busy.has(id))) &&
    !((makesHeard(step) || placesCall.has(step.tool)) && running !== undefined);
  const steps = nextSteps({ ...about, used, others, cursor: calls.history.newest }, isOffered);
  const waited = steps.every(({ tool }) => looks.has(tool)) ? running : undefined;
  return waited !== undefined && plans.find(waited, principal) ? [whilePlanRuns(waited), ...steps] : steps;
}

/**
 * What makes sense for a list of calls: where a plan is busy with one, what makes sense there, then what does for the one
 * of the others that wants something done first.
 */
export function adviseOnList(
  listed: readonly SessionView[],
  about: Pick<Situation, 'used'>,
  context: Asker,
): NextStep[] {
  const busyCalls = context.line.plans.busyCalls();
  const isBusy = ({ id }: SessionView) => busyCalls.has(id);
  const busy = mostUrgent(listed.filter(isBusy));
  const free = mostUrgent(listed.filter((call) => !isBusy(call)));
  const steps = [busy, free].flatMap((call) =>
    call ? advise({ call, party: ownParty(call), ...about }, context) : [],
  );
  return [...new Map(steps.map((step) => [`${step.tool} ${JSON.stringify(step.arguments)}`, step])).values()];
}

/** What makes sense with what a look-up has found, on the call that wants something done first. */
export function adviseChoices(choices: Choices, context: Asker): NextStep[] {
  const call = mostUrgent(context.line.calls.yours())?.view();
  return advise({ call, party: ownParty(call), choices }, context);
}

/** The arguments with the call's id. */
const idsOf = (args: Readonly<Record<string, unknown>>, call: SessionView | undefined) =>
  call && args.telephonySessionId !== undefined ? { ...args, telephonySessionId: call.id } : args;
