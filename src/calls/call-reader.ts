import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { LiveCalls } from './live-calls.ts';
import type { Reader, ReadOptions } from './reader.ts';
import type { SessionView } from './view.ts';

/** A call that was read. */
export interface RecentCall {
  call: SessionView;
  /** Why what is old in it could not be read again. */
  trouble?: Failure;
}

/** Reads single calls for who asks for them. */
export class CallReader {
  readonly #calls: LiveCalls;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #isConnected: () => boolean;
  /** Readings that somebody waits for. */
  readonly #underWay = new Map<string, Promise<SessionView>>();

  /** `isConnected`: events come in. */
  constructor(calls: LiveCalls, reader: Reader, clock: Clock, isConnected: () => boolean) {
    this.#calls = calls;
    this.#reader = reader;
    this.#clock = clock;
    this.#isConnected = isConnected;
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  async refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return (await this.look(telephonySessionId, options)).call;
  }

  /**
   * The same, with the clock's time `at` which the request left: what changed before it is in the answer. Who of the
   * call the login is, is found out first.
   */
  async look(
    telephonySessionId: string,
    options: ReadOptions = {},
  ): Promise<{ call: SessionView; at: number }> {
    await this.#identify();
    let requestedAt = this.#calls.stamp();
    let at = this.#clock.now();
    const onSend = (): void => {
      requestedAt = this.#calls.stamp();
      at = this.#clock.now();
    };
    try {
      this.#calls.snapshot(
        await this.#reader.readSession(telephonySessionId, { ...options, onSend }),
        requestedAt,
      );
    } catch (error) {
      if (isNotFound(error)) this.#calls.notFound(telephonySessionId, requestedAt);
      throw error;
    }
    const call = this.#calls.session(telephonySessionId);
    if (call) return { call, at };
    throw new Failure(
      'unavailable',
      'There are too many live calls to show this one. Try again when some have ended.',
    );
  }

  /**
   * The call as it is now as far as events tell; what they do not tell has been read a moment ago, or is read now.
   * Throws the reader's `Failure` for a call that was never seen.
   */
  async recent(telephonySessionId: string, partyId?: string): Promise<RecentCall> {
    const known = this.#calls.session(telephonySessionId);
    const party = known?.parties.find(({ id }) => id === partyId);
    const isOld = !known || !this.#isConnected() || (party ?? known).stale;
    const reads = isOld ? [this.#refreshShared(telephonySessionId)] : [];
    // The people of a conference are in calls of their own.
    for (const { telephonySessionId: id, people } of known?.members ?? []) {
      if (id !== undefined && people.some(({ stale }) => stale)) reads.push(this.#refreshShared(id));
    }
    const failures = (await Promise.allSettled(reads)).flatMap((read) =>
      read.status === 'rejected' ? [read.reason as unknown] : [],
    );
    const call = this.#calls.session(telephonySessionId);
    // That a call is not there any more is an answer.
    const trouble = failures.find((error) => !isNotFound(error));
    if (!call || (trouble !== undefined && !(trouble instanceof Failure))) throw trouble ?? failures[0];
    return { call, ...(trouble && { trouble }) };
  }

  /** Whose parties are "yours"; it stays unknown where it cannot be read. */
  async #identify(): Promise<void> {
    if (this.#calls.isOwnKnown) return;
    const own = await this.#reader.identity().catch(() => undefined);
    if (own) this.#calls.setOwnExtension(own.extensionId);
  }

  /** One request for all who want the same call at the same time. */
  #refreshShared(telephonySessionId: string): Promise<SessionView> {
    const underWay = this.#underWay.get(telephonySessionId);
    if (underWay) return underWay;
    const read = this.refresh(telephonySessionId).finally(() => this.#underWay.delete(telephonySessionId));
    this.#underWay.set(telephonySessionId, read);
    return read;
  }
}

const isNotFound = (error: unknown): boolean => error instanceof Failure && error.kind === 'not_found';
