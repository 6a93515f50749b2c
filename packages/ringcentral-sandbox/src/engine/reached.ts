import type { Party, Reached } from './model.ts';
import type { Pbx } from './pbx.ts';

/** A call reaches few; more than this many are the traces of a loop. */
const KEPT = 200;

/** Notes whom a call reached, also for the short moments that nobody sees in a later GET /state. */
export function noteReached(
  pbx: Pbx,
  party: Party,
  how: Reached['how'],
  phones: Iterable<string> = [],
): void {
  const { reached } = party.call;
  reached.push({ at: pbx.clock.now(), party, how, phones: [...phones] });
  if (reached.length > KEPT) reached.shift();
}
