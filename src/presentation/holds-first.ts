import type { CallOutline } from '../calls/store/views.ts';
import type { NextStep } from '../shared/next-step.ts';
import { isTalkedOn } from './call-place.ts';
import { otherSideOf } from './person-names.ts';

const opening: ReadonlySet<string> = new Set(['answer_call_party', 'unhold_call_party', 'pickup_call_party']);

/** Whether you are heard on a call after this step that did not hear you before. */
export const makesHeard = ({ tool, arguments: args }: NextStep): boolean =>
  opening.has(tool) || (tool === 'update_call_party' && args.standAlone === false);

/** Of so many calls a hold is given. */
const mostHolds = 3;

/**
 * The steps, and before them a hold of each call on which you talk, where one of them would have somebody else hear you,
 * too: what two others mean for each other the rows of advice know, and of a third call they do not.
 * @param yours all of your calls
 */
export function holdsFirst(steps: readonly NextStep[], yours: readonly CallOutline[]): NextStep[] {
  const first = steps.findIndex(makesHeard);
  const opens = steps[first]?.arguments.telephonySessionId;
  if (opens === undefined) return [...steps];
  const settled = steps.slice(0, first).filter(({ tool }) => tool === 'hold_call_party');
  const done = new Set([opens, ...settled.map(({ arguments: args }) => args.telephonySessionId)]);
  const talking = yours.filter((call) => !done.has(call.id) && isTalkedOn(call)).slice(0, mostHolds);
  return [...talking.map(holdOf), ...steps];
}

const holdOf = (call: CallOutline): NextStep => ({
  tool: 'hold_call_party',
  arguments: { telephonySessionId: call.id },
  why: `${otherSideOf(call)} hears music meanwhile`,
});
