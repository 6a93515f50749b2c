import type { Failure } from '../shared/failure.ts';
import { createPlatform } from './create-platform.ts';
import type { Timing } from './feed/timing.ts';
import { WebhookFeed } from './feed/webhook-feed.ts';
import { WebSocketFeed } from './feed/websocket-feed.ts';
import type { Platform } from './platform.ts';
import type { RateLimiter } from './rest/rate-limiter.ts';
import { createRestClient, type RestClient, type RestClientOptions } from './rest/rest-client.ts';
import type { Feed, FeedContinuation } from './wire/feed.ts';
import type { Scope } from './wire/scope.ts';

export interface RingCentralOptions extends RestClientOptions {
  scope: Scope;
  /** The client of a login that was used before; absent: a new one. */
  rest?: RestClient;
  timing?: Partial<Timing>;
  /** Events come to this address, instead of over a WebSocket. */
  webhook?: { address: string; verificationToken: string };
}

/**
 * One login to RingCentral: REST, events, and the rate limit that both share. Nothing is sent before the first use.
 */
export interface RingCentral {
  readonly platform: Platform;
  readonly feed: Feed;
  /**
   * A feed of its own, for a process that reads the events of others, too: it goes on where another stopped.
   */
  createFeed(continuation: FeedContinuation): Feed;
  readonly rateLimiter: RateLimiter;
  readonly serverUrl: string;
  /** What the host's clock, which may be hours off, showed at a time of the platform; both in epoch ms. */
  hostTime(platformTime: number): number;
  /** App permissions of the login; logs in if needed. @throws Failure */
  scopes(): Promise<ReadonlySet<string>>;
  /** Whether RingCentral has refused the login, and not accepted it since. */
  isRefused(): boolean;
  /** As `RestClient.giveUpReading`. */
  giveUpReading(): void;
  /** Closes the feed; the login stays, for the next that is given its `rest`. */
  disconnect(): Promise<void>;
  /**
   * Closes the feed, then revokes the login.
   * @param why requests fail with this from now on; absent: the server ends
   */
  close(why?: Failure): Promise<void>;
}

export function createRingCentral({ scope, timing, webhook, ...options }: RingCentralOptions): RingCentral {
  const { rest = createRestClient(options) } = options;
  const { clock, log } = options;
  const createFeed = (continuation?: FeedContinuation): Feed =>
    webhook
      ? new WebhookFeed({ rest, scope, clock, log, ...webhook })
      : new WebSocketFeed({
          ...{ rest, scope, clock, log },
          ...(timing && { timing }),
          ...(continuation && { continuation }),
        });
  const feed = createFeed();
  const platform = createPlatform(rest, clock);
  return {
    platform,
    feed,
    createFeed,
    rateLimiter: rest.rateLimiter,
    serverUrl: rest.serverUrl,
    hostTime: (platformTime) => rest.skew.hostTime(platformTime),
    scopes: () => rest.login.scopes(),
    isRefused: () => rest.login.isRefused,
    giveUpReading: () => rest.giveUpReading(),
    disconnect: () => feed.close(),
    async close(why) {
      await feed.close();
      await rest.close(why);
    },
  };
}
