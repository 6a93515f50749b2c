import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { readErrorBody } from '../rest/error-body.ts';
import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { Feed, FeedContinuation, FeedListener, FeedStatus } from '../wire/feed.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import type { Scope } from '../wire/scope.ts';
import { GatewayConnection } from './connection.ts';
import { readConnectionDetails } from './connection-details.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { type FeedFault, fromErrorFrame, fromFailure } from './feed-fault.ts';
import type { Frame } from './frames.ts';
import { GatewayTokens } from './gateway-tokens.ts';
import { type OutwardEffect, SessionRunner } from './session-runner.ts';
import type { FeedInput } from './session-state.ts';
import { SubscribeRequest } from './subscribe-request.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface WebSocketFeedOptions {
  rest: RestClient;
  scope: Scope;
  clock: Clock;
  log: Logger;
  timing?: Partial<Timing>;
  /** 0 … 1, for jitter. */
  random?: () => number;
  continuation?: FeedContinuation;
}

/**
 * The event session over RingCentral's WebSocket gateway (platform.md 5). state-machine.ts decides what to do and
 * session-runner.ts when; this does it: requests, the connection, and delivery to the listeners.
 */
export class WebSocketFeed implements Feed {
  readonly #rest: RestClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #timing: Timing;
  readonly #tokens: GatewayTokens;
  readonly #subscribeRequest: SubscribeRequest;
  readonly #delivery: Delivery;
  readonly #runner: SessionRunner;
  /** What a frame means to the session, by its type; frames of other types mean nothing more. */
  readonly #inputOf: ReadonlyMap<string, (frame: Frame) => FeedInput | undefined> = new Map([
    ['ConnectionDetails', ({ body }: Frame) => readConnectionDetails(body)],
    // The answer to a request has the type of the request (platform.md 5.3).
    ['ClientRequest', (frame: Frame) => this.#subscribeRequest.answered(frame)],
    ['Error', ({ body }: Frame) => this.#lostBy(body)],
  ]);
  #connection: GatewayConnection | undefined;
  readonly #keep: FeedContinuation['keep'] | undefined;
  /** Counts tries, so that answers for an earlier one are ignored. */
  #round = 0;

  constructor({ rest, scope, clock, log, timing, random = Math.random, continuation }: WebSocketFeedOptions) {
    this.#keep = continuation?.keep;
    this.#rest = rest;
    this.#clock = clock;
    this.#log = log;
    this.#timing = { ...defaultTiming, ...timing };
    this.#tokens = new GatewayTokens({ rest, clock, timing: this.#timing });
    this.#subscribeRequest = new SubscribeRequest(rest.rateLimiter, scope);
    this.#delivery = createDelivery(log);
    this.#runner = new SessionRunner({
      ...{ clock, log, random },
      timing: this.#timing,
      ...(continuation?.from && { from: continuation.from }),
      carryOut: (effect) => this.#carryOut(effect),
      onStatus: (status) => this.#delivery.each((listener) => listener.status(status)),
    });
  }

  get status(): FeedStatus {
    return this.#runner.status;
  }

  start(): void {
    this.#runner.dispatch({ type: 'start' });
  }

  resynced(): void {
    this.#runner.dispatch({ type: 'resynced' });
  }

  listen(listener: FeedListener): () => void {
    return this.#delivery.listen(listener);
  }

  async close(): Promise<void> {
    this.#runner.dispatch({ type: 'close' });
  }

  #carryOut(effect: OutwardEffect): void {
    switch (effect.do) {
      case 'fetchToken':
        this.#round += 1;
        void this.#fetchToken(this.#round);
        break;
      case 'connect':
        this.#connect(effect.uri, effect.recoveryToken);
        break;
      case 'subscribe':
        void this.#subscribe(this.#round, effect.presence);
        break;
      case 'probe':
        this.#connection?.probe();
        break;
      case 'drop':
        this.#round += 1;
        this.#subscribeRequest.abandon();
        this.#connection?.close();
        this.#connection = undefined;
        break;
      case 'gap':
        this.#log.info({ reason: effect.reason }, 'the calls are read again');
        this.#delivery.each((listener) => listener.gap(effect.reason));
        break;
    }
  }

  async #fetchToken(round: number): Promise<void> {
    try {
      const token = await this.#tokens.next();
      if (round === this.#round) this.#runner.dispatch({ type: 'token', ...token });
    } catch (error) {
      if (round !== this.#round) return;
      const failure = error instanceof Failure ? error : unreadable('Open the event feed');
      const trouble = this.#troubleOf(failure, 'auth');
      this.#runner.dispatch({
        type: 'failed',
        trouble: this.#rest.login.ended ? { ...trouble, kind: 'denied' } : trouble,
      });
    }
  }

  #connect(address: string, recoveryToken?: string): void {
    const uri = new URL(address);
    if (recoveryToken) uri.searchParams.set('wsc', recoveryToken);
    const listener = {
      frame: (frame: Frame | undefined, at: number) => this.#receive(frame, at),
      probeAnswered: () => this.#runner.dispatch({ type: 'probeAnswered' }),
      opened: () => this.#tokens.spent(),
      lost: (trouble: FeedFault, aliveAt: number) => {
        if (!trouble.free) this.#tokens.spent();
        this.#runner.dispatch({ type: 'lost', trouble, aliveAt });
      },
    };
    this.#connection = new GatewayConnection({ listener, clock: this.#clock, timing: this.#timing });
    void this.#connection.open(uri.href);
  }

  async #subscribe(round: number, presence: boolean): Promise<void> {
    try {
      const frame = await this.#subscribeRequest.frame(presence, () => round === this.#round);
      if (frame !== undefined) this.#connection?.send(frame);
    } catch (error) {
      if (round !== this.#round || !(error instanceof Failure)) return;
      this.#runner.dispatch({ type: 'failed', trouble: this.#troubleOf(error, 'medium') });
    }
  }

  #receive(frame: Frame | undefined, at: number): void {
    if (!frame) {
      this.#runner.dispatch({ type: 'unreadable', what: 'a message of the gateway' });
      return;
    }
    if (frame.type === 'ServerNotification') {
      const unread = this.#delivery.deliver(frame.body, at);
      if (unread) this.#runner.dispatch({ type: 'unreadable', what: unread });
      if (this.#runner.phase === 'recovering') this.#runner.dispatch({ type: 'notified' });
    }
    if (frame.wsc) this.#runner.dispatch({ type: 'recoveryToken', ...frame.wsc });
    const input = this.#inputOf.get(frame.type)?.(frame);
    if (input) this.#runner.dispatch(input);
    const { continuation } = this.#runner;
    if (frame.wsc && continuation) this.#keep?.(continuation);
  }

  #lostBy(errorFrame: unknown): FeedInput {
    const trouble = fromErrorFrame(readErrorBody(JSON.stringify(errorFrame ?? {})));
    return { type: 'lost', trouble, aliveAt: this.#clock.now() };
  }

  /**
   * The trouble for the machine. Where we ran out of requests without the platform having said so, the cause is what
   * went wrong before.
   */
  #troubleOf(failure: Failure, group: RateGroup): FeedFault {
    const isStated = this.#rest.rateLimiter.budget(group, 'end').blockedUntil !== undefined;
    return {
      ...fromFailure(failure),
      ...(failure.kind === 'rate_limited' && !isStated && { waiting: true }),
    };
  }
}
