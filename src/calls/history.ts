import type { HistoryEntry } from './view.ts';

/** What of the history is wanted; everything when empty. */
export interface HistoryFilter {
  telephonySessionId?: string;
  partyId?: string;
}

/** An answer of the history. `next` goes into the next question: nothing is missed, nothing comes twice. */
export interface HistorySlice {
  entries: HistoryEntry[];
  next: number;
  /** Entries after the cursor are gone (the history is bounded), or the cursor is from another run. */
  lost?: true;
}

export interface WaitOptions {
  signal: AbortSignal;
  /** Wait on until an entry that passes the filter also passes this; any entry when absent. */
  until?: (entry: HistoryEntry) => boolean;
}

/** The last things that happened on all calls, numbered; bounded. */
export class History {
  /** Cursor of the newest entry: `since(newest)` gives only what is yet to come. */
  get newest(): number {
    throw new Error('not built yet');
  }

  /** Entries after `cursor`, oldest first, at most `limit`. */
  since(_cursor: number, _filter?: HistoryFilter, _limit?: number): HistorySlice {
    throw new Error('not built yet');
  }

  /** Like `since`, but waits until there is something. Aborting is a normal end: it answers what there is. */
  wait(_cursor: number, _filter: HistoryFilter, _options: WaitOptions): Promise<HistorySlice> {
    throw new Error('not built yet');
  }
}
