import { type CallParty, isBroughtIn } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import { isoTime } from './build-view.ts';
import { isBeingRecorded } from './party.ts';
import type { HistoryEntry } from './views.ts';

/** Which entries of the history are wanted; all when empty. */
export interface HistoryFilter {
  telephonySessionId?: string;
  partyId?: string;
}

/** A part of the history. `next` is the cursor for the next call: nothing is missed, nothing comes twice. */
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
  limit?: number;
}

/** An entry as it is kept, with the party as it was then. `time` in epoch ms. */
interface Happening {
  telephonySessionId: string;
  party: CallParty;
  time: number;
  isLate: boolean;
}

interface Waiter {
  filter: HistoryFilter;
  until: ((entry: HistoryEntry) => boolean) | undefined;
  wake: () => void;
}

const defaultCapacity = 10_000;
const defaultLimit = 100;
const maxWaiters = 1_000;

/** The last `capacity` changes of all calls, numbered by cursors that only grow. */
export class History {
  readonly #ring: Happening[] = [];
  readonly #capacity: number;
  /** Cursor before the first entry ever. */
  readonly #start: number;
  #newest: number;
  readonly #waiters = new Set<Waiter>();

  /** @param start higher than any cursor of an earlier run, so that those are recognised as lost */
  constructor(start: number, capacity: number = defaultCapacity) {
    this.#start = start;
    this.#newest = start;
    this.#capacity = capacity;
  }

  /** Cursor of the newest entry: `since(newest)` gives only what is yet to come. */
  get newest(): number {
    return this.#newest;
  }

  /** Adds what a party has become; the object must not change afterwards. `time` in epoch ms. */
  add(telephonySessionId: string, party: CallParty, time: number, isLate: boolean): void {
    this.#newest += 1;
    const index = this.#indexOf(this.#newest);
    this.#ring[index] = { telephonySessionId, party, time, isLate };
    if (this.#waiters.size > 0) this.#wake(this.#newest);
  }

  /** Entries after `cursor`, oldest first, at most `limit`. */
  since(cursor: number, filter: HistoryFilter = {}, limit: number = defaultLimit): HistorySlice {
    const first = Math.max(this.#start, this.#newest - this.#capacity);
    const lost = !(cursor >= first && cursor <= this.#newest);
    const entries: HistoryEntry[] = [];
    let next = lost ? first : cursor;
    while (next < this.#newest && entries.length < limit) {
      next += 1;
      const happening = this.#ring[this.#indexOf(next)];
      if (happening && passes(happening, filter)) entries.push(entryView(happening, next));
    }
    return lost ? { entries, next, lost } : { entries, next };
  }

  /**
   * Like `since`, but waits until there is an entry. When `signal` aborts, it returns what there is.
   * @throws Failure `rate_limited` when too many wait already
   */
  async wait(cursor: number, filter: HistoryFilter, options: WaitOptions): Promise<HistorySlice> {
    const { signal, until, limit } = options;
    const slice = this.since(cursor, filter, limit);
    const found = until ? slice.entries.some(until) : slice.entries.length > 0;
    if (found || slice.lost || slice.next < this.#newest || signal.aborted) return slice;
    if (this.#waiters.size >= maxWaiters) {
      throw new Failure(
        'rate_limited',
        `${maxWaiters} callers wait for call events already; try again soon.`,
        {
          retryAfterSeconds: 5,
        },
      );
    }
    await new Promise<void>((resolve) => {
      const waiter: Waiter = { filter, until, wake };
      const waiters = this.#waiters;
      function wake(): void {
        waiters.delete(waiter);
        signal.removeEventListener('abort', wake);
        resolve();
      }
      waiters.add(waiter);
      signal.addEventListener('abort', wake);
    });
    return this.since(cursor, filter, limit);
  }

  #indexOf(cursor: number): number {
    return (cursor - this.#start - 1) % this.#capacity;
  }

  #wake(cursor: number): void {
    const happening = this.#ring[this.#indexOf(cursor)];
    if (!happening) return;
    for (const waiter of this.#waiters) {
      if (!passes(happening, waiter.filter)) continue;
      if (!waiter.until || waiter.until(entryView(happening, cursor))) waiter.wake();
    }
  }
}

const passes = ({ telephonySessionId, party }: Happening, filter: HistoryFilter): boolean =>
  (filter.telephonySessionId === undefined || telephonySessionId === filter.telephonySessionId) &&
  (filter.partyId === undefined || party.id === filter.partyId);

const entryView = ({ telephonySessionId, party, time, isLate }: Happening, cursor: number): HistoryEntry => ({
  cursor,
  time: isoTime(time),
  telephonySessionId,
  partyId: party.id,
  direction: party.direction,
  status: party.status.code,
  reason: party.status.reason,
  muted: party.muted,
  recording: party.recordings && isBeingRecorded(party.recordings),
  joined: isBroughtIn(party) ? true : undefined,
  late: isLate ? true : undefined,
});
