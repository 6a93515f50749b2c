import type { Party, Reached } from './model.ts';
import type { Pbx } from './pbx.ts';

/** Notes of a call that are kept, the newest. */
const NOTES_KEPT = 200;

/**
 * Notes for GET /state that a call came to a party, so that it shows later too. `phones`: device ids and outside
 * numbers.
 */
export function noteReached(
  pbx: Pbx,
  party: Party,
  how: Reached['how'],
  phones: Iterable<string> = [],
): void {
  const { reached } = party.call;
  reached.push({ at: pbx.clock.now(), party, how, phones: [...phones] });
  if (reached.length > NOTES_KEPT) reached.shift();
}
