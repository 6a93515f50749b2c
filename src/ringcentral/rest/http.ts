import type { Agent, ClientRequest } from 'node:http';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Clock } from '../../shared/clock.ts';
import { exchangeOver, type UnderWay } from './http-exchange.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { NetworkError } from './network-error.ts';
import { rememberingProxies } from './proxy.ts';

/** So long, in ms, what is no act may still be answered when the server ends. */
export const giveUpMs = 1_000;

/** One HTTP exchange, and the connections that are kept for the next. */
export interface Http {
  /** @throws NetworkError */
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** Cancels those of the requests under way now that are not answered within `ms`. */
  giveUp(ms: number, which: (request: HttpRequest) => boolean): void;
  close(): void;
}

const idleSocketMs = 30_000;

/**
 * HTTP on Node's own client with keep-alive: 0.6 of the time of Node's fetch (bench/fetch.ts), and it can tell a
 * request that never left from one that may have arrived. Redirects are not followed: the API has none.
 */
export function createHttp(clock: Clock, defaultTimeoutMs: number): Http {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, timeout: idleSocketMs }),
    'https:': new HttpsAgent({ keepAlive: true, timeout: idleSocketMs }),
  };

  const proxyFor = rememberingProxies();
  const underWay = new Set<UnderWay>();

  const open = (url: URL, { method, headers, body }: HttpRequest, proxy?: Agent): ClientRequest => {
    const length = method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body ?? '') };
    const options = { method, headers: { ...Object.fromEntries(headers), ...length } };
    return url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: proxy ?? agents['https:'] })
      : requestHttp(url, { ...options, agent: proxy ?? agents['http:'] });
  };

  return {
    async exchange(request) {
      const url = new URL(request.url);
      const proxy = await proxyFor(url).catch(({ message }: Error) => {
        throw new NetworkError('broken', message, false);
      });
      const { timeoutMs = defaultTimeoutMs } = request.rules;
      return exchangeOver(open(url, request, proxy?.agent), request, clock, timeoutMs, underWay);
    },
    giveUp(ms, which) {
      const meant = [...underWay].filter(({ request }) => which(request));
      clock.after(ms, () => {
        for (const { cancel } of meant) cancel();
      });
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}
