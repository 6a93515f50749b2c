import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Engine, Notification } from '../engine/api.ts';
import type { Random } from '../random.ts';
import type { EventFilter } from './filters.ts';
import { type Matched, match } from './matching.ts';

/** A notification as a subscriber receives it, the same over each transport (platform.md 4.2). */
export interface Envelope {
  readonly uuid: string;
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly body: unknown;
}

/** How notifications reach the subscriber, and what the API shows of that. */
export interface Transport {
  readonly type: 'WebSocket' | 'WebHook';
  deliver(envelope: Envelope): void;
  /** The subscription has ended: expired, deleted or replaced. */
  close(): void;
  /** The address of a webhook. */
  readonly address?: string;
  /** Since when and why nothing is delivered any more; undefined while it is. */
  blacklisted?(): { blacklistedAt: string; reason: string } | undefined;
}

/** A filter that is accepted and inactive, and the permission error that says why (platform.md 6.1). */
export interface DisabledFilter {
  readonly filter: string;
  readonly reason: string;
  readonly message: string;
}

/** A subscription to events. Times are epoch milliseconds. */
export interface Subscription {
  readonly id: string;
  readonly accountId: string;
  /** Extension id of the user, and id of the app, that subscribed. */
  readonly ownerId: string;
  readonly clientId: string;
  readonly createdAt: number;
  readonly transport: Transport;
  filters: readonly EventFilter[];
  disabledFilters: readonly DisabledFilter[];
  expiresAt: number;
}

/** What cancels the timers of a subscription. */
interface Timers {
  expiry: () => void;
  reminder?: () => void;
}

/** All subscriptions. Delivers the engine's notifications to those whose filters match. */
export class Subscriptions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #engine: Engine;
  readonly #byId = new Map<string, Subscription>();
  readonly #timers = new Map<string, Timers>();

  constructor(clock: Clock, random: Random, engine: Engine) {
    this.#clock = clock;
    this.#random = random;
    this.#engine = engine;
    engine.subscribe((notification) => this.#publish(notification));
  }

  /** Delivers to that subscription from now on, until it expires or is removed. */
  add(subscription: Subscription): void {
    this.#byId.set(subscription.id, subscription);
    this.#schedule(subscription);
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }

  /** Those of a user with an app, the oldest first. */
  ownedBy(ownerId: string, clientId: string): Subscription[] {
    return this.all().filter((one) => one.ownerId === ownerId && one.clientId === clientId);
  }

  all(): Subscription[] {
    return [...this.#byId.values()];
  }

  /** Must be called when filters or lifetime have changed: sets the timers again. */
  changed(subscription: Subscription): void {
    this.#schedule(subscription);
  }

  /** Ends a subscription. */
  remove(subscription: Subscription): void {
    if (!this.#byId.delete(subscription.id)) return;
    this.#cancelTimers(subscription);
    subscription.transport.close();
  }

  newId(): string {
    return uuidFrom(this.#random.hex(32));
  }

  #publish(notification: Notification): void {
    let uuid: string | undefined;
    for (const subscription of this.#byId.values()) {
      if (subscription.accountId !== notification.accountId) continue;
      const matched = match(subscription.filters, notification, (id) => this.#monitoredBy(id));
      if (!matched) continue;
      uuid ??= this.#uuidOf(notification);
      this.#deliver(subscription, uuid, matched);
    }
  }

  /** The same for each subscription. An injected body has the same uuid each time that it is injected. */
  #uuidOf(notification: Notification): string {
    if (notification.kind !== 'telephony' || !notification.injected) return this.newId();
    return uuidFrom(createHash('sha256').update(JSON.stringify(notification.body)).digest('hex'));
  }

  #deliver(subscription: Subscription, uuid: string, { event, body }: Matched): void {
    subscription.transport.deliver({
      uuid,
      event,
      timestamp: new Date(this.#clock.now()).toISOString(),
      subscriptionId: subscription.id,
      ownerId: subscription.ownerId,
      body,
    });
  }

  /** Whom an extension may monitor, and park locations that it is a member of. */
  #monitoredBy(extensionId: string): Set<string> {
    const monitored = new Set<string>();
    for (const { members } of this.#engine.world.monitoringGroups.values()) {
      const supervises = members.some(
        (member) => member.extensionId === extensionId && member.permissions.includes('Monitoring'),
      );
      if (!supervises) continue;
      for (const member of members) {
        if (member.permissions.includes('Monitored')) monitored.add(member.extensionId);
      }
    }
    for (const { extensionId: location, members } of this.#engine.world.parkLocations.values()) {
      if (members.includes(extensionId)) monitored.add(location);
    }
    return monitored;
  }

  /** Expiry, and the reminders before it. The gateway renews WebSocket subscriptions by itself (platform.md 5.4). */
  #schedule(subscription: Subscription): void {
    this.#cancelTimers(subscription);
    if (subscription.transport.type === 'WebSocket') return;
    const remaining = subscription.expiresAt - this.#clock.now();
    const timers: Timers = { expiry: this.#setLongTimeout(() => this.remove(subscription), remaining) };
    this.#timers.set(subscription.id, timers);
    const filter = subscription.filters.find(({ topic }) => topic === 'renewal-reminder');
    if (!filter) return;
    const threshold = Number(filter.query.get('threshold')) * 1000;
    const interval = Number(filter.query.get('interval')) * 1000;
    const remind = () => {
      timers.reminder = this.#clock.setTimeout(remind, interval);
      const expirationTime = new Date(subscription.expiresAt).toISOString();
      const body = { id: subscription.id, expirationTime };
      this.#deliver(subscription, this.newId(), { event: filter.uri, body });
    };
    timers.reminder = this.#setLongTimeout(remind, remaining - threshold);
  }

  /**
   * A timer of any length: Node's own hold 24 days at most, webhook subscriptions last up to ten years (platform.md
   * 6.1).
   */
  #setLongTimeout(run: () => void, ms: number): () => void {
    const longest = 2 ** 31 - 1;
    if (ms <= longest) return this.#clock.setTimeout(run, ms);
    let cancel = this.#clock.setTimeout(() => {
      cancel = this.#setLongTimeout(run, ms - longest);
    }, longest);
    return () => cancel();
  }

  #cancelTimers(subscription: Subscription): void {
    const timers = this.#timers.get(subscription.id);
    timers?.expiry();
    timers?.reminder?.();
    this.#timers.delete(subscription.id);
  }
}

function uuidFrom(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
