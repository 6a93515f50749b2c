import { done, type PlanKind, returned, stopped, whileTalking } from './plan.ts';

/** The one whom you talk with waits, the one who waits talks with you. */
export const swapCalls: PlanKind = {
  name: 'swap_calls',
  needs: { light: 12 },
  first: 'hold',
  steps: {
    hold: {
      tool: 'hold_call_party',
      on: 'talking',
      args: (facts) => ({ telephonySessionId: facts.id('talking') }),
      leaves: 'Hold',
      done: 'take',
      refused: (facts) =>
        facts.call('talking')?.over
          ? 'take'
          : stopped('{talking} was not put on hold: {why} Nothing has changed.'),
      unknown: stopped('It is not known whether {talking} is on hold: {why} {waiting} still is.'),
    },
    take: {
      tool: 'unhold_call_party',
      on: 'waiting',
      args: (facts) => ({ telephonySessionId: facts.id('waiting') }),
      leaves: 'Answered',
      unless: whileTalking('waiting'),
      done: done('You talk with {waiting}; {talking} is on hold.'),
      refused: 'undo',
      unknown: 'undo',
    },
    undo: {
      tool: 'unhold_call_party',
      on: 'talking',
      args: (facts) => ({ telephonySessionId: facts.id('talking') }),
      leaves: 'Answered',
      unless: whileTalking('talking'),
      retries: 3,
      done: returned('{waiting} could not be taken back: {why} You talk with {talking} as before.'),
      refused: stopped('Both are on hold: {why}'),
      unknown: stopped('It is not known who is on hold: {why}'),
    },
  },
  interrupted: (facts) => (facts.hasDone('hold') ? 'undo' : stopped('{why} Nothing has changed.')),
  over: (role, facts) => {
    if (role === 'talking') return facts.hasDone('take') ? undefined : 'take';
    return facts.hasDone('hold') ? 'undo' : stopped('{waiting} has hung up. Nothing was done.');
  },
};
