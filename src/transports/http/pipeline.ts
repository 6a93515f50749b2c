import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import { acceptRequestId, withRequestId } from '../../shared/request-id.ts';
import type { Identity } from '../identity/identity.ts';
import { local } from '../identity/principal.ts';
import { Refusal, refuse } from '../refusal.ts';
import { readJson } from './body.ts';
import { answerPreflight, isPreflight, shareWithOrigin } from './cors.ts';
import type { Exchange, Route } from './exchange.ts';
import { type Limits, Quota, type RateLimit } from './limits.ts';
import type { OriginCheck } from './origin-check.ts';

export interface PipelineOptions {
  routes: Readonly<Record<string, Route>>;
  originCheck: OriginCheck;
  /** What to say of a path that there is nothing under. */
  nothingAt(path: string): string;
  identity: Identity;
  /** Absent where there is one principal only. */
  rate?: RateLimit;
  limits: Limits;
  clock: Clock;
  log: Logger;
}

/** What every HTTP request goes through before its route sees it: the checks in their order, and the last answer. */
export function createPipeline(options: PipelineOptions) {
  const { routes, originCheck, identity, rate, limits, clock, log } = options;
  const underWay = new Set<Exchange>();
  const bodies = new Quota(
    'bytes of requests',
    limits.bodies,
    rate ? limits.bodiesPerPrincipal : limits.bodies,
  );
  let closing = false;

  function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = acceptRequestId(request.headersDistinct['x-request-id']?.[0]);
    response.setHeader('x-request-id', id);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    const exchange: Exchange = {
      request,
      response,
      principal: local,
      lasting: false,
      readBody: () => readBody(exchange),
    };
    underWay.add(exchange);
    const began = clock.now();
    return withRequestId(id, () => {
      response.once('close', () => {
        underWay.delete(exchange);
        const { method } = request;
        // Without the query: clients put there what is nobody's business, even tokens.
        log.debug(
          { method, path: pathOf(request), status: response.statusCode, ms: clock.now() - began },
          'answered',
        );
      });
      return route(exchange).catch((error) => {
        if (!(error instanceof Refusal)) log.error({ err: error }, 'request failed');
        refuse(response, error instanceof Refusal ? error : new Refusal(500, 'Internal error.'));
      });
    });
  }

  async function readBody({ request, response, principal: { name } }: Exchange): Promise<unknown> {
    const held: (() => void)[] = [];
    response.once('close', () => {
      for (const release of held) release();
    });
    const body = await readJson(request, limits.bodyBytes, (bytes) => {
      if (!response.closed) held.push(bodies.take(name, bytes));
    });
    // The first was paid for when it came in.
    if (Array.isArray(body) && body.length > 1) rate?.spend(name, body.length - 1);
    return body;
  }

  async function route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const path = pathOf(request);
    const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
    originCheck.check(request, found?.anyHost ?? false);
    if (!found?.anyHost) shareWithOrigin(request, response);
    if (!found) throw new Refusal(404, options.nothingAt(path));
    if (isPreflight(request)) return answerPreflight(request, response, found.methods);
    if (!found.methods.includes(request.method ?? '')) {
      throw new Refusal(405, `${request.method} is not offered here. ${found.instead ?? ''}`.trim(), {
        headers: { allow: found.methods.join(', ') },
      });
    }
    if (closing && !found.evenClosing) {
      throw new Refusal(503, 'This server is shutting down.', { headers: { connection: 'close' } });
    }
    if (!found.open) {
      const principal = await identity.identify(request);
      exchange.principal = principal;
      // The end of a client that went away meanwhile has been told: what is taken for it now is never given back.
      if (response.closed) return;
      rate?.spend(principal.name);
      if (principal.expiresAt !== undefined) endStreamAt(principal.expiresAt, response);
    }
    await found.handle(exchange);
  }

  /** A stream is as good as the token that opened it. Who has a new one comes back. */
  function endStreamAt(expiresAt: number, response: ServerResponse): void {
    let stop = () => {};
    const wait = () => {
      const left = expiresAt - clock.now();
      if (left > 0) stop = clock.after(Math.min(left, longestTimerMs), wait);
      else if (response.headersSent) response.end();
    };
    wait();
    response.once('close', () => stop());
  }

  const closed = (which: (exchange: Exchange) => boolean) =>
    Promise.all(
      [...underWay]
        .filter(which)
        .map(({ response }) => new Promise((resolve) => response.once('close', resolve))),
    );

  async function atMost(ms: number, ...done: (Promise<unknown> | undefined)[]): Promise<void> {
    let stop = () => {};
    const late = new Promise<void>((resolve) => {
      stop = clock.after(ms, resolve);
    });
    await Promise.race([Promise.all(done), late]);
    stop();
  }

  return {
    handle,
    /** Turns new requests away and waits for those under way, and for `others`; event streams stay. */
    async drain(others?: Promise<unknown>): Promise<void> {
      closing = true;
      await atMost(
        limits.drainMs,
        closed(({ lasting }) => !lasting),
        others,
      );
    },
    /** Waits for the last bytes of streams that have been ended. */
    flushed: () =>
      atMost(
        1_000,
        closed(() => true),
      ),
    get closing() {
      return closing;
    },
  };
}

/** Exactly as written: no decoding, no dots, no doubled slashes, nothing to be clever with; but with one slash at the end, or without. */
const pathOf = ({ url }: IncomingMessage): string =>
  (url?.split('?', 1)[0] ?? '').replace(/(?<=[^/])\/$/, '');

/** A day. What is longer than 24 days would run at once. */
const longestTimerMs = 24 * 60 * 60_000;
