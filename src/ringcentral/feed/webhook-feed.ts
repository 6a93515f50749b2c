import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { Failure, formatTrouble, type Trouble } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { type RestClient, unreadable } from '../rest/rest-client.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import type { Feed, FeedListener, FeedState, FeedStatus } from '../wire/feed.ts';
import type { Scope } from '../wire/scope.ts';
import { id, list, maybe } from '../wire/tolerant.ts';
import { createDelivery } from './delivery.ts';
import { disabledFilters, whyNoCallEvents } from './disabled-filters.ts';
import { fromFailure } from './feed-fault.ts';
import { eventFilters } from './frames.ts';
import { outageLog } from './outage-log.ts';

export interface WebhookOptions {
  rest: Pick<RestClient, 'send' | 'login'>;
  scope: Scope;
  clock: Clock;
  log: Logger;
  /** Where RingCentral delivers to: https, reachable from the internet. */
  address: string;
  /** RingCentral sends it with each delivery; the receiver takes no delivery without it. */
  verificationToken: string;
}

/**
 * The subscription is renewed daily; it lives seven days (platform.md 6.1), so that six failures in a row do no harm.
 */
const renewMs = 24 * 60 * 60_000;
/**
 * How often the subscription is read: one that RingCentral gave up is as silent as a quiet day (platform.md 6.4).
 */
const checkMs = 60_000;
const retryMs = [2_000, 4_000, 8_000, 16_000, 32_000, 60_000];
/** While tries cost nothing of the limits: within 10 s of the end of an outage. */
const freeRetryMs = 4_000;

const collection = '/restapi/v1.0/subscription';

const subscription = z.object({
  id,
  status: maybe(z.string()),
  blacklistedData: maybe(z.object({ reason: maybe(z.string()) })),
  deliveryMode: maybe(z.object({ transportType: maybe(z.string()), address: maybe(z.string()) })),
  disabledFilters,
});
const subscriptions = z.object({ records: list(subscription) });
type Subscription = z.output<typeof subscription>;

type Asking = Pick<RestRequest, 'method' | 'path' | 'group' | 'body'>;

/**
 * The event feed over a webhook (platform.md 6): creates, checks and renews the subscription. Deliveries come in
 * through `receive`, in any order and more than once; listeners see no difference to the WebSocket.
 */
