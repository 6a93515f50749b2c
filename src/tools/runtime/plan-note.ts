import { endedWithin } from '../../shared/delay.ts';
import type { ToolContext } from './context.ts';
import type { ActionSubject } from './find-call.ts';

/** A plan that stops because of an act says so within so long, in ms, as a rule. */
const stopsMs = 1_000;

/** Id of the running plan that has a call of this act; undefined where none has, and where the act is the plan's own. */
export function planOn({ call, other }: ActionSubject, { line, mandate }: ToolContext): string | undefined {
  if (mandate !== undefined) return undefined;
  const ids = [call?.id, other?.call.id].filter((id) => id !== undefined);
  return ids.map((id) => line.plans.touching(id)).find((planId) => planId !== undefined);
}

/** What has become of the plan on whose call an act was done just now, as a sentence; undefined where there is none. */
export async function planNote(
  planId: string | undefined,
  { line: { plans, clock }, principal }: ToolContext,
): Promise<string | undefined> {
  if (planId === undefined) return undefined;
  const plan = plans.find(planId, principal);
  if (plan === undefined) return `Plan ${planId} of another agent ${stillBusy}.`;
  await endedWithin(clock, stopsMs, plan.ended);
  const { state, says, plan: name } = plan.view();
  return state === 'ended'
    ? `Plan ${planId} (${name}) had this call, and has ended: ${says}`
    : `Plan ${planId} (${name}) ${stillBusy}: wait_for_call_event with its planId tells how it stands.`;
}

const stillBusy = 'has this call, and stops as soon as anybody else changes your leg of it';
