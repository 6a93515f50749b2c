import type { Feed } from '../../ringcentral/wire/feed.ts';
import { Failure, isTransient } from '../../shared/failure.ts';
import { isoTime } from '../store/build-view.ts';
import type { Calls } from '../store/call-log.ts';
import type { FeedView } from '../store/views.ts';
import type { Coverage } from './coverage.ts';
import { isDown } from './feed-connection.ts';
import type { Resynchronizer } from './resynchronizer.ts';
import { patienceMs } from './sync-notifier.ts';

export interface SyncStatusOptions {
  calls: Calls;
  feed: Feed;
  coverage: Coverage;
  resynchronizer: Resynchronizer;
}

/** Tells how true the store is, and why it is not truer. */
export class SyncStatus {
  readonly #options: SyncStatusOptions;

  constructor(options: SyncStatusOptions) {
    this.#options = options;
  }

  /** See `CallSync.failure`. */
  get failure(): Failure | undefined {
    return this.#isAnythingKnown ? undefined : this.#options.coverage.failure;
  }

  /** See `CallSync.unavailableReason`. */
  get unavailableReason(): Failure | undefined {
    if (this.#isAnythingKnown) return undefined;
    if (this.failure) return this.failure;
    const { state, reason } = this.#options.feed.status;
    return new Failure(
      'unavailable',
      `The calls have not been read yet: the event feed is ${state}${reason ? ` (${reason})` : ''}. ` +
        'Try again in a few seconds.',
    );
  }

  /** The first sync will not come soon: the platform has refused it, or cannot be reached. */
  get isHopeless(): boolean {
    const { feed, coverage, resynchronizer } = this.#options;
    const { fullSync } = resynchronizer;
    const { failure } = fullSync ?? coverage;
    if (failure === undefined) return false;
    return isDown(feed) || (fullSync?.isHopeless(patienceMs) ?? !isTransient(failure));
  }

  /** See `CallSync.status`. */
  view(): FeedView {
    const { calls, feed, coverage, resynchronizer } = this.#options;
    const { isSynced, hasFirstSync, fullSync, progress } = resynchronizer;
    const { state, since, reason } = feed.status;
    const { comparedAt, missing } = coverage;
    const unread = coverage.unread(progress);
    const trouble = this.failure?.message ?? reason ?? unread[0];
    const isTrue = state === 'live' && isSynced && hasFirstSync && trouble === undefined;
    const unlisted = coverage.unlisted(progress);
    return {
      state,
      stale: !isTrue,
      since: isoTime(since),
      asOf: comparedAt === undefined ? null : isoTime(comparedAt),
      ...(trouble !== undefined && { reason: trouble }),
      ...(missing > 0 && { missing }),
      ...(unread.length > 0 && { unread }),
      ...(unlisted.length > 0 && { unlisted }),
      ...(fullSync && { progress: { read: fullSync.total - fullSync.unread.size, total: fullSync.total } }),
      // Found where somebody reads it: it takes a look at every live call.
      get oldestUnverified() {
        const oldest = calls.oldestVerifiedAt();
        return oldest === undefined ? undefined : isoTime(oldest);
      },
    };
  }

  /** Everything was read once, or events tell a part. */
  get #isAnythingKnown(): boolean {
    return this.#options.resynchronizer.hasFirstSync || this.#options.resynchronizer.isSynced;
  }
}
