import type { Picture, PictureOptions } from '../calls/picture.ts';
import type { Sync } from '../calls/sync/sync.ts';
import type { CreateGuardMemory } from '../guard/memory.ts';
import type { RestClientOptions } from '../ringcentral/rest/rest-client.ts';
import type { Feed, FeedContinuation } from '../ringcentral/wire/feed.ts';
import type { Logger } from '../shared/log.ts';
import type { SharedHangUps } from './hang-up-timers.ts';
import type { PlanBoard } from './plan-board.ts';

/** What the replicas of a server share of one line. */
export interface SharedLine {
  /** Names the line at every replica; tells nothing of its login. */
  readonly id: string;
  /** What RingCentral sends with each delivery to a webhook, the same for all of them. A secret. */
  readonly webhookToken: string;
  /** What its guards remember. */
  readonly guardMemory: CreateGuardMemory;
  /**
   * What requests share with those of the other replicas: the rate limit, and the tokens of a login that is made with a
   * JWT; who has signed in has tokens in the vault.
   */
  requests(
    credentials: RestClientOptions['credentials'],
    log: Logger,
  ): Pick<RestClientOptions, 'rateLimiter' | 'tokens'>;
  /** The calls that end by themselves. */
  readonly hangUps: SharedHangUps;
  /** The plans, as long as the line is open here. */
  openPlans(): PlanBoard;
  /**
   * The picture that all of them show.
   * @param createFeed makes the feed of the replica that leads, for each of its terms
   */
  openPicture(options: PictureOptions, createFeed: (continuation: FeedContinuation) => Feed): SharedPicture;
}

export interface SharedPicture extends Picture {
  sync: Sync & {
    /** Hands over to another replica where this one leads, and stops. */
    end(): Promise<void>;
    /** Has the replica that leads read a delivery to the webhook. @throws Failure `unavailable` */
    deliver(notification: unknown): Promise<void>;
  };
}
