import type { Line } from '../../app/line.ts';
import type { HistoryFilter, HistorySlice } from '../../calls/store/history.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { HistoryEntry, SessionView } from '../../calls/store/views.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { ToldCursors } from './told-cursors.ts';
import { isRingingNow, WaitCondition } from './wait-condition.ts';

/** How a wait ended. */
export interface WaitEnd {
  /** What was waited for has happened, or is so now. */
  reached: boolean;
  /** Why it cannot happen any more, as the end of a sentence. */
  lost?: string;
  /** The calls that are in the wanted state already, where no event of this wait says so. */
  matching?: readonly SessionView[];
}

/** A call that a wait is about, and the party of it that matters; all parties where it is absent. */
export interface WatchedCall {
  id: string;
  partyId?: string | undefined;
}

interface CallWaitOptions {
  /** Absent: any change ends the wait. */
  condition: WaitCondition | undefined;
  /** Absent: all calls. */
  telephonySessionId: string | undefined;
  partyId: string | undefined;
  /** Cursor to go on from; absent: the last that the session was given. */
  after: number | undefined;
  /** Absent: there is no session, and a wait without a cursor judges the state now. */
  told: ToldCursors | undefined;
}

/** One wait for a change of calls: which calls and events it is about, and when it has ended. */
export class CallWait {
  readonly #line: Line;
  readonly #condition: WaitCondition | undefined;
  readonly #filter: HistoryFilter;
  readonly #from: number;
  /** Of the session whose last cursor this wait goes on from; undefined where a cursor was given. */
  readonly #told: ToldCursors | undefined;
  /**
   * Whether a call that is so already ends the wait. With a cursor the wait goes on from there; for a single call, where
   * no state is named, nothing but that cursor tells that it is not to be judged as it is.
   */
  readonly #matchesExisting: boolean;

