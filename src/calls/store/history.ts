import { type CallParty, isBroughtIn } from '../../ringcentral/wire/session.ts';
import { Failure, waitWords } from '../../shared/failure.ts';
import { isoTime } from './build-view.ts';
import type { Positions } from './log-positions.ts';
import { isBeingRecorded } from './party.ts';
import type { HistoryEntry } from './views.ts';

/** Which entries of the history are wanted; all when empty. */
export interface HistoryFilter {
  telephonySessionId?: string;
  partyId?: string;
  /** Leaves out what was told already. `cursor` is the entry's. */
  without?: ((telephonySessionId: string, cursor: number) => boolean) | undefined;
}

/** A part of the history. `next` is the cursor for the next call: nothing is missed, nothing comes twice. */
export interface HistorySlice {
  entries: HistoryEntry[];
  next: number;
  /**
   * Entries after the cursor are gone (the history is bounded), events were lost on the way, or the cursor is from
   * another run.
   */
  lost?: true;
}

export interface WaitOptions {
  signal: AbortSignal;
  /** Wait on until an entry that passes the filter also passes this; any entry when absent. */
  until?: (entry: HistoryEntry) => boolean;
  limit?: number;
}

/** An entry as it is kept, with the party as it was then. `time` in epoch ms. */
export interface Happening {
  position: number;
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
/** When, in seconds, who finds no place among them may try again. */
const waitAgainSeconds = 5;

/** The last `capacity` changes of all calls. A cursor is the position of the last entry that was told. */
export class History {
  readonly #positions: Positions;
  readonly #capacity: number;
  /** Other processes replay the same: a cursor from one that is ahead is not lost, but waits. */
  readonly #isShared: boolean;
  /** These, and the one before them. */
  readonly #ring: Happening[] = [];
  /** How many entries there ever were. */
  #count = 0;
  /** Before the first entry. */
  #beginning: number;
  #newest: number;
  /** Position at which events were lost last: whoever asks from before it has missed something. */
  #lostAt = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(positions: Positions, capacity: number = defaultCapacity, isShared = false) {
    this.#positions = positions;
    this.#isShared = isShared;
    this.#capacity = capacity;
    this.#beginning = positions.last;
    this.#newest = positions.last;
  }

  /** The entries after a position, oldest first. */
  after(position: number): Happening[] {
    const happenings: Happening[] = [];
    for (let nth = this.#firstAfter(position); nth < this.#count; nth += 1) happenings.push(this.#nth(nth));
    return happenings;
  }

  /** Takes these, oldest first, in the place of all that is kept; what was before them is lost. */
  load(happenings: readonly Happening[], position: number, lostAt: number): void {
    const kept = happenings.slice(-this.#capacity);
    this.#ring.length = 0;
    this.#ring.push(...kept);
    this.#count = kept.length;
    this.#beginning = kept[0] ? kept[0].position - 1 : position;
    this.#lostAt = lostAt;
    this.#newest = Math.max(kept.at(-1)?.position ?? position, lostAt);
    for (const waiter of this.#waiters) waiter.wake();
  }

  /** Cursor of the newest entry: `since(newest)` gives only what is yet to come. */
  get newest(): number {
    return this.#newest;
  }

  /** Events were lost: what happened before this can have more to it than is kept. */
  noteLoss(): void {
    this.#lostAt = this.#positions.next();
    this.#newest = this.#lostAt;
    for (const waiter of this.#waiters) waiter.wake();
  }

  get lostAt(): number {
    return this.#lostAt;
  }

  /** Adds what a party has become; the object must not change afterwards. `time` in epoch ms. */
  add(telephonySessionId: string, party: CallParty, time: number, isLate: boolean): void {
    const position = this.#positions.next();
    const happening = { position, telephonySessionId, party, time, isLate };
    this.#ring[this.#count % (this.#capacity + 1)] = happening;
    this.#count += 1;
    this.#newest = position;
    if (this.#waiters.size > 0) this.#wake(happening);
  }

  /** Entries after `cursor`, oldest first, at most `limit`. */
  since(cursor: number, filter: HistoryFilter = {}, limit: number = defaultLimit): HistorySlice {
    const dropped = this.#dropped();
    const isGone = !(cursor >= dropped && (cursor <= this.#newest || this.#isShared));
    const entries: HistoryEntry[] = [];
    let next = isGone ? dropped : cursor;
    for (let nth = this.#firstAfter(next); nth < this.#count && entries.length < limit; nth += 1) {
      const happening = this.#nth(nth);
      next = happening.position;
      if (passes(happening, filter)) entries.push(entryView(happening));
    }
    // Told with what came right before it, and once.
    const isAtEnd = this.#firstAfter(next) === this.#count;
    const hasLoss = cursor < this.#lostAt && (isAtEnd || next >= this.#lostAt);
    if (hasLoss) next = Math.max(next, this.#lostAt);
    return isGone || hasLoss ? { entries, next, lost: true } : { entries, next };
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
        `${maxWaiters} waits for call events go on already, and no more can.${waitWords(waitAgainSeconds)}`,
        { retryAfterSeconds: waitAgainSeconds },
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

  /**
   * Position of the last entry that has been dropped, or of the beginning. Found when somebody asks: to look at so old an
   * entry takes longer than to add one.
   */
  #dropped(): number {
    const nth = this.#count - this.#capacity - 1;
    return nth < 0 ? this.#beginning : this.#nth(nth).position;
  }

  /** The `nth` entry that there ever was; one that is still kept, or the last that is not. */
  #nth(nth: number): Happening {
    return this.#ring[nth % (this.#capacity + 1)] as Happening;
  }

  /** Which is the first entry after `position`; how many there are where there is none. */
  #firstAfter(position: number): number {
    let low = Math.max(0, this.#count - this.#capacity);
    let high = this.#count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#nth(middle).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #wake(happening: Happening): void {
    for (const waiter of this.#waiters) {
      if (!passes(happening, waiter.filter)) continue;
      if (!waiter.until || waiter.until(entryView(happening))) waiter.wake();
    }
  }
}

const passes = ({ telephonySessionId, party, position }: Happening, filter: HistoryFilter): boolean =>
  (filter.telephonySessionId === undefined || telephonySessionId === filter.telephonySessionId) &&
  (filter.partyId === undefined || party.id === filter.partyId) &&
  !filter.without?.(telephonySessionId, position);

const entryView = ({ position, telephonySessionId, party, time, isLate }: Happening): HistoryEntry => ({
  cursor: position,
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
