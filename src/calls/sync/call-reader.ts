import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { SessionView } from '../store/views.ts';
import type { PlatformReader, ReadOptions } from './platform-reader.ts';

/** A call, as fresh as it could be had. */
export interface RecentCall {
  call: SessionView;
  /** Why a stale part of it could not be read again; absent when all went well. */
  trouble?: Failure;
}

export interface CallReaderOptions {
  calls: Calls;
  callLog: CallLog;
  reader: PlatformReader;
  clock: Clock;
  /** Whether events come in. */
  isConnected: () => boolean;
}

/** Reads single calls from the platform for a tool or a resource, and merges them into the store. */
export class CallReader {
  readonly #calls: Calls;
  readonly #callLog: CallLog;
  readonly #reader: PlatformReader;
  readonly #clock: Clock;
  readonly #isConnected: () => boolean;
  /** Readings under way by session, shared by all who ask for the same call. */
  readonly #underWay = new Map<string, Promise<SessionView>>();

  constructor({ calls, callLog, reader, clock, isConnected }: CallReaderOptions) {
    this.#calls = calls;
    this.#callLog = callLog;
    this.#reader = reader;
    this.#clock = clock;
    this.#isConnected = isConnected;
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  async refresh(telephonySessionId: string, options?: ReadOptions): Promise<SessionView> {
    return (await this.refreshTimed(telephonySessionId, options)).call;
  }

  /**
   * Like `refresh`, with the clock time `at` at which the request left: everything that changed before it is in
   * `call`. Finds out first which extension the login has, so that `yourPartyId` is known.
   */
  async refreshTimed(
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
      const session = await this.#reader.readSession(telephonySessionId, { ...options, onSend });
      await this.#callLog.snapshot(session, requestedAt);
    } catch (error) {
      if (isNotFound(error)) await this.#callLog.notFound(telephonySessionId, requestedAt);
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
   * The call as the events tell it. What they cannot tell is read again, unless that was done within `freshMs`;
   * without events the call is always read. With `partyId` only that party decides. Throws the reader's `Failure` for
   * a call that was never seen.
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
    if (known && reads.length === 0) return { call: known };
    const failures = (await Promise.allSettled(reads)).flatMap((read) =>
      read.status === 'rejected' ? [read.reason as unknown] : [],
    );
    const call = this.#calls.session(telephonySessionId);
    // That a call is not there any more is an answer.
    const trouble = failures.find((error) => !isNotFound(error));
    if (!call || (trouble !== undefined && !(trouble instanceof Failure))) throw trouble ?? failures[0];
    return { call, ...(trouble && { trouble }) };
  }

  /** Finds out which extension is logged in; without the right to read that, it stays unknown. */
  async #identify(): Promise<void> {
    if (this.#calls.isOwnKnown) return;
    const own = await this.#reader.identity().catch(() => undefined);
    if (own) await this.#callLog.setOwnExtension(own.extensionId);
  }

  /** Reads the call, with one request for all who ask while it is under way. */
  #refreshShared(telephonySessionId: string): Promise<SessionView> {
    const underWay = this.#underWay.get(telephonySessionId);
    if (underWay) return underWay;
    const read = this.refresh(telephonySessionId).finally(() => this.#underWay.delete(telephonySessionId));
    this.#underWay.set(telephonySessionId, read);
    return read;
  }
}

const isNotFound = (error: unknown): boolean => error instanceof Failure && error.kind === 'not_found';
