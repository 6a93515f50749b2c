import { type Picture, type PictureOptions, storeBounds } from '../../calls/picture.ts';
import type { Feed, FeedContinuation } from '../../ringcentral/wire/feed.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import type { LogTail } from '../redis/log-tail.ts';
import type { Redis } from '../redis/redis.ts';
import { ReplicaSync } from './replica-sync.ts';
import { SharedPicture } from './shared-picture.ts';

export interface SharedPictureParts {
  redis: Redis;
  tail: LogTail;
  line: string;
  sealer: Sealer;
  log: Logger;
  /** How many other replicas live. */
  others: () => number;
}

export interface OpenSharedPicture extends Picture {
  sync: ReplicaSync;
}

/**
 * The picture of a line that several replicas show: one of them reads the platform, all of them replay what it writes.
 * @param createFeed the feed of whoever leads, a new one for each term
 */
export function openSharedPicture(
  { redis, tail, line, sealer, log, others }: SharedPictureParts,
  { hostTime, bounds, feed: _own, ...sync }: PictureOptions,
  createFeed: (continuation: FeedContinuation) => Feed,
): OpenSharedPicture {
  const { clock, scope, onDefect } = sync;
  const picture = new SharedPicture({
    ...{ redis, tail, line, scope, clock, hostTime, log, onDefect },
    ...(bounds && { bounds: storeBounds(bounds) }),
  });
  const replica = new ReplicaSync({ picture, redis, line, sealer, clock, log, others, createFeed, sync });
  return { calls: picture.calls, callLog: replica.callLog, sync: replica };
}
