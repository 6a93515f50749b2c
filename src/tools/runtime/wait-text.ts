import type { HistorySlice } from '../../calls/store/history.ts';
import type { FeedView, HistoryEntry, SessionView } from '../../calls/store/views.ts';
import { formatCallLine, formatStaleness, formatUnread } from '../../presentation/format.ts';
import type { WaitEnd } from './call-wait.ts';
import { isRingingNow } from './wait-condition.ts';

/** So many events, and so many calls, are shown as text. */
const shown = 10;

/** What came of a wait. */
export interface WaitOutcome {
  slice: HistorySlice;
  /** Undefined: the time was up. */
  end: WaitEnd | undefined;
  /** More has happened than `slice` holds: the next call with its cursor gets it. */
  hasMore: boolean;
  /** Where the time was up: what no event tells was read at the end. */
  isVerified: boolean;
}

/** What a wait came to, as the text of its result: the events, then the calls as they are at `now` (epoch ms). */
export function formatWait(
  outcome: WaitOutcome,
  until: string | undefined,
  calls: readonly SessionView[],
  feed: FeedView,
  now: number,
): string {
  return [
    formatEvents(outcome, until),
    ...calls.slice(0, shown).map((call) => formatCallLine(call, now)),
    calls.length > shown && `${calls.length - shown} more: list_active_calls`,
    formatStaleness(feed, now),
    formatUnread(feed),
  ]
    .filter(Boolean)
    .join('\n');
}

function formatEvents(outcome: WaitOutcome, until: string | undefined): string {
  const { entries, lost } = outcome.slice;
  return [
    lost && 'Older events are no longer known: read the calls again with list_active_calls.',
    headline(outcome, until),
    entries.length > shown && `${entries.length - shown} before these`,
    ...entries.slice(-shown).map(formatEntry),
  ]
    .filter(Boolean)
    .join('\n');
}

function headline({ slice, end, hasMore, isVerified }: WaitOutcome, until: string | undefined) {
  const somethingHappened = slice.entries.length > 0;
  if (end?.matching && !until) return end.matching.every(isRingingNow) ? 'Ringing now:' : 'As it is now:';
  if (end?.reached) return until && !somethingHappened ? `It is ${until} already.` : 'Happened:';
  if (hasMore)
    return `${until ? `Not ${until} so far, but more` : 'More'} has happened: call again with this cursor.`;
  if (end) return `${until ? `Not ${until}, and it will not be` : 'Nothing more will happen'}: ${end.lost}.`;
  if (slice.lost) return somethingHappened && 'Of what came later:';
  if (!isVerified)
    return `Time is up, and RingCentral could not be asked again: ${until ? `not ${until}` : 'nothing'} as far as is known.`;
  return `Time is up${until ? `, not ${until} yet` : ', nothing happened'}.`;
}

const formatEntry = ({ telephonySessionId, partyId, status, reason, joined, late }: HistoryEntry): string =>
  [
    `${telephonySessionId} ${partyId}: ${status}${reason ? `/${reason}` : ''}`,
    joined && ' (has joined the conference)',
    late && ' (before that; told late)',
  ]
    .filter(Boolean)
    .join('');
