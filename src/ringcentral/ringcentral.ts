import { createPlatform } from './create-platform.ts';
import type { Timing } from './feed/timing.ts';
import { WebhookFeed } from './feed/webhook-feed.ts';
import { WebSocketFeed } from './feed/websocket-feed.ts';
import type { Platform } from './platform.ts';
import type { RateLimiter } from './rest/rate-limiter.ts';
import { createRestClient, type RestClientOptions } from './rest/rest-client.ts';
import type { Feed } from './wire/feed.ts';
import type { Scope } from './wire/scope.ts';

export interface RingCentralOptions extends RestClientOptions {
  scope: Scope;
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
  /** Takes a delivery to the webhook; absent without one. */
  receive?(notification: unknown): void;
  readonly rateLimiter: RateLimiter;
  readonly serverUrl: string;
  /** What the host's clock, which may be hours off, showed at a time of the platform; both in epoch ms. */
  hostTime(platformTime: number): number;
  /** App permissions of the login; logs in if needed. @throws Failure */
  scopes(): Promise<ReadonlySet<string>>;
  /** Closes the feed, then revokes the login. */
  close(): Promise<void>;
}

export function createRingCentral({ scope, timing, webhook, ...options }: RingCentralOptions): RingCentral {
  const rest = createRestClient(options);
  const { clock, log } = options;
  const webhookFeed = webhook && new WebhookFeed({ rest, scope, clock, log, ...webhook });
  const feed = webhookFeed ?? new WebSocketFeed({ rest, scope, clock, log, ...(timing ? { timing } : {}) });
  const platform = createPlatform(rest, clock);
  return {
    platform,
    feed,
    ...(webhookFeed && { receive: (notification: unknown) => webhookFeed.receive(notification) }),
    rateLimiter: rest.rateLimiter,
    serverUrl: rest.serverUrl,
    hostTime: (platformTime) => rest.skew.hostTime(platformTime),
    scopes: () => rest.login.scopes(),
    async close() {
      await feed.close();
      await platform.close();
    },
  };
}
