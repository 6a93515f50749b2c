import type { Sandbox } from 'ringcentral-sandbox/testing';
import {
  Api,
  Apps,
  Faults,
  type LoggedRequest,
  LoginSessions,
  limitsOf,
  Platform,
  RateLimits,
  RequestLog,
  routes,
} from 'ringcentral-sandbox/testing';
import { toFailure } from '../../../src/ringcentral/rest/errors.ts';
import { HttpError } from '../../../src/ringcentral/rest/http-error.ts';
import { HttpHeaders } from '../../../src/ringcentral/rest/http-headers.ts';
import { HttpResponse } from '../../../src/ringcentral/rest/http-message.ts';
import type { RestClient } from '../../../src/ringcentral/rest/rest-client.ts';
import type { RestAnswer, RestRequest } from '../../../src/ringcentral/rest/rest-request.ts';
import { Failure } from '../../../src/shared/failure.ts';

export type { LoggedRequest };

/** What goes wrong with one request, and how long it takes. */
export interface RestFault {
  /** Before it leaves: the login, or the wait for the rate limit. */
  beforeMs?: number;
  /** Before its answer comes. */
  afterMs?: number;
  fails?: '401' | '429';
}

/**
 * The sandbox's REST API and its request log, without sockets and on the sandbox's clock. `sending` is called right
 * before the sandbox does what a request says, `sent` with the log's entry of it.
 */
export function createInProcessRest(
  sandbox: Sandbox,
  {
    sending,
    sent,
    trouble = () => ({}),
  }: {
    /** Called at each step of a request: when it is prepared, before it leaves, and before its answer comes. */
    sending(): void;
    sent(entry: LoggedRequest): void;
    trouble?(): RestFault;
  },
): RestClient {
  const { clock, engine } = sandbox;
  const log = new RequestLog(clock);
  const logins = new LoginSessions(clock);
  const session = logins.open(new Apps().register(), sandbox.ext('101'), {});
  const unused = undefined as never;
  const services = {
    serverUrl: 'http://sandbox',
    clock,
    engine,
    subscriptions: unused,
    usesPermissionWord: () => false,
    gateway: unused,
  };
  const api = new Api(routes, services, logins, new RateLimits(clock, () => limitsOf('off')));
  const platform = new Platform({ clock, log, faults: new Faults(), oauth: unused, api });
  let next = 1;

  const send = async (request: RestRequest): Promise<RestAnswer | undefined> => {
    const { method, path, query = {}, body, beforeSend } = request;
    const { beforeMs = 0, afterMs = 0, fails } = trouble();
    sending();
    clock.advance(beforeMs);
    beforeSend?.();
    sending();
    if (fails === '429') throw new Failure('rate_limited', 'Slow down.', { retryAfterSeconds: 30 });
    if (fails === '401' && method !== 'GET') {
      clock.advance(afterMs);
      sending();
      return undefined;
    }
    const answering = platform.answer({
      method,
      path,
      query: new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      ),
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? '' : JSON.stringify(body),
      tunnel: { session, connectionId: 'line' },
    });
    const logged = log.since(next);
    next = logged.next;
    for (const entry of logged.requests) sent(entry);
    const answer = await answering;
    clock.advance(afterMs);
    if (answer.kind !== 'reply') throw new Error(`no reply: ${answer.kind}`);
    const { status, headers = {}, body: value } = answer.reply;
    const text = value === undefined ? '' : JSON.stringify(value);
    const response = new HttpResponse(status, new HttpHeaders(Object.entries(headers)), text);
    if (!response.ok) throw toFailure(new HttpError(response), request);
    const { RCRequestId: requestId } = headers;
    return { body: text === '' ? undefined : JSON.parse(text), text, ...(requestId && { requestId }) };
  };

  return {
    async send(request) {
      const answer = await send(request);
      if (answer === undefined) throw new Error('only what acts is refused');
      return answer;
    },
    async prepare(planned) {
      sending();
      clock.advance(trouble().beforeMs ?? 0);
      return {
        send: (body, beforeSend) => send({ ...planned, ...(body && { body }), beforeSend }),
        cancel() {},
      };
    },
    skew: unused,
    rateLimiter: unused,
    login: unused,
    serverUrl: 'http://sandbox',
    giveUpReading() {},
    async close() {},
  };
}
