import { ownParty } from '../../calls/store/own-party.ts';
import { done, type Next, type PlanFacts, type PlanKind, returned, stopped, whileTalking } from './plan.ts';
import { answerOf } from './who-answered.ts';

/** Who has answered must stay so long, in ms: a mailbox that hangs up, or a mistake, does not. */
const staysMs = 3_000;

const isOver = (facts: PlanFacts): boolean => facts.call('caller')?.over === true;
const sees = (facts: PlanFacts) => answerOf(facts.call('consultation'), facts.colleagueId);

/** What comes when nobody has answered, or will: the consultation is over. */
function afterNoAnswer(facts: PlanFacts): Next {
  if (isOver(facts)) return stopped('{caller} has hung up meanwhile. {why}');
  return facts.isInterrupted || facts.args.ifNot !== 'tell_me'
    ? 'return'
    : stopped('{why} {caller} waits on hold.');
}

/** What comes when the consultation has to end without a connection. */
const giveUp = (facts: PlanFacts): Next => {
  const answer = sees(facts);
  if (facts.id('consultation') === undefined || answer === 'over') return afterNoAnswer(facts);
  return answer === 'answered' || answer === 'by another'
    ? stopped('Somebody is on the line at {colleague}: that call goes on. {caller} waits on hold.')
    : 'give up';
};

/**
 * Hold the caller, call a colleague, and connect the two once the colleague has answered; or take the caller back. As
 * decided beforehand by `ifAnswered` (`connect`, `tell_me`) and `ifNot` (`return`, `tell_me`).
 */
export const consultAndTransfer: PlanKind = {
  name: 'consult_and_transfer',
  // Two readings and a request for each of five acts, and a reading every three seconds while it rings.
  needs: { light: 25, heavy: 1 },
  first: (facts) => (ownParty(facts.call('caller'))?.status.code === 'Hold' ? 'call' : 'hold'),
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
      done: 'answer',
      refused: afterNoAnswer,
      unknown: afterNoAnswer,
    },
    answer: {
      sees,
      lastsMs: { answered: staysMs },
      watches: 'consultation',
      seconds: ({ args }) => Number(args.ringSeconds),
      words: {
        answered: '{colleague} has answered.',
        'by another':
          'Somebody else, or another phone than {colleague} has here, has answered: it may be a mobile, its voicemail, or a menu.',
        voicemail: 'The voicemail of {colleague} took the call.',
        over: '{colleague} did not take the call.',
        'time up': '{colleague} has not answered.',
      },
      leadsTo: {
        answered: ({ args }) =>
          args.ifAnswered === 'tell_me' ? stopped('{why} {caller} waits on hold.') : 'connect',
        'by another': stopped('{why} {caller} waits on hold.'),
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
      leaves: 'left',
      done: done('{caller} and {colleague} are connected; you are off both calls.'),
      refused: (facts) =>
        sees(facts) === 'over'
          ? afterNoAnswer(facts)
          : stopped('{caller} and {colleague} were not connected: {why} {caller} waits on hold.'),
      unknown: stopped('It is not known whether {caller} and {colleague} are connected: {why}'),
    },
    'give up': {
      tool: 'delete_call_session',
      on: 'consultation',
      args: (facts) => ({ telephonySessionId: facts.id('consultation') }),
      leaves: 'left',
      done: afterNoAnswer,
      refused: (facts) =>
        sees(facts) === 'over'
          ? afterNoAnswer(facts)
          : stopped('The call to {colleague} goes on: {why} {caller} waits on hold.'),
      unknown: stopped(
        'It is not known whether the call to {colleague} goes on: {why} {caller} waits on hold.',
      ),
    },
    return: {
      tool: 'unhold_call_party',
      on: 'caller',
      args: (facts) => ({ telephonySessionId: facts.id('caller') }),
      leaves: 'Answered',
      unless: whileTalking('caller'),
      retries: 3,
      done: returned('{why} You and {caller} hear each other again.'),
      refused: stopped('{caller} is still on hold: {why}'),
      unknown: stopped('It is not known whether {caller} is still on hold: {why}'),
    },
  },
  interrupted: giveUp,
  over: (role, facts) =>
    role === 'caller'
      ? sees(facts) === 'answered' || sees(facts) === 'by another'
        ? stopped('{caller} has hung up. You are on the line with {colleague}.')
        : giveUp(facts)
      : undefined,
};
