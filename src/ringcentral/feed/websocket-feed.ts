import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { readErrorBody } from '../rest/error-body.ts';
import { HttpHeaders } from '../rest/http-headers.ts';
import type { RequestSlot } from '../rest/rate-limiter.ts';
import { type RestClient, unreadable } from '../rest/rest-client.ts';
import type { Feed, FeedStatus } from '../wire/feed.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import type { Scope } from '../wire/scope.ts';
import { maybe } from '../wire/tolerant.ts';
import { type GatewayConnection, openGatewayConnection } from './connection.ts';
import { createDelivery } from './delivery.ts';
import { type FeedFault, fromErrorFrame, fromFailure, fromStatus } from './feed-fault.ts';
import { type Frame, subscribeFrame } from './frames.ts';
import { outageLog } from './outage-log.ts';
import { type FeedEffect, type FeedInput, initial } from './session-state.ts';
import { statusOf } from './session-status.ts';
import { step } from './state-machine.ts';
import { defaultTiming, type Timing } from './timing.ts';

export interface FeedOptions {
  rest: RestClient;
  scope: Scope;
  clock: Clock;
  log: Logger;
  timing?: Partial<Timing>;
  /** 0 … 1, for jitter. */
  random?: () => number;
}

/** `expires_in` in seconds: 30 in the guide (platform.md 5.1). */
const wsToken = z.object({ uri: z.string(), ws_access_token: z.string(), expires_in: maybe(z.number()) });
const defaultTokenSeconds = 30;

/** ConnectionDetails (platform.md 5.3); `recoveryTimeout` in seconds. */
const connectionDetails = z.object({
  recoveryState: maybe(z.enum(['Successful', 'Failed'])),
  recoveryBufferSize: maybe(z.number()),
  recoveryTimeout: maybe(z.number()),
});

const subscription = z.object({
  disabledFilters: maybe(z.array(z.object({ filter: z.string(), message: maybe(z.string()) }))),
});

/**
 * The event session over RingCentral's WebSocket gateway (platform.md 5). state-machine.ts decides what to do; this does
 * it: requests, socket, timers, and delivery to the listeners.
 */
