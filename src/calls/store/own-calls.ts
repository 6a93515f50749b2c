import { NewestFirst } from './newest-first.ts';
import type { SessionState } from './session-state.ts';

/** Of the live calls those with a party of one extension, so that nobody has to look for them among all. */
export class OwnCalls {
  readonly #calls = new Set<SessionState>();
  readonly #newestFirst = new NewestFirst();
  #extensionId: string | undefined;

  /** A call has changed. */
  note(session: SessionState, isLive: boolean): void {
    if (this.#extensionId === undefined) return;
    const isOwn = isLive && hasPartyOf(session, this.#extensionId);
    if (isOwn === this.#calls.has(session)) return;
    if (isOwn) this.#calls.add(session);
    else this.#calls.delete(session);
    this.#newestFirst.changed();
  }

  /**
   * The calls with a party of this extension, newest first. Asked for another one than before it looks at all once.
   * @param live all live calls
   */
  of(extensionId: string, live: Iterable<SessionState>): readonly SessionState[] {
    if (extensionId !== this.#extensionId) {
      this.clear();
      this.#extensionId = extensionId;
      for (const session of live) this.note(session, true);
    }
    return this.#newestFirst.of(this.#calls);
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#calls.clear();
    this.#newestFirst.changed();
    this.#extensionId = undefined;
  }
}

/** A loop, because it is asked at each event. */
function hasPartyOf({ parties }: SessionState, extensionId: string): boolean {
  for (const { party } of parties) if (party.extensionId === extensionId) return true;
  return false;
}
