import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { HttpHeaders } from '../rest/http-headers.ts';
import type { RateLimiter, RequestSlot } from '../rest/rate-limiter.ts';
import type { Scope } from '../wire/scope.ts';
import { disabledFilters, whyNoCallEvents } from './disabled-filters.ts';
import { fromStatus } from './feed-fault.ts';
import { type Frame, subscribeFrame } from './frames.ts';
import type { FeedInput } from './session-state.ts';

const subscription = z.object({ disabledFilters });

/** The request over the connection that subscribes to events, within the rate limit; one at a time. */
export class SubscribeRequest {
  readonly #rateLimiter: Pick<RateLimiter, 'admit'>;
  readonly #scope: Scope;
  /** The request that is not answered yet. */
  #asked: { messageId: string; slot: RequestSlot } | undefined;

  constructor(rateLimiter: Pick<RateLimiter, 'admit'>, scope: Scope) {
    this.#rateLimiter = rateLimiter;
    this.#scope = scope;
  }

  /**
   * The frame to send now, with its place in the rate limit.
   * @param isWanted asked once there is a place: whether the connection is still the one that it is for
   * @returns undefined where it is not wanted any more
   * @throws Failure `rate_limited`
   */
  async frame(presence: boolean, isWanted: () => boolean): Promise<string | undefined> {
    const route = 'POST /subscription';
    const slot = await this.#rateLimiter.admit({ route, group: 'medium', priority: 'read' });
    if (!isWanted()) {
      slot.notSent();
      return undefined;
    }
    this.#asked = { messageId: randomUUID(), slot };
    return subscribeFrame(this.#asked.messageId, this.#scope, presence);
  }

  /**
   * Takes the answer of the gateway.
   * @returns what it means; undefined for the answer to something else
   */
  answered({ messageId, status = 200, headers = {}, body }: Frame): FeedInput | undefined {
    if (!this.#asked || this.#asked.messageId !== messageId) return undefined;
    const all = new HttpHeaders();
    for (const [name, value] of Object.entries(headers)) all.set(name, String(value));
    this.#asked.slot.answered(status, all);
    this.#asked = undefined;
    if (status >= 200 && status < 300) return readSubscription(body);
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
    return { type: 'failed', trouble: fromStatus(status, 'Subscribe to events', text, all) };
  }

  /** The connection is gone: no answer comes any more. */
  abandon(): void {
    this.#asked?.slot.unanswered('the connection to the gateway broke');
    this.#asked = undefined;
  }
}

function readSubscription(body: unknown): FeedInput {
  const message = whyNoCallEvents(subscription.safeParse(body).data?.disabledFilters);
  if (message === undefined) return { type: 'subscribed' };
  return { type: 'failed', trouble: { kind: 'denied', message } };
}
