import type { HistorySlice } from '../../calls/store/history.ts';
import type { FeedView, HistoryEntry, SessionView } from '../../calls/store/views.ts';
import { happened } from '../../presentation/event-words.ts';
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

/** What else the text of a wait is made from. */
interface Surroundings {
  feed: FeedView;
  /** Epoch ms. */
  now: number;
  /** A call as it is now. */
  callOf(telephonySessionId: string): SessionView | undefined;
  /** Whether this server ended a call because nobody had answered in time. */
  hasEndedByItself(telephonySessionId: string): boolean;
}

/** What a wait came to, as the text of its result: the events, then the calls as they are now. */
export function formatWait(
  outcome: WaitOutcome,
  until: string | undefined,
  calls: readonly SessionView[],
  { feed, now, callOf, hasEndedByItself }: Surroundings,
): string {
  return [
    formatEvents(outcome, until, callOf),
    ...calls
      .slice(0, shown)
      .map((call) =>
        hasEndedByItself(call.id)
          ? `Nobody had answered in time: this server ended the call, as announced when it was placed. ${formatCallLine(call, now)}`
          : formatCallLine(call, now),
      ),
    calls.length > shown && `${calls.length - shown} more: list_active_calls`,
    formatStaleness(feed, now),
    formatUnread(feed),
  ]
    .filter(Boolean)
    .join('\n');
}

function formatEvents(
  outcome: WaitOutcome,
  until: string | undefined,
  callOf: Surroundings['callOf'],
): string {
  const { entries, lost } = outcome.slice;
  const first = Math.max(0, entries.length - shown);
  return [
    lost && 'Older events are no longer known: read the calls again with list_active_calls.',
    headline(outcome, until),
    first > 0 && `${first} before these`,
    ...entries.slice(first).map((_entry, index) => formatEntry(entries, first + index, callOf)),
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

/** An event in words, after the handle of its call and the party's id. */
function formatEntry(
  entries: readonly HistoryEntry[],
  index: number,
  callOf: Surroundings['callOf'],
): string {
  const entry = entries[index] as HistoryEntry;
  const { telephonySessionId, partyId } = entry;
  const before = entries.slice(0, index).findLast((one) => one.partyId === partyId);
  const call = callOf(telephonySessionId);
  const late = entry.late ? ' (before that; told late)' : '';
  return `${call?.handle ?? telephonySessionId} ${partyId}: ${happened({ entry, call, before })}${late}`;
}
