import type { PartyView } from '../calls/store/views.ts';
import { lasting } from '../shared/moment.ts';

/**
 * ` for 12 s`: how long a party has been in its state; empty where that is not known, and for
 * less than a second. Of a stale party only the time up
 * to when it was seen counts.
 * @param now epoch ms
 */
export function howLong({ since, sinceFound, stale, asOf }: Partial<PartyView>, now: number): string {
  if (since === undefined) return '';
  const end = stale && asOf !== undefined ? Date.parse(asOf) : now;
  const time = end - Date.parse(since);
  return time < 1_000 ? '' : ` for ${sinceFound ? 'at least ' : ''}${lasting(time)}`;
}
