import type { Transition } from '../phones.ts';
import type { Heard } from '../waiter.ts';

/** A change and the news of it take so long at most, in ms, that it belongs to a time in which events were lost. */
const newsMs = 10_000;

/**
 * Everybody who waited was told of all that people did, apart from what was called lost.
 * @param lostNotifications so many notifications the platform lost: that many changes nobody heard of
 */
export function judgeWaits(
  heard: readonly Heard[],
  transitions: readonly Transition[],
  lostNotifications = 0,
): string[] {
  const missed = heard.map((one) => transitions.filter((transition) => hasMissed(one, transition)));
  const unheard = new Set(
    missed.flat().filter((one) => heard.every(({ events }) => !events.has(keyOf(one)))),
  );
  const unsent = new Set([...unheard].slice(0, lostNotifications));
  return heard.flatMap(({ events, twice, answers }, nth) => [
    ...(missed[nth] ?? [])
      .filter((transition) => !unsent.has(transition))
      .map(
        ({ at, partyId, status }) =>
          `waiter ${nth}: ${partyId} ${status} at ${new Date(at).toISOString()}; told of ${toldOf(partyId, events)}; ${answerAbout(at, answers)}`,
      ),
    ...twice.map((event) => `waiter ${nth}: told twice of ${event}`),
  ]);
}

function hasMissed({ since, events, lost }: Heard, transition: Transition): boolean {
  const { at } = transition;
  const isExcused = at < since + newsMs || lost.some(({ from, to }) => at > from - newsMs && at < to);
  return !isExcused && !events.has(keyOf(transition));
}

/** As `Heard.events` has it. */
const keyOf = ({ partyId, status }: Transition): string => `${partyId} ${status}`;

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
