import { Failure } from '../../src/base/failure.ts';
import type { Reader } from '../../src/calls/keeper.ts';
import type { Scope } from '../../src/calls/view.ts';
import { presence } from '../../src/ringcentral/wire/event.ts';
import type { Feed, FeedListener, FeedStatus } from '../../src/ringcentral/wire/feed.ts';
import { readTelephonyEvent } from '../../src/ringcentral/wire/read-event.ts';
import { callSession } from '../../src/ringcentral/wire/session.ts';
import type { Notification } from '../../src/sandbox/engine/api.ts';
import type { Sandbox } from '../sandbox/engine/harness.ts';

/** FACTS 5.3. */
const bufferSize = 100;
const windowMs = 180_000;

export type Fault =
  | { do: 'lose'; count: number }
  | { do: 'duplicate'; count: number }
  | { do: 'delay'; count: number; ms: number }
  | { do: 'freeze'; ms: number }
  | { do: 'close'; ms: number; recovers: boolean }
  | { do: 'fail reads'; count: number; how: 'unavailable' | 'rate_limited' };

/**
 * Between the sandbox's engine and the picture: what the gateway and the REST API are, without sockets, on the
 * sandbox's clock, and with every way in which a wire misbehaves.
 */
export class Wire implements Feed, Reader {
  status: FeedStatus = { state: 'idle', since: 0 };
  readonly me: string;
  readonly #sandbox: Sandbox;
  readonly #scope: Scope;
  readonly #listeners = new Set<FeedListener>();
  /** What could not be delivered; kept while the connection is down or frozen. */
  #held: Notification[] | undefined;
  #lose = 0;
  #duplicate = 0;
  #delay = { count: 0, ms: 0 };
  #failing: { count: number; how: 'unavailable' | 'rate_limited' } = { count: 0, how: 'unavailable' };

  constructor(sandbox: Sandbox, scope: Scope) {
    this.#sandbox = sandbox;
    this.#scope = scope;
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

  /** The end of all faults. */
  heal(): void {
    this.#lose = 0;
    this.#duplicate = 0;
    this.#delay.count = 0;
    this.#failing.count = 0;
  }

  #interrupt(fault: Extract<Fault, { do: 'freeze' | 'close' }>): void {
    this.#held = [];
    if (fault.do === 'close') this.#become('recovering', 'the connection was lost');
    this.#sandbox.clock.setTimeout(() => {
      const held = this.#held ?? [];
      this.#held = undefined;
      if (fault.do === 'close') {
        if (!fault.recovers || held.length > bufferSize || fault.ms > windowMs) {
          this.#startAnew('the recovery failed');
          return;
        }
        this.#become('live');
      }
      for (const notification of held) this.#deliver(notification);
    }, fault.ms);
  }

  #startAnew(reason: string): void {
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
    if (this.#lose > 0) {
      this.#lose -= 1;
      return;
    }
    if (this.#held) {
      this.#held.push(notification);
      return;
    }
    if (this.#delay.count > 0) {
      this.#delay.count -= 1;
      this.#sandbox.clock.setTimeout(() => this.#deliver(notification), this.#delay.ms * this.#delay.count);
      return;
    }
    this.#deliver(notification);
    if (this.#duplicate > 0) {
      this.#duplicate -= 1;
      this.#deliver(notification);
    }
  }

  #deliver(notification: Notification): void {
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
            throw new Failure(this.#failing.how, 'The platform does not answer.', { retryAfterSeconds: 2 });
          }
          const answer = read();
          done = () => resolve(answer);
        } catch (error) {
          done = () => reject(error);
        }
        clock.setTimeout(done, 40);
      }, 40);
    });
  }
}

const wired = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
