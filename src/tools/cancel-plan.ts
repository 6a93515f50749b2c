import { soFar } from './plans/begin-plan.ts';
import { findPlan } from './plans/find-plan.ts';
import { planOutput, renderPlan } from './plans/render-plan.ts';
import { defineTool } from './runtime/define-tool.ts';
import { words } from './runtime/parameters.ts';

export const cancelPlan = defineTool({
  name: 'cancel_plan',
  title: 'Cancel a plan',
  description:
    'Stop a plan (consult_and_transfer, merge_calls, swap_calls) and take the caller back, unless you are on the line ' +
    'with somebody else. To see how a plan stands use wait_for_call_event with its planId.',
  input: { planId: () => words('e.g. p1, default the only one', 20).optional() },
  output: planOutput,
  risk: 'reversible',
  idempotent: true,
  async run({ planId }, context) {
    const plan = await findPlan(planId, context);
    await context.line.plans.cancel(plan);
    await soFar(plan, context);
    return renderPlan(plan, context);
  },
});
