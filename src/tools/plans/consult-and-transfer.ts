import { ownParty } from '../../calls/store/own-party.ts';
import {
  done,
  type Next,
  type PlanFacts,
  type PlanKind,
  returned,
  stopped,
  told,
  whileTalking,
} from './plan.ts';
import { answerOf } from './who-answered.ts';

/** Who has answered must stay so long, in ms: a mailbox that hangs up, or a mistake, does not. */
const staysMs = 3_000;

const isOver = (facts: PlanFacts): boolean => facts.call('caller')?.over === true;
const isHeld = (facts: PlanFacts): boolean => ownParty(facts.call('caller'))?.status.code === 'Hold';
const isApart = (facts: PlanFacts): boolean => ownParty(facts.call('caller'))?.standAlone === true;
const sees = (facts: PlanFacts) => answerOf(facts.call('consultation'), facts.colleagueId);

/** What comes when nobody has answered, or will: the consultation is over. */
function afterNoAnswer(facts: PlanFacts): Next {
  if (isOver(facts)) return stopped('The call with {caller} is over.');
  return facts.isInterrupted || facts.args.ifNot !== 'tell_me' ? 'return' : told('{why}');
}

/** What comes when the consultation has to end without a connection. */
const giveUp = (facts: PlanFacts): Next => {
  const answer = sees(facts);
  if (facts.id('consultation') === undefined || answer === 'over') return afterNoAnswer(facts);
  if (answer === undefined || answer === 'voicemail') return 'give up';
  return stopped(
    isOver(facts)
      ? 'The call with {caller} is over. The call to {colleague} goes on.'
      : 'The call to {colleague} was answered, and goes on.',
  );
};

/**
 * Hold the caller, call a colleague, and connect the two once the colleague has answered; or take the caller back. As
 * decided beforehand by `ifAnswered` (`connect`, `tell_me`) and `ifNot` (`return`, `tell_me`).
 */
export const consultAndTransfer: PlanKind = {
  name: 'consult_and_transfer',
  // Readings and requests of its acts, and a reading every three seconds while it rings.
  needs: ({ ringSeconds }) => ({ light: 12 + Math.ceil(Number(ringSeconds) / 3), heavy: 1 }),
  first: (facts) => (isHeld(facts) ? 'call' : 'hold'),
  steps: {
    hold: {
      tool: 'hold_call_party',
      on: 'caller',
      args: (facts) => ({ telephonySessionId: facts.id('caller') }),
      leaves: 'Hold',
      done: 'call',
      refused: stopped('{caller} was not put on hold: {why}'),
      unknown: stopped('It is not known whether {caller} is on hold: {why}'),
    },
    call: {
      tool: 'create_call_out_call_session',
      makes: 'consultation',
      args: ({ args }) => ({
        toExtensionNumber: args.toExtensionNumber,
        fromDeviceId: args.fromDeviceId,
      }),
      unless: whileTalking('caller'),
      fails: '{colleague} was not called',
      done: 'answer',
      refused: afterNoAnswer,
      unknown: (facts) =>
        facts.id('consultation') === undefined
          ? afterNoAnswer(facts)
          : stopped(
              'A call to {colleague} was begun, though RingCentral did not say so: the plan does no more.',
            ),
    },
    answer: {
      sees,
      lastsMs: { answered: staysMs },
      watches: 'consultation',
      seconds: ({ args }) => Number(args.ringSeconds),
      words: {
        answered: '{colleague} has answered.',
        'on hold': '{colleague} has answered and put you on hold.',
        'moved on': '{colleague} has sent the call on to somebody else.',
        'by another':
          'Somebody else, or another phone than {colleague} has here, has answered: it may be a mobile, its voicemail, or a menu.',
        voicemail: 'The voicemail of {colleague} took the call.',
        over: 'The call to {colleague} is over.',
        'time up': '{colleague} has not answered.',
      },
      leadsTo: {
        answered: ({ args }) => (args.ifAnswered === 'tell_me' ? told('{why}') : 'connect'),
        'on hold': stopped('{why}'),
        'moved on': stopped('{why}'),
        'by another': stopped('{why}'),
        voicemail: giveUp,
        over: afterNoAnswer,
        'time up': giveUp,
      },
    },
    connect: {
      tool: 'bridge_call_party',
      on: 'caller',
      args: (facts) => ({
        telephonySessionId: facts.id('caller'),
        targetTelephonySessionId: facts.id('consultation'),
      }),
      leaves: 'moved',
      done: done('{caller} and {colleague} are connected; you are off both calls.'),
      refused: (facts) =>
        sees(facts) === 'over'
          ? afterNoAnswer(facts)
          : stopped('{caller} and {colleague} were not connected: {why}'),
      unknown: stopped('It is not known whether {caller} and {colleague} are connected: {why}'),
    },
    'give up': {
      tool: 'delete_call_session',
      on: 'consultation',
      args: (facts) => ({ telephonySessionId: facts.id('consultation') }),
      leaves: 'left',
      done: afterNoAnswer,
      refused: (facts) => {
        const next = giveUp(facts);
        return next === 'give up' ? stopped('The call to {colleague} goes on: {why}') : next;
      },
      unknown: stopped('It is not known whether the call to {colleague} goes on: {why}'),
    },
    return: {
      tool: 'unhold_call_party',
      on: 'caller',
      args: (facts) => ({ telephonySessionId: facts.id('caller') }),
      leaves: 'Answered',
      unless: whileTalking('caller'),
      retries: 3,
      done: (facts) =>
        isApart(facts)
          ? returned('{why} {caller} is off hold; you are out of the conversation as before.')
          : returned('{why} {You hear caller again}.'),
      refused: stopped('{caller} was not taken back: {why}'),
      unknown: (facts) =>
        isHeld(facts)
          ? stopped('{caller} is still on hold: {why} A hold at the phone ends only at the phone.')
          : stopped('It is not known whether {caller} is still on hold: {why}'),
    },
  },
  interrupted: giveUp,
  over: (role, facts) => (role === 'caller' ? giveUp(facts) : undefined),
};
