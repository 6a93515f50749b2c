import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import { acceptRequestId, withRequestId } from '../../shared/request-id.ts';
import type { Identity } from '../identity/identity.ts';
import { adminScope, local, type Principal } from '../identity/principal.ts';
import { Refusal, refuse } from '../refusal.ts';
import { readJson } from './body.ts';
import { answerPreflight, isPreflight, shareWithOrigin } from './cors.ts';
import type { Exchange, Route } from './exchange.ts';
import { type Limits, Quota, type RateLimit } from './limits.ts';
import type { OriginCheck } from './origin-check.ts';

export interface PipelineOptions {
  /** By path; a `*` stands for one segment. */
  routes: Readonly<Record<string, Route>>;
  originCheck: OriginCheck;
  /** The message of a 404 for this path. */
  nothingAt(path: string): string;
  identity: Identity;
  /** Absent where there is one principal only. */
  rate?: RateLimit;
  limits: Limits;
  clock: Clock;
  log: Logger;
}

/**
 * What every HTTP request passes before its route gets it: Host and Origin, CORS, path, method, shutdown, identity,
 * rate limit, in this order. Whatever is thrown on the way becomes the answer: a `Refusal` as it is, anything else a
 * 500.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #routes: (path: string) => Route | undefined;
  readonly #bodies: Quota;
  readonly #underWay = new Set<Exchange>();
  /** Why those whose principal was put out meanwhile are refused. */
  readonly #ended = new WeakMap<Exchange, string>();
  #ending = false;
  #closing = false;

  constructor(options: PipelineOptions) {
    const { limits, rate, routes } = options;
    this.#options = options;
    this.#routes = routeFinder(routes);
    const perPrincipal = rate ? limits.bodiesPerPrincipal : limits.bodies;
    this.#bodies = new Quota('bytes of requests', limits.bodies, perPrincipal);
  }

  /** Whether this server ends soon: `startEnding` or `drain` was called. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Requests are answered as before, each as the last of its connection. */
  startEnding(): void {
    this.#ending = true;
  }

  /** Answers one request. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    const id = acceptRequestId(request.headersDistinct['x-request-id']?.[0]);
    response.setHeader('x-request-id', id);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    if (this.#ending) response.setHeader('connection', 'close');
    const exchange: Exchange = {
      request,
      response,
      principal: local,
      lasting: false,
      readBody: () => this.#readBody(exchange),
    };
    return withRequestId(id, () => {
      this.#trackUntilClosed(exchange);
      return this.#route(exchange).catch((error) => {
        // A client that has gone away within its body is no defect.
        const isDefect = !(error instanceof Refusal) && error !== request.errored;
        if (isDefect) log.error({ err: error }, 'request failed');
        refuse(response, error instanceof Refusal ? error : new Refusal(500, 'Internal error.'));
      });
    });
  }

  /** Refuses new requests; waits for those under way, and for `others`, for `drainMs` at most. Event streams stay. */
  async drain(others?: Promise<unknown>): Promise<void> {
    this.#ending = true;
    this.#closing = true;
    const requests = this.#closed(({ lasting }) => !lasting);
    await this.#atMost(this.#options.limits.drainMs, requests, others);
  }

  /**
   * Ends the requests of these principals, who are not let in any more, or not as they were: streams at once, and what
   * is under way after a moment, in which its tool can say what came of it. What has not come in whole does nothing.
   * @param reason of the 403 where no answer has begun
   * @param atOnce without that moment: whoever asked is to hear nothing more
   */
  async endRequestsOf(
    isEnded: (principal: Principal) => boolean,
    reason: string,
    atOnce = false,
  ): Promise<void> {
    const ended = [...this.#underWay].filter(({ principal }) => isEnded(principal));
    for (const exchange of ended) this.#ended.set(exchange, reason);
    for (const { lasting, response } of ended) if (lasting) response.end();
    if (!atOnce) {
      await this.#atMost(
        endingMs,
        this.#closed((exchange) => ended.includes(exchange)),
      );
    }
    for (const { response } of ended) {
      if (response.closed) continue;
      if (response.headersSent) response.end();
      else refuse(response, new Refusal(403, reason));
    }
  }

  /** Waits for the last bytes of streams that have been ended, for a second at most. */
  flushed(): Promise<void> {
    return this.#atMost(
      1_000,
      this.#closed(() => true),
    );
  }

  #trackUntilClosed(exchange: Exchange): void {
    const { clock, log } = this.#options;
    const { request, response } = exchange;
    const began = clock.now();
    this.#underWay.add(exchange);
    response.once('close', () => {
      this.#underWay.delete(exchange);
      const { method } = request;
      // Without the query, in which clients send what must not be logged, even tokens.
      log.debug(
        { method, path: pathOf(request), status: response.statusCode, ms: clock.now() - began },
        'answered',
      );
    });
  }

  /** See `Exchange.readBody`. */
  async #readBody(exchange: Exchange): Promise<unknown> {
    const { limits, rate } = this.#options;
    const {
      request,
      response,
      principal: { name },
    } = exchange;
    const held: (() => void)[] = [];
    response.once('close', () => {
      for (const release of held) release();
    });
    const body = await readJson(request, limits.bodyBytes, (bytes) => {
      if (!response.closed) held.push(this.#bodies.take(name, bytes));
    });
    const ended = this.#ended.get(exchange);
    if (ended !== undefined) throw new Refusal(403, ended);
    // The first message of a batch was counted when the request came in.
    if (Array.isArray(body) && body.length > 1) rate?.spend(name, body.length - 1);
    return body;
  }

  async #route(exchange: Exchange): Promise<void> {
    const { originCheck, nothingAt } = this.#options;
    const { request, response } = exchange;
    const path = pathOf(request);
    const found = this.#routes(path);
    originCheck.check(request, found?.anyHost ?? false);
    if (!found?.anyHost && !found?.page) shareWithOrigin(request, response);
    if (!found) throw new Refusal(404, nothingAt(path));
    if (isPreflight(request) && !found.page) return answerPreflight(request, response, found.methods);
    if (!found.methods.includes(request.method ?? '')) {
      throw new Refusal(405, `${request.method} is not offered here. ${found.instead ?? ''}`.trim(), {
        headers: { allow: found.methods.join(', ') },
      });
    }
    if (this.#closing && !found.evenClosing) {
      throw new Refusal(503, 'This server is shutting down.', { headers: { connection: 'close' } });
    }
    if (!found.open) await this.#identify(exchange, found);
    // Whoever has closed the connection meanwhile gets no answer, and places taken for it would never be given back.
    if (found.open || !response.closed) await found.handle(exchange);
  }

  /** Sets the exchange's principal and counts the request for it. Throws what identity and rate limit throw. */
  async #identify(exchange: Exchange, { forOperators }: Route): Promise<void> {
    const { identity, rate } = this.#options;
    const { request, response } = exchange;
    const principal = await identity.identify(request, forOperators ? adminScope : undefined);
    exchange.principal = principal;
    if (response.closed) return;
    rate?.spend(principal.name);
    if (principal.expiresAt !== undefined) this.#endStreamAt(principal.expiresAt, response);
  }

  /** Ends a stream when the token that opened it expires (epoch ms): a client with a new token opens another. */
  #endStreamAt(expiresAt: number, response: ServerResponse): void {
    const { clock } = this.#options;
    let stop = () => {};
    const wait = () => {
      const left = expiresAt - clock.now();
      if (left > 0) stop = clock.after(Math.min(left, longestTimerMs), wait);
      else if (response.headersSent) response.end();
    };
    wait();
    response.once('close', () => stop());
  }

  /** Resolves when all of those under way that `which` selects now are closed. */
  #closed(which: (exchange: Exchange) => boolean): Promise<unknown> {
    const selected = [...this.#underWay].filter(which);
    return Promise.all(
      selected.map(({ response }) => new Promise((resolve) => response.once('close', resolve))),
    );
  }

  async #atMost(ms: number, ...done: (Promise<unknown> | undefined)[]): Promise<void> {
    let stop = () => {};
    const late = new Promise<void>((resolve) => {
      stop = this.#options.clock.after(ms, resolve);
    });
    await Promise.race([Promise.all(done), late]);
    stop();
  }
}

/**
 * The path as it was written, not decoded and not normalized, so that a proxy and this server cannot read it
 * differently; without one slash at its end.
 */
const pathOf = ({ url }: IncomingMessage): string =>
  (url?.split('?', 1)[0] ?? '').replace(/(?<=[^/])\/$/, '');

function routeFinder(routes: PipelineOptions['routes']): (path: string) => Route | undefined {
  const exact = new Map(Object.entries(routes));
  const patterns = Object.entries(routes)
    .filter(([path]) => path.includes('*'))
    .map(([path, route]) => [new RegExp(`^${path.replaceAll('*', '[^/]+')}$`), route] as const);
  return (path) => exact.get(path) ?? patterns.find(([pattern]) => pattern.test(path))?.[1];
}

/** How long a request that is ended has to say what came of it, in ms. */
const endingMs = 1_000;

/** A day: Node runs a timer of more than 24 days (2^31 ms) at once. */
const longestTimerMs = 24 * 60 * 60_000;
