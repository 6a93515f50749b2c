import type { Picture, PictureOptions } from '../calls/picture.ts';
import type { Sync } from '../calls/sync/sync.ts';
import type { Feed, FeedContinuation } from '../ringcentral/wire/feed.ts';

/** What the replicas of a server share of one line. */
export interface SharedLine {
  /** Names the line at every replica; tells nothing of its login. */
  readonly id: string;
  /**
   * The picture that all of them show.
   * @param createFeed makes the feed of the replica that leads, for each of its terms
   */
  openPicture(
    options: PictureOptions,
    createFeed: (continuation: FeedContinuation) => Feed,
  ): Picture & { sync: Sync & { end(): Promise<void> } };
}
