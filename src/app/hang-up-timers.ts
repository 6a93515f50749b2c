import { BoundedSet } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';

/** So many calls are remembered that were ended, for who waits for them. */
const LIMIT = 200;

/** A call that is to end by itself unless somebody answers. */
export interface HangUp {
  telephonySessionId: string;
  /** For whom it was placed. */
  principal: string;
  /** So often it is tried again where nothing could be sent. */
  retries: number;
}

/** What the replicas of a server have in common: each timer is carried out by one that lives then. */
export interface SharedHangUps {
  /** @throws Failure `unavailable`: it was not taken down */
  add(ms: number, hangUp: HangUp): Promise<void>;
  noteEnded(telephonySessionId: string): Promise<void>;
  /** Those of these calls that were ended because their time was up. */
  endedOf(telephonySessionIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * The calls of a line that end by themselves unless somebody answers. They belong to the server, not to the client that
 * placed them: to this process, or to all replicas together. There are as many as calls can be placed within two
 * minutes.
 */
export class HangUpTimers {
  readonly #clock: Clock;
  readonly #shared: SharedHangUps | undefined;
  readonly #closing = new AbortController();
  readonly #cancels = new Set<() => void>();
  readonly #ended = new BoundedSet<string>(LIMIT);

  constructor(clock: Clock, shared?: SharedHangUps) {
    this.#clock = clock;
    this.#shared = shared;
  }

  /**
   * Runs `run` once after `ms`, unless the timers are closed before. With replicas any of them carries it out, unless
   * nobody can be told: then this one.
   * @param run handles its own failures; its signal aborts when the timers are closed
   */
  async schedule(
    ms: number,
    hangUp: HangUp,
    run: (hangUp: HangUp, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#shared && (await isDone(this.#shared.add(ms, hangUp)))) return;
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      void run(hangUp, signal);
    });
    this.#cancels.add(cancel);
  }

  /** A call was ended because its time was up. */
  async noteEnded(telephonySessionId: string): Promise<void> {
    this.#ended.add(telephonySessionId);
    if (this.#shared) await isDone(this.#shared.noteEnded(telephonySessionId));
  }

  /** Those of these calls that were ended because their time was up, as far back as is remembered. */
  async endedOf(telephonySessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const here = telephonySessionIds.filter((id) => this.#ended.has(id));
    const elsewhere = telephonySessionIds.filter((id) => !this.#ended.has(id));
    if (!this.#shared || elsewhere.length === 0) return new Set(here);
    const ended = await this.#shared.endedOf(elsewhere).catch(ifUnavailable);
    return new Set([...here, ...(ended ?? [])]);
  }

  /** Cancels what this process alone would have run, and keeps no more. */
  close(): void {
    this.#closing.abort();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}

/** Whether the other replicas know of it now. */
const isDone = (told: Promise<void>): Promise<boolean> =>
  told.then(
    () => true,
    (error) => ifUnavailable(error) ?? false,
  );

function ifUnavailable(error: unknown): undefined {
  if (error instanceof Failure && error.kind === 'unavailable') return undefined;
  throw error;
}
