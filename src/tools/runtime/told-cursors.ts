import { BoundedMap } from '../../shared/bounded.ts';

/** Up to where a result tells what has happened, and of which calls. */
export interface Told {
  /** Position in the line's history (`History.newest`): all up to it is in the result, as it was then. */
  cursor: number;
  calls: readonly string[] | 'all';
  /** Of a wait for all calls: those that ring, which the next wait need not begin with. */
  ringing?: readonly string[];
}

/** So many calls are kept with a cursor of their own; of the others more is told than needed, never less. */
const capacity = 200;

/**
 * What one session was told, so that a wait without a cursor goes on from there: nothing falls between an act and the
 * wait that follows it. A result about one call does not count for the others, whose changes it does not show.
 */
export class ToldCursors {
  #ofAll: number | undefined;
  readonly #ofCalls = new BoundedMap<string, number>(capacity);
  #ringing: ReadonlySet<string> = new Set();

  /** Takes note of a result that the session gets. Cursors only go forward. */
  add({ cursor, calls, ringing }: Told): void {
    if (ringing) this.#ringing = new Set(ringing);
    if (calls === 'all') {
      this.#ofAll = Math.max(this.#ofAll ?? 0, cursor);
      return;
    }
    // What happened before the first result was not seen by anybody: waits begin there.
    this.#ofAll ??= cursor;
    for (const id of calls) this.#ofCalls.set(id, Math.max(cursor, this.#ofCalls.get(id) ?? 0));
  }

  /** The cursor to go on from for one call, or for all; undefined where nothing was told yet. */
  since(telephonySessionId?: string): number | undefined {
    const ofCall = telephonySessionId === undefined ? undefined : this.#ofCalls.get(telephonySessionId);
    return ofCall === undefined ? this.#ofAll : Math.max(ofCall, this.#ofAll ?? 0);
  }

  /** Whether a result about this call has told already what happened at `cursor`. */
  covers(telephonySessionId: string, cursor: number): boolean {
    return cursor <= (this.#ofCalls.get(telephonySessionId) ?? 0);
  }

  /** Whether a wait has told that this call rings. */
  hasToldRinging(telephonySessionId: string): boolean {
    return this.#ringing.has(telephonySessionId);
  }
}
