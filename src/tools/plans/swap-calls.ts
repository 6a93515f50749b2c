import { ownParty } from '../../calls/store/own-party.ts';
import {
  type CallRole,
  done,
  type PlanFacts,
  type PlanKind,
  returned,
  stopped,
  whileTalking,
} from './plan.ts';

const isOver = (facts: PlanFacts, role: CallRole): boolean => facts.call(role)?.over === true;

const isHeld = (facts: PlanFacts): boolean => ownParty(facts.call('talking'))?.status.code === 'Hold';

/** The one whom you talk with waits, the one who waits talks with you. */
export const swapCalls: PlanKind = {
  name: 'swap_calls',
  needs: () => ({ light: 12 }),
  first: 'hold',
  steps: {
    hold: {
      tool: 'hold_call_party',
      on: 'talking',
      args: (facts) => ({ telephonySessionId: facts.id('talking') }),
      leaves: 'Hold',
      done: 'take',
      refused: (facts) =>
        isOver(facts, 'talking')
          ? 'take'
          : stopped('{talking} was not put on hold: {why} Nothing has changed.'),
      unknown: stopped('It is not known whether {talking} is on hold: {why}'),
    },
    take: {
      tool: 'unhold_call_party',
      on: 'waiting',
      args: (facts) => ({ telephonySessionId: facts.id('waiting') }),
      leaves: 'Answered',
      unless: whileTalking('waiting'),
      fails: '{waiting} was not taken back',
      done: (facts) =>
        isHeld(facts)
          ? done('{You talk with waiting}; {talking} is on hold.')
          : done('{You talk with waiting}. {talking} is not on hold any more.'),
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
      done: (facts) =>
        isOver(facts, 'waiting')
          ? returned('The call with {waiting} is over. {You talk with talking} as before.')
          : returned('{why} {You talk with talking} as before; {waiting} is on hold as before.'),
      refused: stopped('Both are on hold: {why}'),
      unknown: (facts) =>
        isHeld(facts)
          ? stopped('Both are on hold: {why} A hold at the phone ends only at the phone.')
          : stopped('It is not known who is on hold: {why}'),
    },
  },
  interrupted: (facts) => (facts.hasDone('hold') ? 'undo' : stopped('{why} Nothing has changed.')),
  over: (role, facts) => {
    if (role === 'talking') {
      if (facts.hasDone('take')) return undefined;
      return facts.hasTried('take') ? stopped('The call with {talking} is over. {why}') : 'take';
    }
    return facts.hasDone('hold') ? 'undo' : stopped('The call with {waiting} is over. Nothing was done.');
  },
};
