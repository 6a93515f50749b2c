import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Freshness } from './freshness.ts';
import type { SessionState } from './session-state.ts';

/**
 * Keeps what decides, for all calls alike, whether they count as fresh: the connection, losses, and who "you" are.
 */
export class StoreFreshness {
  readonly #clock: Clock;
  readonly #scope: Scope;
  #connected = false;
  /** Counts connections, their ends and losses of events. */
  #eventRun = 0;
  #doubtedAt = 0;
  /** The extension whose parties are "yours"; undefined until it is known. */
  ownExtensionId: string | undefined;

  constructor(clock: Clock, scope: Scope) {
    this.#clock = clock;
    this.#scope = scope;
  }

  /** Everything that was true before this stamp may have changed unseen; 0 = nothing was missed. */
  get doubtedAt(): number {
    return this.#doubtedAt;
  }

  /**
   * Sets whether events come in as they happen.
   * @returns whether that is a change
   */
  setConnected(connected: boolean): boolean {
    if (connected === this.#connected) return false;
    this.#eventRun += 1;
    this.#connected = connected;
    return true;
  }

  /** Events may have been lost before this stamp. */
  noteLoss(at: number): void {
    this.#doubtedAt = at;
    this.#eventRun += 1;
  }

  /** See `CallStore.eventRun`; `session` is undefined for a call that is not known. */
  eventRun(session: SessionState | undefined): number | undefined {
    return this.#connected ? this.#eventRun + (session?.gaps ?? 0) : undefined;
  }

  /** All of it as it is now. */
  now(): Freshness {
    return {
      scope: this.#scope,
      ownExtensionId: this.ownExtensionId,
      connected: this.#connected,
      doubtedAt: this.#doubtedAt,
      now: this.#clock.now(),
    };
  }
}
