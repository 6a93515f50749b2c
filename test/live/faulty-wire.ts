import type { Notification, Sandbox } from 'ringcentral-sandbox/testing';
import type { PlatformReader } from '../../src/calls/sync/platform-reader.ts';
import { presence } from '../../src/ringcentral/wire/event.ts';
import type { Feed, FeedListener, FeedStatus } from '../../src/ringcentral/wire/feed.ts';
import { readTelephonyEvent } from '../../src/ringcentral/wire/read-event.ts';
import type { Scope } from '../../src/ringcentral/wire/scope.ts';
import { callSession } from '../../src/ringcentral/wire/session.ts';
import { Failure } from '../../src/shared/failure.ts';
import { partyOf } from './ground-truth.ts';

/** platform.md 5.3. */
const bufferSize = 100;
const windowMs = 180_000;

export type Fault =
  | { do: 'lose'; count: number }
  | { do: 'duplicate'; count: number }
  | { do: 'delay'; count: number; ms: number }
  | { do: 'freeze'; ms: number }
  | { do: 'close'; ms: number; recovers: boolean }
  | { do: 'fail reads'; count: number; how: 'unavailable' | 'rate_limited' };

/** A notification that has not come, at its own time. `isLost`: it never will, and nobody says so. */
export interface Untold {
  notification: Notification;
  at: number;
  isLost: boolean;
  /** Since when the picture has been wrong without knowing: while the connection was down it knew. */
  hiddenAt: number;
}

/**
 * Between the sandbox's engine and the picture: what the gateway and the REST API are, without sockets, on the
 * sandbox's clock, and with every way in which a wire misbehaves.
 */
export class FaultyWire implements Feed, PlatformReader {
  status: FeedStatus = { state: 'idle', since: 0 };
  readonly me: string;
  readonly #sandbox: Sandbox;
  readonly #scope: Scope;
  readonly #latencyMs: number;
  readonly #listeners = new Set<FeedListener>();
  /** What could not be delivered; kept while the connection is down or frozen. */
  #held: Notification[] | undefined;
  /** On their way, slowly. */
  readonly #slow = new Set<Notification>();
  readonly #untold = new Set<Untold>();
  readonly #failedReadsAt: number[] = [];
  #lose = 0;
  #duplicate = 0;
  #delay = { count: 0, ms: 0 };
  #failing: { count: number; how: 'unavailable' | 'rate_limited' } = { count: 0, how: 'unavailable' };

