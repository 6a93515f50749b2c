import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Engine, Notification } from '../engine/api.ts';
import type { Random } from '../random.ts';
import type { EventFilter } from './filters.ts';
import { type Matched, match } from './matching.ts';

/** What a subscriber receives, over every transport the same (platform.md 4.2). */
export interface Envelope {
  readonly uuid: string;
  readonly event: string;
  readonly timestamp: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly body: unknown;
}

/** How envelopes reach the subscriber, and what the API shows of it. */
export interface Transport {
  readonly type: 'WebSocket' | 'WebHook';
  deliver(envelope: Envelope): void;
  /** The subscription is gone: expired, deleted, replaced. */
  close(): void;
  /** The address of a webhook. */
  readonly address?: string;
  /** Why deliveries stopped; undefined while all is well. */
  blacklisted?(): { blacklistedAt: string; reason: string } | undefined;
}

export interface DisabledFilter {
  readonly filter: string;
  readonly reason: string;
  readonly message: string;
}

export interface Subscription {
  readonly id: string;
  readonly accountId: string;
  readonly ownerId: string;
  readonly clientId: string;
  readonly createdAt: number;
  readonly transport: Transport;
  filters: readonly EventFilter[];
  disabledFilters: readonly DisabledFilter[];
  expiresAt: number;
}

/** Cancels what is due next of each kind. */
interface Timers {
  expiry: () => void;
  reminder?: () => void;
}

/** All subscriptions, and the way of a notification to them. */
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

  add(subscription: Subscription): void {
    this.#byId.set(subscription.id, subscription);
    this.#schedule(subscription);
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }

  ownedBy(ownerId: string, clientId: string): Subscription[] {
    return this.all().filter((one) => one.ownerId === ownerId && one.clientId === clientId);
  }

  all(): Subscription[] {
    return [...this.#byId.values()];
  }

  /** Filters or lifetime changed: timers are set anew. */
  changed(subscription: Subscription): void {
    this.#schedule(subscription);
  }

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

  /** An injected body keeps its uuid however often it is injected; others are all told apart. */
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

  /** Node's timers hold 24 days; webhooks may live 20 years. */
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
