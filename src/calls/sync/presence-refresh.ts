import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Calls } from '../store/call-log.ts';
import type { BackgroundReads } from './background-reads.ts';
import type { PlatformReader } from './platform-reader.ts';
import type { Resynchronizer } from './resynchronizer.ts';
import { asFailure } from './retry.ts';
import { patienceMs, type SyncNotifier } from './sync-notifier.ts';
import type { WaitersShare } from './waiters-share.ts';

export interface PresenceRefreshOptions {
  calls: Calls;
  reader: PlatformReader;
  scope: Scope;
  signal: AbortSignal;
  reads: BackgroundReads;
  resynchronizer: Resynchronizer;
  notifier: SyncNotifier;
  /** Of the Light requests. */
  share: WaitersShare;
}

/** Reads presence when somebody asks, then the calls that it makes necessary to read. */
export class PresenceRefresh {
  readonly #options: PresenceRefreshOptions;

  constructor(options: PresenceRefreshOptions) {
    this.#options = options;
  }

  /** See `CallSync.refreshAll`. */
  async refreshAll(): Promise<void> {
    const { calls, reader, scope, resynchronizer, reads } = this.#options;
    const at = calls.stamp();
    const presences = await reader.readPresence(scope);
    const ids = new Set([...(await resynchronizer.comparePresence(presences, at)), ...calls.staleIds()]);
    // Not once more what is being read already.
    for (const id of ids) reads.wantUnlessQueued(id);
    await reads.untilRead(ids);
  }

  /**
   * Reads what can have changed without events; what has not come after `patienceMs` is left for the next time. Never
   * throws.
   * @param readsAll reads all that is stale, as for who looks; else what differs or is about to change, as for who
   * waits
   * @returns whether presence was read in time
   */
  poll(readsAll: boolean): Promise<boolean> {
    const { resynchronizer, notifier } = this.#options;
    const reading = readsAll ? this.refreshAll() : this.#readDiffering();
    const done = reading.then(
      () => true,
      (error: unknown) => {
        resynchronizer.noteFailure(asFailure(error));
        return false;
      },
    );
    return Promise.race([done, notifier.waitUntil(() => false, patienceMs).then(() => false)]);
  }

  async #readDiffering(): Promise<void> {
    const { calls, reader, scope, signal, resynchronizer, reads, share } = this.#options;
    const at = calls.stamp();
    const presences = await reader.readPresence(scope, { signal, priority: 'background' });
    const ids = new Set(await resynchronizer.comparePresence(presences, at));
    // Presence calls it ringing before and while it rings, and connected for who calls: see
    // `calls/store/presence-comparison.ts`.
    for (const id of calls.liveIds()) if (calls.isUnsettled(id)) ids.add(id);
    for (const id of ids) {
      share.spend();
      reads.wantUnlessQueued(id);
    }
    await reads.untilRead(ids);
  }
}
