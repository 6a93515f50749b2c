import type { SessionState } from './session-state.ts';

interface Begun {
  session: SessionState;
  /** As it was when they were sorted. */
  creationTime: string | undefined;
  /** Epoch ms; 0 where it is not known. */
  at: number;
}

/**
 * Calls by when they began, the newest first. Sorted again only after one has come, has gone, or turned out to have
 * begun at another time: every result of a tool asks for this order.
 */
export class NewestFirst {
  #begun: Begun[] = [];
  #sorted: readonly SessionState[] | undefined;

  /** One of them has come or has gone. */
  changed(): void {
    this.#sorted = undefined;
  }

  of(sessions: Iterable<SessionState>): readonly SessionState[] {
    if (
      this.#sorted &&
      this.#begun.every(({ session, creationTime }) => session.creationTime === creationTime)
    )
      return this.#sorted;
    this.#begun = Array.from(sessions, (session) => ({
      session,
      creationTime: session.creationTime,
      at: Date.parse(session.creationTime ?? '') || 0,
    })).sort((one, other) => other.at - one.at);
    this.#sorted = this.#begun.map(({ session }) => session);
    return this.#sorted;
  }
}