  /** `latencyMs`: each way of a request. */
  constructor(sandbox: Sandbox, scope: Scope, latencyMs = 40) {
    this.#sandbox = sandbox;
    this.#scope = scope;
    this.#latencyMs = latencyMs;
    this.me = sandbox.ext('101');
    sandbox.engine.subscribe((notification) => this.#take(notification));
  }

  start(): void {
    this.#become('connecting');
    this.#sandbox.clock.setTimeout(() => this.#startAnew('the feed has just been opened'), 100);
  }
  resynced(): void {
    if (this.status.state === 'resyncing') this.#become('live');
  }
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async close(): Promise<void> {}

  identity = () => this.#answer(() => ({ extensionId: this.me }));
  readPresence = (scope: Scope) =>
    this.#answer(() => {
      const { engine } = this.#sandbox;
      const ids = scope === 'extension' ? [this.me] : [...engine.world.extensions.keys()];
      return ids.map((id) => presence.parse(wired(engine.presence(id, { detailed: true, sipData: false }))));
    });
  readSession = (id: string) =>
    this.#answer(() => {
      const session = this.#sandbox.engine.session(id);
      if (!session) throw new Failure('not_found', `No call ${id}.`);
      return callSession.parse(wired(session));
    });

  misbehave(fault: Fault): void {
    if (fault.do === 'lose') this.#lose += fault.count;
    else if (fault.do === 'duplicate') this.#duplicate += fault.count;
    else if (fault.do === 'delay') this.#delay = { count: fault.count, ms: fault.ms };
    else if (fault.do === 'fail reads') this.#failing = { count: fault.count, how: fault.how };
    else if (this.#held === undefined && this.status.state !== 'connecting') this.#interrupt(fault);
  }

  /** What happened to this party and has not been delivered, though nothing said that something is missing. */
  untold(partyId: string): Untold[] {
    return [...this.#untold].filter(({ notification }) => partyOf(notification)?.id === partyId);
  }

  failedReadsSince(at: number): number {
    return this.#failedReadsAt.filter((failedAt) => failedAt >= at).length;
  }

  /** The end of all faults. */
  heal(): void {
    this.#lose = 0;
    this.#duplicate = 0;
    this.#delay.count = 0;
    this.#failing.count = 0;
  }

  #interrupt(fault: Extract<Fault, { do: 'freeze' | 'close' }>): void {
    this.#held = [];
    if (fault.do === 'close') {
      // What was on its way on that connection never arrives on it.
      this.#held.push(...this.#slow);
      this.#slow.clear();
      for (const one of this.#untold) if (!one.isLost) this.#untold.delete(one);
      this.#become('recovering', 'the connection was lost');
    }
    this.#sandbox.clock.setTimeout(() => {
      const held = this.#held ?? [];
      this.#held = undefined;
      if (fault.do === 'close') {
        if (!fault.recovers || held.length > bufferSize || fault.ms > windowMs) {
          this.#startAnew('the recovery failed');
          return;
        }
        this.#become('live');
        for (const one of this.#untold) one.hiddenAt = this.#sandbox.clock.now();
      }
      for (const notification of held) this.#deliver(notification);
    }, fault.ms);
  }

  #startAnew(reason: string): void {
    this.#untold.clear();
    this.#become('resyncing', reason);
    for (const listener of this.#listeners) listener.gap(reason);
  }

  #become(state: FeedStatus['state'], reason?: string): void {
    this.status = { state, since: this.#sandbox.clock.now(), ...(reason !== undefined && { reason }) };
    for (const listener of this.#listeners) listener.status(this.status);
  }

  #take(notification: Notification): void {
    if (this.status.state === 'idle' || this.status.state === 'connecting') return;
    const isMine = notification.extensionId === this.me;
    if (!isMine && (this.#scope === 'extension' || notification.kind === 'presence')) return;
    const isLost = this.#lose > 0;
    // While the connection is down, all know that something may be missing.
    if (isLost || this.status.state !== 'recovering') {
      const at = this.#sandbox.clock.now();
      this.#untold.add({ notification, at, isLost, hiddenAt: at });
    }
    if (isLost) {
      this.#lose -= 1;
    } else if (this.#held) {
      this.#held.push(notification);
    } else if (this.#delay.count > 0) {
      this.#delay.count -= 1;
      this.#deliverLater(notification, this.#delay.ms * this.#delay.count);
    } else {
      this.#deliver(notification);
      if (this.#duplicate > 0) {
        this.#duplicate -= 1;
        this.#deliver(notification);
      }
    }
  }

  #deliverLater(notification: Notification, ms: number): void {
    this.#slow.add(notification);
    this.#sandbox.clock.setTimeout(() => {
      if (!this.#slow.delete(notification)) return;
      if (this.#held) this.#held.push(notification);
      else this.#deliver(notification);
    }, ms);
  }

  #deliver(notification: Notification): void {
    for (const one of this.#untold) if (one.notification === notification) this.#untold.delete(one);
    const at = this.#sandbox.clock.now();
    if (notification.kind === 'presence') {
      const about = presence.parse(wired(notification.body));
      for (const listener of this.#listeners) listener.presence(about, at);
      return;
    }
    const event = readTelephonyEvent(wired(notification.body));
    if (!event) throw new Error(`unreadable: ${JSON.stringify(notification.body)}`);
    for (const listener of this.#listeners) listener.event(event, at);
  }

  /** The state is read half-way, as a real request does it. */
  #answer<T>(read: () => T): Promise<T> {
    const { clock } = this.#sandbox;
    return new Promise((resolve, reject) => {
      clock.setTimeout(() => {
        let done: () => void;
        try {
          if (this.#failing.count > 0) {
            this.#failing.count -= 1;
            this.#failedReadsAt.push(clock.now());
            throw new Failure(this.#failing.how, 'The platform does not answer.', { retryAfterSeconds: 2 });
          }
          const answer = read();
          done = () => resolve(answer);
        } catch (error) {
          done = () => reject(error);
        }
        clock.setTimeout(done, this.#latencyMs);
      }, this.#latencyMs);
    });
  }
}

const wired = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