export function createWebSocketFeed({
  rest,
  scope,
  clock,
  log,
  random = Math.random,
  ...options
}: FeedOptions): Feed {
  const timing: Timing = { ...defaultTiming, ...options.timing };
  const logOutage = outageLog(log, clock);
  const delivery = createDelivery(log);
  const inputs: FeedInput[] = [];
  let session = initial;
  let status: FeedStatus = { state: 'idle', since: clock.now() };
  let stepping = false;
  let cancelTimeout = (): void => undefined;
  let connection: GatewayConnection | undefined;
  /** Message id of the subscribe request that is not answered yet. */
  let asked: { messageId: string; slot: RequestSlot } | undefined;
  /** A token that the gateway has not taken yet: the next try uses it, and costs no Auth request. */
  let unspent: { uri: string; presence: boolean; until: number } | undefined;
  /** Counts tries, so that answers for an earlier one are ignored. */
  let round = 0;

  /** Takes a step with `input`. An input that comes during a step waits for its turn. */
  const dispatch = (input: FeedInput): void => {
    inputs.push(input);
    if (stepping) return;
    stepping = true;
    for (let next = inputs.shift(); next; next = inputs.shift()) {
      const { phase } = session;
      const result = step(session, next, { now: clock.now(), random: random(), timing });
      session = result.session;
      if (session.phase !== phase) {
        cancelTimeout();
        log.debug({ from: phase, to: session.phase, on: next.type, reason: session.reason }, 'event feed');
      }
      publish();
      for (const effect of result.effects) carryOut(effect);
    }
    stepping = false;
  };

  const publish = (): void => {
    const { state, reason } = statusOf(session, clock.now());
    if (state === status.state && reason === status.reason) return;
    const since = state === status.state ? status.since : clock.now();
    status = { state, since, ...(reason ? { reason } : {}) };
    logOutage({ state, reason: session.reason });
    delivery.each((listener) => listener.status(status));
  };

  const carryOut = (effect: FeedEffect): void => {
    switch (effect.do) {
      case 'fetchToken':
        round += 1;
        void fetchToken(round);
        break;
      case 'connect':
        connect(effect.uri, effect.recoveryToken);
        break;
      case 'subscribe':
        void subscribe(round, effect.presence);
        break;
      case 'probe':
        connection?.probe();
        break;
      case 'drop':
        round += 1;
        asked?.slot.unanswered('the connection to the gateway broke');
        asked = undefined;
        connection?.close();
        connection = undefined;
        break;
      case 'timeout':
        cancelTimeout();
        cancelTimeout = clock.after(effect.ms, () => dispatch({ type: 'timeout' }));
        break;
      case 'gap':
        log.info({ reason: effect.reason }, 'the calls are read again');
        delivery.each((listener) => listener.gap(effect.reason));
        break;
    }
  };

  /** Gets a token for one connection: each is good once (platform.md 5.1). */
  const fetchToken = async (own: number): Promise<void> => {
    const what = 'Open the event feed';
    try {
      if (unspent && clock.now() < unspent.until) return dispatch({ type: 'token', ...unspent });
      const path = '/restapi/oauth/wstoken';
      const request = { method: 'POST', path, route: path, group: 'auth', priority: 'end' } as const;
      const { body } = await rest.send({ ...request, what, acting: false, timeoutMs: timing.tokenMs });
      const { data } = wsToken.safeParse(body);
      const scopes = await rest.login.scopes();
      if (own !== round) return;
      if (!data) throw unreadable(what);
      const uri = new URL(data.uri);
      // A token must not travel in the clear because an answer says so.
      if (uri.protocol !== rest.serverUrl.replace(/^http(s?:).*/, 'ws$1')) throw unreadable(what);
      uri.searchParams.set('access_token', data.ws_access_token);
      const { expires_in = defaultTokenSeconds } = data;
      unspent = {
        uri: uri.href,
        presence: scopes.size === 0 || scopes.has('ReadPresence'),
        until: clock.now() + expires_in * 1000 - timing.connectMs,
      };
      dispatch({ type: 'token', ...unspent });
    } catch (error) {
      if (own !== round) return;
      const trouble = troubled(error instanceof Failure ? error : unreadable(what), 'auth');
      dispatch({ type: 'failed', trouble: rest.login.ended ? { ...trouble, kind: 'denied' } : trouble });
    }
  };

  /**
   * The trouble for the machine. Where we ran out of requests without the platform having said so, the cause is what
   * went wrong before.
   */
  const troubled = (failure: Failure, group: RateGroup): FeedFault => {
    const isStated = rest.rateLimiter.budget(group, 'end').blockedUntil !== undefined;
    return {
      ...fromFailure(failure),
      ...(failure.kind === 'rate_limited' && !isStated && { waiting: true }),
    };
  };

  const connect = (address: string, recoveryToken?: string): void => {
    const uri = new URL(address);
    if (recoveryToken) uri.searchParams.set('wsc', recoveryToken);
    const listener = {
      frame: receive,
      echo: () => dispatch({ type: 'echo' }),
      opened: () => {
        unspent = undefined;
      },
      lost: (trouble: FeedFault, aliveAt: number) => {
        if (!trouble.free) unspent = undefined;
        dispatch({ type: 'lost', trouble, aliveAt });
      },
    };
    connection = openGatewayConnection(uri.href, listener, clock, timing);
  };

  const subscribe = async (own: number, presence: boolean): Promise<void> => {
    try {
      const route = 'POST /subscription';
      const slot = await rest.rateLimiter.admit({ route, group: 'medium', priority: 'read' });
      if (own !== round) return slot.notSent();
      asked = { messageId: randomUUID(), slot };
      connection?.send(subscribeFrame(asked.messageId, scope, presence));
    } catch (error) {
      if (own !== round || !(error instanceof Failure)) return;
      dispatch({ type: 'failed', trouble: troubled(error, 'medium') });
    }
  };

  const receive = (frame: Frame | undefined, at: number): void => {
    if (!frame) {
      dispatch({ type: 'unreadable', what: 'a message of the gateway' });
      return;
    }
    if (frame.type === 'ServerNotification') {
      const unread = delivery.deliver(frame.body, at);
      if (unread) dispatch({ type: 'unreadable', what: unread });
      if (session.phase === 'recovering') dispatch({ type: 'notified' });
    }
    if (frame.wsc) dispatch({ type: 'recoveryToken', ...frame.wsc });
    handlers[frame.type]?.(frame);
  };

  const handlers: Readonly<Record<string, (frame: Frame) => void>> = {
    ConnectionDetails({ body }) {
      const { recoveryState, recoveryBufferSize, recoveryTimeout } =
        connectionDetails.safeParse(body).data ?? {};
      const keeps = {
        ...(recoveryBufferSize === undefined ? {} : { events: recoveryBufferSize }),
        ...(recoveryTimeout === undefined ? {} : { ms: recoveryTimeout * 1000 }),
      };
      dispatch({ type: 'connected', keeps, ...(recoveryState ? { recovery: recoveryState } : {}) });
    },
    // The answer to a request has the type of the request (platform.md 5.3).
    ClientRequest({ messageId, status: code = 200, headers = {}, body }) {
      if (!asked || asked.messageId !== messageId) return;
      const all = new HttpHeaders();
      for (const [name, value] of Object.entries(headers)) all.set(name, String(value));
      asked.slot.answered(code, all);
      asked = undefined;
      if (code >= 200 && code < 300) return dispatch(readSubscription(body));
      const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
      dispatch({ type: 'failed', trouble: fromStatus(code, 'Subscribe to events', text, all) });
    },
    Error({ body }) {
      const trouble = fromErrorFrame(readErrorBody(JSON.stringify(body ?? {})));
      dispatch({ type: 'lost', trouble, aliveAt: clock.now() });
    },
  };

  return {
    get status() {
      return { ...status, ...statusOf(session, clock.now()) };
    },
    start: () => dispatch({ type: 'start' }),
    resynced: () => dispatch({ type: 'resynced' }),
    listen: delivery.listen,
    async close() {
      dispatch({ type: 'close' });
    },
  };
}

/**
 * The input for a subscribe answer. A filter that the platform accepted but disabled counts as a refusal: the feed
 * would be silent for ever.
 */
function readSubscription(body: unknown): FeedInput {
  const disabled = subscription
    .safeParse(body)
    .data?.disabledFilters?.find(({ filter }) => filter.includes('/telephony/sessions'));
  if (!disabled) return { type: 'subscribed' };
  const message = `RingCentral does not deliver the events of calls: ${disabled.message ?? 'the filter is disabled'}`;
  return { type: 'failed', trouble: { kind: 'denied', message } };
}
