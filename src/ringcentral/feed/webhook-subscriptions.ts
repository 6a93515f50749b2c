import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import type { Scope } from '../wire/scope.ts';
import { id, list, maybe } from '../wire/tolerant.ts';
import { disabledFilters, whyNoCallEvents } from './disabled-filters.ts';
import { eventFilters } from './frames.ts';

export interface WebhookSubscriptionsOptions {
  rest: Pick<RestClient, 'send' | 'login'>;
  scope: Scope;
  log: Logger;
  /** Where RingCentral delivers to: https, reachable from the internet. */
  address: string;
  /** RingCentral sends it with each delivery; the receiver takes no delivery without it. */
  verificationToken: string;
}

const collection = '/restapi/v1.0/subscription';

const subscription = z.object({
  id,
  status: maybe(z.string()),
  blacklistedData: maybe(z.object({ reason: maybe(z.string()) })),
  deliveryMode: maybe(z.object({ transportType: maybe(z.string()), address: maybe(z.string()) })),
  disabledFilters,
});
const subscriptions = z.object({ records: list(subscription) });

/** What reading a subscription showed. `gone`: the platform does not know it; the object: it delivers no more. */
export type SubscriptionState = 'active' | 'gone' | { status: string; reason: string };

/** The webhook subscriptions at RingCentral that deliver to our address (platform.md 6). */
export class WebhookSubscriptions {
  readonly #options: WebhookSubscriptionsOptions;

  constructor(options: WebhookSubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * Subscribes to the events of calls, and to presence where the login may read it.
   * @returns the id
   * @throws Failure, `forbidden` also where the platform accepts the subscription without the events of calls
   */
  async create(): Promise<string> {
    const { rest, scope, address, verificationToken } = this.#options;
    const granted = await rest.login.scopes();
    const presence = granted.size === 0 || granted.has('ReadPresence');
    const body = {
      eventFilters: eventFilters(scope, presence),
      deliveryMode: { transportType: 'WebHook', address, verificationToken },
    };
    const answer = await this.#send({ method: 'POST', path: collection, group: 'medium', body });
    const created = subscription.safeParse(answer).data;
    if (!created) throw unreadable('Subscribe to events');
    const message = whyNoCallEvents(created.disabledFilters);
    if (message === undefined) return created.id;
    await this.remove(created.id);
    throw new Failure('forbidden', message, { errorCode: 'CMN-401' });
  }

  /** Removes subscriptions that an earlier process left behind: they would deliver everything twice. */
  async removeLeftovers(): Promise<void> {
    const answer = await this.#send({ method: 'GET', path: collection, group: 'light' });
    for (const { id, deliveryMode } of subscriptions.safeParse(answer).data?.records ?? []) {
      if (deliveryMode?.address === this.#options.address) await this.remove(id);
    }
  }

  /** Reads whether the subscription still delivers. A failed request proves nothing, and counts as active. */
  async check(id: string): Promise<SubscriptionState> {
    const request = { method: 'GET', path: `${collection}/${id}`, group: 'light' } as const;
    const answer = await this.#unlessGone(request);
    if (answer === gone) return 'gone';
    const { status, blacklistedData } = subscription.safeParse(answer).data ?? {};
    if (status === undefined || status === 'Active') return 'active';
    return { status, reason: blacklistedData?.reason ?? status };
  }

  /** @returns false where it had expired; a failed request proves nothing */
  async renew(id: string): Promise<boolean> {
    const request = { method: 'POST', path: `${collection}/${id}/renew`, group: 'light' } as const;
    return (await this.#unlessGone(request)) !== gone;
  }

  /** Never throws: one that stays ends by itself after seven days (platform.md 6.1). */
  async remove(id: string): Promise<void> {
    await this.#send({ method: 'DELETE', path: `${collection}/${id}`, group: 'medium' }).catch((error) =>
      this.#options.log.debug({ reason: String(error) }, 'a webhook subscription was not removed'),
    );
  }

  /** @returns `gone` where the platform does not know it, undefined where the request failed otherwise */
  async #unlessGone(request: SubscriptionRequest): Promise<unknown> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'not_found') return gone;
      this.#options.log.warn({ reason: String(error) }, 'the webhook subscription could not be checked');
      return undefined;
    }
  }

  async #send(request: SubscriptionRequest): Promise<unknown> {
    const route = request.path.replace(/(subscription\/)[^/]+/, '$1{subscriptionId}');
    const { body } = await this.#options.rest.send({
      ...request,
      route,
      what: 'Subscribe to events',
      acting: false,
    });
    return body;
  }
}

type SubscriptionRequest = Pick<RestRequest, 'method' | 'path' | 'group' | 'body'>;

const gone = Symbol('the platform does not know it');