  constructor(line: Line, { condition, telephonySessionId, partyId, after, told }: CallWaitOptions) {
    this.#line = line;
    this.#condition = condition;
    this.#told = after === undefined ? told : undefined;
    this.#filter = {
      ...(telephonySessionId && { telephonySessionId }),
      ...(partyId && { partyId }),
      without: (id, cursor) => this.#told?.covers(id, cursor) === true,
    };
    const from = after ?? told?.since(telephonySessionId);
    this.#from = from ?? line.calls.history.newest;
    this.#matchesExisting =
      telephonySessionId === undefined ? after === undefined : from === undefined && condition === undefined;
  }

  /** What has happened since the cursor, as much as one answer holds. */
  eventsSoFar(): HistorySlice {
    return this.#line.calls.history.since(this.#from, this.#filter);
  }

  /** The calls that ring now. */
  ringing(): SessionView[] {
    return this.#line.calls.active().filter((call) => isStillOn(call) && isRingingNow(call));
  }

  /** The call that is waited for, as it is now; undefined where the wait is for all calls. */
  currentCall(): SessionView | undefined {
    const { telephonySessionId } = this.#filter;
    return telephonySessionId === undefined ? undefined : this.#line.calls.session(telephonySessionId);
  }

  /** How the wait has ended with these events and the calls as they are now; undefined while it can go on. */
  endAfter({ entries }: HistorySlice): WaitEnd | undefined {
    if (entries.some(this.#isReachedBy)) return { reached: true };
    const matching = this.#matchesExisting ? this.#candidates().filter(this.#isMatching) : [];
    return matching.length > 0 ? { reached: true, matching } : endOfCall(this.currentCall(), this.#condition);
  }

  /** What has to be kept up to date for this wait; undefined where it is for all calls. */
  watchedCalls(): WatchedCall[] | undefined {
    const { telephonySessionId, partyId } = this.#filter;
    if (telephonySessionId === undefined) return undefined;
    // A conference's participant hangs up in the call that was brought in (platform.md 2.3.5).
    const member = this.currentCall()?.members?.find((one) => one.partyId === partyId);
    const ownCall = member?.telephonySessionId;
    const conference = { id: telephonySessionId, partyId };
    return ownCall === undefined ? [conference] : [conference, { id: ownCall }];
  }

  /**
   * Waits for an event that ends the wait, for a call that shows the end without one, or for `deadline`.
   * @param watched is kept up to date meanwhile; undefined: all calls
   * @param longestMs how long until `deadline`
   * @returns what has happened until then
   * @throws Failure `rate_limited` when too many wait already
   */
  async untilEnd(
    watched: WatchedCall[] | undefined,
    deadline: AbortSignal,
    longestMs: number,
  ): Promise<HistorySlice> {
    const ended = new AbortController();
    const stopWatching = keepUpToDate(watched, longestMs, this.#line, (changed) => {
      const isEnd = this.#matchesExisting
        ? changed !== undefined && this.#isMatching(changed)
        : endOfCall(this.currentCall(), this.#condition) !== undefined;
      if (isEnd) ended.abort();
    });
    const signal = AbortSignal.any([deadline, ended.signal]);
    const { history } = this.#line.calls;
    const options = { signal, until: this.#isReachedBy };
    return history.wait(this.#from, this.#filter, options).finally(stopWatching);
  }

  readonly #isReachedBy = (entry: HistoryEntry): boolean =>
    this.#condition?.isReachedBy(entry, (id) => this.#line.calls.session(id)) ?? true;

  /** Whether a call already is what is waited for: in the wanted state, or, where none is named, in one to tell of. */
  readonly #isMatching = (call: SessionView): boolean => {
    if (call.over) return false;
    if (this.#filter.telephonySessionId !== undefined) return isRingingNow(call) || hasBeenTaken(call);
    if (!isStillOn(call)) return false;
    if (this.#condition) return this.#condition.holds(call);
    return isRingingNow(call) && !this.#told?.hasToldRinging(call.id);
  };

  #candidates(): SessionView[] {
    if (this.#filter.telephonySessionId === undefined) return this.#line.calls.active();
    const call = this.currentCall();
    return call ? [call] : [];
  }
}

/** Whether you have not left the call. */
function isStillOn(call: SessionView): boolean {
  const own = ownParty(call);
  return own === undefined || !hasLeft(own);
}

/** Whether the call is answered, or in a mailbox: at you, or on a call that you placed at the other side. */
const hasBeenTaken = (call: SessionView): boolean =>
  ['Answered', 'VoiceMail'].some((state) => new WaitCondition(state, undefined).holds(call));

/** How the wait for one call has ended, as the view of the call shows it without any event. */
function endOfCall(call: SessionView | undefined, condition: WaitCondition | undefined): WaitEnd | undefined {
  if (call === undefined) return undefined;
  if (condition?.holds(call)) return { reached: true };
  const lost = condition ? condition.isLost(call) : call.over ? `the call ${call.id} is over` : undefined;
  return lost === undefined ? undefined : { reached: false, lost };
}

/**
 * Has the watched calls read while no event tells of them, for `waitMs` at most.
 * @param onChange gets each of them when it changed; undefined for one that is no longer known
 * @returns ends both
 */
function keepUpToDate(
  watched: WatchedCall[] | undefined,
  waitMs: number,
  { calls, sync }: Line,
  onChange: (changed: SessionView | undefined) => void,
): () => void {
  const stops = [
    calls.onChange(({ telephonySessionId: id }) => {
      if (!watched || watched.some((one) => one.id === id)) onChange(calls.session(id));
    }),
    ...(watched?.map(({ id, partyId }) => sync.watch(id, partyId, waitMs)) ?? [sync.watchAll(waitMs)]),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Reads what no event tells once more, for a wait whose time is up.
 * @param watched undefined: all calls
 * @returns false where it could not be read, or only in part
 */
export async function readOnceMore(watched: WatchedCall[] | undefined, sync: Line['sync']): Promise<boolean> {
  if (!watched) return sync.lookLastAtAll();
  const reads = await Promise.all(watched.map(({ id, partyId }) => sync.lookLast(id, partyId)));
  return reads.every(Boolean);
}
