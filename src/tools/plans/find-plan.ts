import type { KnownPlan } from '../../app/plan.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from '../runtime/context.ts';

/**
 * The plan of this id, or the only one that runs, at whichever replica.
 * @throws Failure `not_found`, `invalid_input` where several run, or `unavailable` where the replicas cannot be asked
 */
export async function findPlan(
  planId: string | undefined,
  { line: { plans }, principal }: ToolContext,
): Promise<KnownPlan> {
  const here = planId !== undefined && plans.find(planId, principal);
  if (here) return here;
  await plans.catchUp();
  const running = plans.of(principal);
  const list = running.map(({ id }) => id);
  if (planId !== undefined) {
    const plan = plans.find(planId, principal);
    if (plan) return plan;
    throw new Failure('not_found', `There is no plan ${planId}. ${runningWords(list)}`, {
      parameter: 'planId',
    });
  }
  const [only, ...more] = running;
  if (only !== undefined && more.length === 0) return only;
  throw new Failure(only ? 'invalid_input' : 'not_found', runningWords(list), {
    parameter: 'planId',
    next: ['list_active_calls'],
  });
}

const runningWords = (ids: readonly string[]): string =>
  ids.length === 0 ? 'No plan is running.' : `Running: ${ids.join(', ')}.`;
