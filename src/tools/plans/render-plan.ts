import type { KnownPlan, PlanView } from '../../app/plan.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { mostUrgent } from '../../presentation/call-place.ts';
import { formatStaleness } from '../../presentation/format.ts';
import { hasLeft, isInbound, isRinging } from '../../ringcentral/wire/session.ts';
import type { NextStep } from '../../shared/next-step.ts';
import { advise, whilePlanRuns } from '../runtime/advise.ts';
import type { ToolContext } from '../runtime/context.ts';
import { cursor, next, object, type ToolResult } from '../runtime/result.ts';

/** The members of the result of a tool that begins or ends a plan. */
export const planOutput = { plan: object, next, cursor };

/** How a plan stands, as the result of a tool. */
export function renderPlan(plan: KnownPlan, context: ToolContext): ToolResult {
  const view = plan.view();
  const { calls, sync, clock } = context.line;
  const parts = [formatPlan(view), otherRings(view, context), formatStaleness(sync.status(), clock.now())];
  return {
    text: parts.filter(Boolean).join(' '),
    data: { plan: view },
    next: view.state === 'running' ? [whilePlanRuns(view.planId)] : afterPlan(view, context),
    told: { cursor: calls.history.newest, calls: Object.values(view.calls) },
  };
}

const formatPlan = ({ planId, plan, state, ending, says }: PlanView): string =>
  `Plan ${planId} (${plan}) ${state === 'running' ? 'goes on' : `has ended: ${endings[ending ?? 'stopped']}`}. ${says}`;

const endings: Readonly<Record<NonNullable<PlanView['ending']>, string>> = {
  done: 'done',
  returned: 'the caller is back',
  told: 'the rest is yours, as you asked',
  stopped: 'stopped',
};

/** What makes sense for the calls that the plan has left. */
function afterPlan({ plan, ending, calls: ids }: PlanView, context: ToolContext): NextStep[] {
  const { calls } = context.line;
  const left = Object.values(ids).flatMap((id) => calls.session(id) ?? []);
  const about = mostUrgent(left.filter(isYours)) ?? mostUrgent(calls.active().filter(isYours));
  const steps = advise({ call: about, party: ownParty(about), beside: Object.values(ids) }, context);
  // Not what it has just done, unless that leads back.
  const leadsBack = plan === 'swap_calls' && ending === 'done';
  return leadsBack ? steps : steps.filter(({ tool }) => tool !== plan);
}

/** Whether you are on the call. */
function isYours(call: SessionView): boolean {
  const own = ownParty(call);
  return own !== undefined && !hasLeft(own);
}

/** A call that rings meanwhile is told, and never touched. */
function otherRings({ calls: ids }: PlanView, { line: { calls } }: ToolContext): string {
  const ringing = calls.active().filter((call) => {
    const own = ownParty(call);
    return !Object.values(ids).includes(call.id) && own !== undefined && isInbound(own) && isRinging(own);
  });
  return ringing.length === 0
    ? ''
    : `Another call rings: ${ringing.map(({ id, handle }) => handle ?? id).join(', ')}.`;
}
