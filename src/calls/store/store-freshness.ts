import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Freshness } from './freshness.ts';
import type { SessionState } from './session-state.ts';
import type { FrameDump } from './store-dump.ts';

/**
 * Keeps what decides, for all calls alike, whether they count as fresh: the connection, losses, and who "you" are.
 */
export class StoreFreshness {
  readonly #clock: Clock;
  readonly #scope: Scope;
  #connected = false;
  /** Whether who brings the events has been heard lately; always so where this process reads them itself. */
  #isHeard = true;
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

  /**
   * Sets whether who brings the events has been heard lately: else they may come in elsewhere, and not here.
   * @returns whether that is a change
   */
  setHeard(isHeard: boolean): boolean {
    if (isHeard === this.#isHeard) return false;
    this.#isHeard = isHeard;
    return true;
  }

  /** Events may have been lost before this stamp. */
  noteLoss(at: number): void {
    this.#doubtedAt = at;
    this.#eventRun += 1;
  }

  dump(): Pick<FrameDump, 'connected' | 'eventRun' | 'doubtedAt' | 'ownExtensionId'> {
    return {
      connected: this.#connected,
      eventRun: this.#eventRun,
      doubtedAt: this.#doubtedAt,
      ...(this.ownExtensionId !== undefined && { ownExtensionId: this.ownExtensionId }),
    };
  }

  load({ connected, eventRun, doubtedAt, ownExtensionId }: ReturnType<StoreFreshness['dump']>): void {
    this.#connected = connected;
    this.#eventRun = eventRun;
    this.#doubtedAt = doubtedAt;
    this.ownExtensionId = ownExtensionId;
  }

  /** See `CallStore.eventRun`; `session` is undefined for a call that is not known. */
  eventRun(session: SessionState | undefined): number | undefined {
    return this.#isConnected ? this.#eventRun + (session?.gaps ?? 0) : undefined;
  }

  /** All of it as it is now. */
  now(): Freshness {
    return {
      scope: this.#scope,
      ownExtensionId: this.ownExtensionId,
      connected: this.#isConnected,
      doubtedAt: this.#doubtedAt,
      now: this.#clock.now(),
    };
  }

  get #isConnected(): boolean {
    return this.#connected && this.#isHeard;
  }
}
