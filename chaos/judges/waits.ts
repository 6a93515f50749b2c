import type { Transition } from '../phones.ts';
import type { Heard } from '../waiter.ts';

/** A change and the news of it take so long at most, in ms, that it belongs to a time in which events were lost. */
const newsMs = 10_000;

/** Everybody who waited was told of all that people did, apart from what was called lost. */
export function judgeWaits(heard: readonly Heard[], transitions: readonly Transition[]): string[] {
  return heard.flatMap(({ since, events, lost, twice, answers }, nth) => {
    const isExcused = ({ at }: Transition) =>
      at < since + newsMs || lost.some(({ from, to }) => at > from - newsMs && at < to);
    const missed = transitions.filter(
      (one) => !isExcused(one) && !events.has(`${one.partyId} ${one.status}`),
    );
    return [
      ...missed.map(
        ({ at, partyId, status }) =>
          `waiter ${nth}: ${partyId} ${status} at ${new Date(at).toISOString()}; told of ${toldOf(partyId, events)}; ${answerAbout(at, answers)}`,
      ),
      ...twice.map((event) => `waiter ${nth}: told twice of ${event}`),
    ];
  });
}

/** The answers in which it would have been told. */
const answerAbout = (at: number, answers: Heard['answers']): string =>
  answers
    .filter(({ after, cursor }) => after < (at + newsMs / 2) * 1_000 && cursor >= at * 1_000)
    .map((answer) => JSON.stringify(answer))
    .join(' ');

const toldOf = (partyId: string, events: Heard['events']): string =>
  [...events]
    .filter(([event]) => event.startsWith(`${partyId} `))
    .map(([event, time]) => `${event.split(' ')[1]} at ${time}`)
    .join(', ') || 'nothing of it';
