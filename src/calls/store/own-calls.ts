import { NewestFirst } from './newest-first.ts';
import type { SessionState } from './session-state.ts';

/** Of the live calls those with a party of one extension, so that nobody has to look for them among all. */
export class OwnCalls {
  readonly #calls = new Set<SessionState>();
  readonly #newestFirst = new NewestFirst();
  #extensionId: string | undefined;

  /** A call has changed. */
  note(session: SessionState, isLive: boolean): void {
    if (isLive && session.parties.some(({ party }) => party.extensionId === this.#extensionId))
      this.#add(session);
    else if (this.#calls.delete(session)) this.#newestFirst.changed();
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

  #add(session: SessionState): void {
    if (this.#calls.has(session)) return;
    this.#calls.add(session);
    this.#newestFirst.changed();
  }
}