export class WebhookFeed implements Feed {
  readonly #options: WebhookOptions;
  readonly #delivery: ReturnType<typeof createDelivery>;
  #status: FeedStatus & Partial<Trouble>;
  readonly #logOutage: ReturnType<typeof outageLog>;
  #subscriptionId: string | undefined;
  #attempts = 0;
  /** Counts subscriptions made, so that answers for an earlier one are ignored. */
  #round = 0;
  #closed = false;
  /** The opening under way, or the last one. */
  #opening = Promise.resolve();
  #timers: (() => void)[] = [];

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#delivery = createDelivery(options.log);
    this.#logOutage = outageLog(options.log, options.clock);
    this.#status = { state: 'idle', since: options.clock.now() };
  }

  get status(): FeedStatus {
    const { reason, retryAt, ...status } = this.#status;
    if (reason === undefined) return status;
    return { ...status, reason: formatTrouble({ reason, retryAt }, this.#options.clock.now()) };
  }

  start(): void {
    if (this.#status.state === 'idle' && !this.#closed) void this.#open('the feed has just been opened');
  }

  resynced(): void {
    if (this.#status.state === 'resyncing') this.#become('live');
  }

  listen(listener: FeedListener): () => void {
    return this.#delivery.listen(listener);
  }

  /** Takes one delivery, whose origin has been checked. */
  receive(notification: unknown): void {
    if (this.#closed) return;
    const unread = this.#delivery.deliver(notification, this.#options.clock.now());
    if (unread) this.#gap(`${unread} could not be read`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    const left = this.#subscriptionId;
    this.#subscriptionId = undefined;
    this.#become('idle');
    // What it subscribes to now nobody else would ever remove.
    await this.#opening;
    if (left !== undefined) await this.#remove(left);
  }

  #open(reason: string): Promise<void> {
    this.#opening = this.#subscribe(reason);
    return this.#opening;
  }

  /** Creates a new subscription. What happened before was not delivered, so a gap is reported. */
  async #subscribe(reason: string): Promise<void> {
    if (this.#closed) return;
    this.#stopTimers();
    this.#round += 1;
    const round = this.#round;
    this.#become('connecting');
    try {
      await this.#removeLeftovers();
      if (this.#closed) return;
      const created = await this.#create();
      if (round !== this.#round || this.#closed) {
        await this.#remove(created.id);
        return;
      }
      this.#subscriptionId = created.id;
      this.#attempts = 0;
      this.#gap(reason);
      this.#repeat(checkMs, () => this.#check(round, created.id));
      this.#repeat(renewMs, () => this.#renew(round, created.id));
    } catch (error) {
      if (round === this.#round && !this.#closed) this.#fail(error, reason);
    }
  }

  #fail(error: unknown, reason: string): void {
    const { rest, clock } = this.#options;
    const failure = error instanceof Failure ? error : unreadable('Subscribe to events');
    const { kind, message, retryAfterSeconds = 0, free } = fromFailure(failure);
    if (kind === 'denied' || rest.login.ended) {
      this.#become('denied', message);
      return;
    }
    const step = retryMs[Math.min(this.#attempts, retryMs.length - 1)] ?? 0;
    const pause = free ? Math.min(step, freeRetryMs) : step;
    const ms = Math.max(pause, retryAfterSeconds * 1000);
    this.#attempts += 1;
    this.#become('waiting', message, clock.now() + ms);
    this.#timers.push(clock.after(ms, () => void this.#open(reason)));
  }

  async #create(): Promise<Subscription> {
    const { rest, scope, address, verificationToken } = this.#options;
    const granted = await rest.login.scopes();
    const presence = granted.size === 0 || granted.has('ReadPresence');
    const answer = await this.#ask({
      method: 'POST',
      path: collection,
      group: 'medium',
      body: {
        eventFilters: eventFilters(scope, presence),
        deliveryMode: { transportType: 'WebHook', address, verificationToken },
      },
    });
    const created = subscription.safeParse(answer).data;
    if (!created) throw unreadable('Subscribe to events');
    const message = whyNoCallEvents(created.disabledFilters);
    if (message === undefined) return created;
    await this.#remove(created.id);
    throw new Failure('forbidden', message, { errorCode: 'CMN-401' });
  }

  /** Removes subscriptions that an earlier process left behind: they would deliver everything twice. */
  async #removeLeftovers(): Promise<void> {
    const answer = await this.#ask({ method: 'GET', path: collection, group: 'light' });
    for (const { id, deliveryMode } of subscriptions.safeParse(answer).data?.records ?? []) {
      if (deliveryMode?.address === this.#options.address) await this.#remove(id);
    }
  }

  /** Checks that the subscription is still active. A failed request proves nothing: the next check asks again. */
  async #check(round: number, id: string): Promise<void> {
    const answer = await this.#ask({ method: 'GET', path: `${collection}/${id}`, group: 'light' }).catch(
      (error) => this.#unlessGone(error),
    );
    if (round !== this.#round || this.#closed) return;
    if (answer === gone) {
      await this.#open('RingCentral no longer knew the webhook subscription');
      return;
    }
    const { status, blacklistedData } = subscription.safeParse(answer).data ?? {};
    if (status === undefined || status === 'Active') return;
    const why = blacklistedData?.reason ?? status;
    this.#options.log.warn({ status, reason: why }, 'RingCentral has stopped delivering to the webhook');
    await this.#open(`RingCentral had stopped delivering to the webhook: ${why}`);
  }

  async #renew(round: number, id: string): Promise<void> {
    const path = `${collection}/${id}/renew`;
    const answer = await this.#ask({ method: 'POST', path, group: 'light' }).catch((error) =>
      this.#unlessGone(error),
    );
    if (answer === gone && round === this.#round) await this.#open('the webhook subscription had expired');
  }

  #unlessGone(error: unknown): unknown {
    if (error instanceof Failure && error.kind === 'not_found') return gone;
    this.#options.log.warn({ reason: String(error) }, 'the webhook subscription could not be checked');
    return undefined;
  }

  async #remove(id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `${collection}/${id}`, group: 'medium' }).catch((error) =>
      this.#options.log.debug({ reason: String(error) }, 'a webhook subscription was not removed'),
    );
  }

  async #ask({ path, ...rest }: Asking): Promise<unknown> {
    const route = path.replace(/(subscription\/)[^/]+/, '$1{subscriptionId}');
    const request = { path, ...rest, route, what: 'Subscribe to events', acting: false };
    return (await this.#options.rest.send(request)).body;
  }

  #gap(reason: string): void {
    this.#become('resyncing', reason);
    this.#delivery.each((listener) => listener.gap(reason));
  }

  #become(state: FeedState, reason?: string, retryAt?: number): void {
    const { state: before, since } = this.#status;
    this.#logOutage({ state, reason });
    this.#status = {
      state,
      since: state === before ? since : this.#options.clock.now(),
      ...(reason && { reason }),
      ...(retryAt !== undefined && { retryAt }),
    };
    const { status } = this;
    this.#delivery.each((listener) => listener.status(status));
  }

  #repeat(ms: number, run: () => Promise<void>): void {
    const at = this.#timers.length;
    const next = () => {
      this.#timers[at] = this.#options.clock.after(ms, () => {
        next();
        void run();
      });
    };
    next();
  }

  #stopTimers(): void {
    for (const stop of this.#timers) stop();
    this.#timers = [];
  }
}

const gone = Symbol('the platform does not know it');
