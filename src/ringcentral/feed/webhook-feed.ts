import type { Clock } from '../../shared/clock.ts';
import { Failure, formatTrouble, type Trouble } from '../../shared/failure.ts';
import { unreadable } from '../rest/errors.ts';
import type { Feed, FeedListener, FeedState, FeedStatus } from '../wire/feed.ts';
import { createDelivery } from './delivery.ts';
import { fromFailure } from './feed-fault.ts';
import { outageLog } from './outage-log.ts';
import { WebhookSubscriptions, type WebhookSubscriptionsOptions } from './webhook-subscriptions.ts';

export interface WebhookOptions extends WebhookSubscriptionsOptions {
  clock: Clock;
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

/**
 * The event feed over a webhook (platform.md 6): creates, checks and renews the subscription. Deliveries come in
 * through `receive`, in any order and more than once; listeners see no difference to the WebSocket.
 */
export class WebhookFeed implements Feed {
  readonly #options: WebhookOptions;
  readonly #subscriptions: WebhookSubscriptions;
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
    this.#subscriptions = new WebhookSubscriptions(options);
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
    if (left !== undefined) await this.#subscriptions.remove(left);
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
      await this.#subscriptions.removeLeftovers();
      if (this.#closed) return;
      const id = await this.#subscriptions.create();
      if (round !== this.#round || this.#closed) {
        await this.#subscriptions.remove(id);
        return;
      }
      this.#subscriptionId = id;
      this.#attempts = 0;
      this.#gap(reason);
      this.#repeat(checkMs, () => this.#check(round, id));
      this.#repeat(renewMs, () => this.#renew(round, id));
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

  async #check(round: number, id: string): Promise<void> {
    const state = await this.#subscriptions.check(id);
    if (round !== this.#round || this.#closed || state === 'active') return;
    if (state === 'gone') {
      await this.#open('RingCentral no longer knew the webhook subscription');
      return;
    }
    this.#options.log.warn(state, 'RingCentral has stopped delivering to the webhook');
    await this.#open(`RingCentral had stopped delivering to the webhook: ${state.reason}`);
  }

  async #renew(round: number, id: string): Promise<void> {
    const isRenewed = await this.#subscriptions.renew(id);
    if (!isRenewed && round === this.#round) await this.#open('the webhook subscription had expired');
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
