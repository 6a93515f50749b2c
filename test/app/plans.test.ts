import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { LivePlan, PlanInterruption } from '../../src/app/plan.ts';
import { Plans } from '../../src/app/plans.ts';
import { manualClock } from '../support/clock.ts';

const planOf = (id: string, principal: string) => {
  const interruptions: PlanInterruption[] = [];
  const plan: LivePlan = {
    ...{ id, principal },
    view: () => ({
      ...{ planId: id, plan: 'consult_and_transfer', state: 'running', says: '', steps: [], calls: {} },
      startedAt: '',
    }),
    calls: {},
    interrupt: (why) => void interruptions.push(why),
    ended: new Promise(() => {}),
  };
  return { plan, interruptions };
};

it('whoever is given another login has their plans on this line ended, and nobody else', () => {
  const calls = { session: () => undefined, onChange: () => () => {} };
  const plans = new Plans({ calls, clock: manualClock(), log: pino({ level: 'silent' }) });
  const [adas, bobs] = [planOf('p1', 'key:ada'), planOf('p2', 'key:bob')];
  for (const { plan } of [adas, bobs]) plans.add(plan);
  plans.interruptOf(new Set(['key:ada']), 'login gone');
  expect([adas.interruptions, bobs.interruptions]).toEqual([['login gone'], []]);
  expect(plans.areBusy).toBe(true);
});
