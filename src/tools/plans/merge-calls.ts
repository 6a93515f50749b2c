import { isHosting } from '../../calls/store/party.ts';
import { awayWords } from '../../presentation/ways-back.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { done, type PlanFacts, type PlanKind, stopped, whileTalking } from './plan.ts';

/** The platform ends a conference that its host has not joined after 38 s (platform.md 10.4). */
const hostSeconds = 40;

/** Whether your phone is in the conference as its host. */
const hasHost = (facts: PlanFacts): boolean => facts.call('conference')?.parties.some(isHosting) === true;

const bringIn = (role: 'first' | 'second') => (facts: PlanFacts) => ({
  telephonySessionId: facts.id('conference'),
  targetTelephonySessionId: facts.id(role),
});

/** Brings two calls of yours into one conference, which it opens unless one of them is yours already. */
export const mergeCalls: PlanKind = {
  name: 'merge_calls',
  // Each bringing-in reads both calls and everybody who is there.
  needs: () => ({ light: 20, heavy: 1 }),
  first: (facts) => (facts.id('conference') === undefined ? 'open' : 'bring second'),
  steps: {
    open: {
      tool: 'create_conference_call_session',
      makes: 'conference',
      args: () => ({}),
      done: 'host',
      refused: stopped('No conference was opened: {why} Both calls are as they were.'),
      unknown: stopped('It is not known whether a conference was opened: {why} Both calls are as they were.'),
    },
    host: {
      sees: (facts) => {
        const conference = facts.call('conference');
        if (hasHost(facts)) return 'joined';
        const isOver = conference?.over && conference.parties.length > 0 && conference.parties.every(hasLeft);
        return isOver ? 'over' : undefined;
      },
      watches: 'conference',
      seconds: () => hostSeconds,
      words: {
        joined: 'Your phone has joined.',
        over: 'The conference has ended.',
        'time up': 'No phone of yours has joined.',
      },
      leadsTo: {
        joined: 'bring second',
        over: stopped('{why} Both calls are as they were.'),
        'time up': stopped('{why} Both calls are as they were.'),
      },
    },
    'bring second': {
      tool: 'create_call_party_with_bring_in',
      on: 'second',
      args: bringIn('second'),
      leaves: 'moved',
      unless: whileTalking('first', 'second', 'conference'),
      done(facts) {
        if (facts.id('first') !== undefined) return 'bring first';
        const away = awayWords(facts.call('conference'));
        return done(
          away === undefined
            ? '{second} is in your conference: all hear each other.'
            : `{second} is in your conference, where you are ${away}.`,
        );
      },
      refused: stopped('{second} was not brought in: {why} Both calls are as they were.'),
      unknown: stopped('It is not known whether {second} is in the conference: {why}'),
    },
    'bring first': {
      tool: 'create_call_party_with_bring_in',
      on: 'first',
      args: bringIn('first'),
      leaves: 'moved',
      done: done('{first}, {second} and you are in one conference: all hear each other.'),
      refused: stopped('{second} is in the conference; {first} was not brought in: {why}'),
      unknown: stopped('{second} is in the conference; it is not known whether {first} is: {why}'),
    },
  },
  interrupted: (facts) =>
    facts.hasDone('bring second')
      ? stopped('{why} {second} is in the conference, {first} is not.')
      : stopped('{why} Both calls are as they were.'),
  over: (role, facts) =>
    role === 'conference' || facts.hasDone(`bring ${role}`)
      ? undefined
      : facts.hasDone('bring second')
        ? stopped('The call with {first} is over. {second} is in the conference with you.')
        : stopped('One of the calls is over. Nobody was brought into a conference.'),
};
