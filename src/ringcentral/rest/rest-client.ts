import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import type { Credentials } from '../auth/credentials.ts';
import { Login } from '../auth/login.ts';
import { type SdkPlatform, unwrapFetchError } from '../auth/sdk-platform.ts';
import type { RateGroup } from '../wire/operation-table.ts';
import { type Attempt, toFailure } from './errors.ts';
import { createHttp, type HttpRequest, type HttpResponse, NetworkError } from './http.ts';
import { HttpError, isPassing, requestIdOf } from './http-error.ts';
import {
  createRateLimiter,
  defaultPenaltySeconds,
  type Priority,
  type RateLimiter,
  type RequestSlot,
  retryAfterSeconds,
} from './rate-limiter.ts';
import { Skew } from './skew.ts';

export interface RestRequest extends Attempt {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** `path` with its parameters unfilled. */
  route: string;
  group: RateGroup;
  query?: Record<string, string | number | boolean | readonly string[]>;
  body?: object;
  priority?: Priority;
  signal?: AbortSignal;
  /** Called right before the request leaves, at each try; what it throws is thrown instead of sending. */
  beforeSend?: () => void;
  /** How long the answer may take, where it is less than usual. */
  timeoutMs?: number;
}

/** A request whose body is not known yet. */
export type PlannedRequest = Omit<RestRequest, 'body' | 'query' | 'beforeSend'>;

/** A request that is ready to leave: logged in, and with its place in the rate limit. */
export interface PreparedRequest {
  /**
   * Sends the request, once.
   * @returns the answer; undefined when the platform refused the login: nothing was done, and there is a new login
   * @throws Failure, or what `beforeSend` throws: then nothing was sent
   */
  send(body: object | undefined, beforeSend: () => void): Promise<RestAnswer | undefined>;
  /** Gives its place in the rate limit back. Does nothing once it was sent. */
  cancel(): void;
}

export interface RestAnswer {
  /** Parsed JSON; undefined when there is none. */
  body: unknown;
  /** The body as text, for answers that are not plain JSON. */
  text: string;
  requestId?: string;
}

/** Sends all requests to the platform. */
export interface RestClient {
  /**
   * Sends what can be repeated: again after a 401 with a new login, and reads also after a passing fault.
   * @throws Failure with a message for the reader
   */
  send(request: RestRequest): Promise<RestAnswer>;
  /**
   * Gets ready what acts on calls: everything that takes time is done here, then `send` sends it once or not at all.
   * @throws Failure `rate_limited`, `unavailable`, `forbidden`
   */
  prepare(request: PlannedRequest): Promise<PreparedRequest>;
  readonly rateLimiter: RateLimiter;
  readonly login: Login;
  readonly skew: Skew;
  readonly serverUrl: string;
  /** Revokes the login and closes the connections. */
  close(): Promise<void>;
}

export interface RestClientOptions {
  credentials: Credentials;
  clock: Clock;
  log: Logger;
  appVersion?: string;
  /** How long an answer may take; 10 s. */
  timeoutMs?: number;
  /** Waits before a read is repeated after a 5xx or a broken connection. */
  readRetriesMs?: readonly number[];
}

/** The longest wait, in seconds, before a read is repeated; a longer one is left to the caller. */
const longestRetryAfterSeconds = 2;

export function createRestClient({
  credentials,
  clock,
  log,
  appVersion,
  timeoutMs = 10_000,
  readRetriesMs = [250, 1_000],
}: RestClientOptions): RestClient {
  const rateLimiter = createRateLimiter(clock);
  const skew = new Skew();
  const http = createHttp(clock, timeoutMs);

  /** The fetch that the SDK uses: the only way to the network, for token requests, too. */
  const fetch = async (request: HttpRequest): Promise<HttpResponse> => {
    const { route = 'oauth', group = 'auth', priority = 'end', slot: taken, beforeSend } = request.rules;
    const slot = taken ?? (await rateLimiter.admit({ route, group, priority }));
    let answer: HttpResponse;
    const sentAt = clock.now();
    try {
      const refusal = slot.refusal();
      if (refusal) throw refusal;
      beforeSend?.();
    } catch (error) {
      slot.notSent();
      throw error;
    }
    try {
      answer = await http.exchange(request);
    } catch (error) {
      const { reached = true, message } = error instanceof NetworkError ? error : {};
      if (reached) slot.unanswered(message);
      else slot.notSent(message);
      throw error;
    }
    skew.note(answer.headers, sentAt, clock.now());
    const error = answer.ok ? undefined : new HttpError(answer);
    slot.answered(answer.status, answer.headers, error?.body.code);
    if (error) throw error;
    return answer;
  };

  const login = new Login({
    ...{ credentials, fetch, clock, log },
    ...(appVersion ? { appVersion } : {}),
    waitMs: () => rateLimiter.budget('auth', 'end').waitMs,
  });

  const priorityOf = ({ priority, acting }: PlannedRequest): Priority =>
    priority ?? (acting ? 'action' : 'read');

  const once = async (
    platform: SdkPlatform,
    request: RestRequest,
    slot?: RequestSlot,
  ): Promise<RestAnswer> => {
    const { method, path, query, body, group, route, signal, timeoutMs, beforeSend } = request;
    const rules = { group, route, priority: priorityOf(request), signal, timeoutMs, slot, beforeSend };
    const answer = (await platform.send({
      method,
      url: path,
      ...(query ? { query } : {}),
      ...(body ? { body } : {}),
      ...rules,
    })) as unknown as HttpResponse;
    return { body: parseJson(answer.body), text: answer.body, ...requestIdOf(answer) };
  };

  const send = async (request: RestRequest): Promise<RestAnswer> => {
    const retries = request.method === 'GET' ? [...readRetriesMs] : [];
    let renewed = false;
    for (;;) {
      const platform = await login.platform();
      const { generation } = login;
      try {
        return await once(platform, request);
      } catch (thrown) {
        const error = unwrapFetchError(thrown);
        if (error instanceof HttpError && error.answer.status === 401 && !renewed) {
          renewed = true;
          await login.renew(generation, error.body.code);
          continue;
        }
        const retryAfter = retryAfterOf(error, clock.now(), rateLimiter.budget(request.group, 'end').waitMs);
        const pause = isWorthRepeating(error, retryAfter) ? retries.shift() : undefined;
        if (pause === undefined) throw toFailure(error, request, retryAfter);
        const jittered = pause * (0.75 + Math.random() / 2);
        await delay(clock, Math.max(jittered, (retryAfter ?? 0) * 1000));
      }
    }
  };

  const prepare = async (planned: PlannedRequest): Promise<PreparedRequest> => {
    await login.platform();
    const { route, group } = planned;
    const slot = await rateLimiter.admit({ route, group, priority: priorityOf(planned) });
    let isSlotUnused = true;
    const cancel = (): void => {
      if (isSlotUnused) slot.notSent();
      isSlotUnused = false;
    };
    return {
      cancel,
      async send(body, beforeSend) {
        const platform = await login.platform();
        const { generation } = login;
        if (!isSlotUnused) throw new Error('a request was sent twice');
        isSlotUnused = false;
        let stopped: unknown;
        const check = (): void => {
          try {
            beforeSend();
          } catch (error) {
            stopped = error;
            throw error;
          }
        };
        try {
          return await once(platform, { ...planned, ...(body && { body }), beforeSend: check }, slot);
        } catch (thrown) {
          if (stopped !== undefined) throw stopped;
          const error = unwrapFetchError(thrown);
          if (!(error instanceof HttpError && error.answer.status === 401)) {
            throw toFailure(
              error,
              planned,
              retryAfterOf(error, clock.now(), rateLimiter.budget(group, 'end').waitMs),
            );
          }
          await login.renew(generation, error.body.code);
          return undefined;
        }
      },
    };
  };

  return {
    send,
    prepare,
    rateLimiter,
    login,
    skew,
    serverUrl: credentials.serverUrl,
    async close() {
      await login.close();
      http.close();
    },
  };
}

/** Whether a read may be repeated. After a time-out it is not: the caller has waited long enough. */
const isWorthRepeating = (error: unknown, retryAfter = 0): boolean =>
  isPassing(error) &&
  retryAfter <= longestRetryAfterSeconds &&
  !(error instanceof NetworkError && error.why === 'timed-out');

/**
 * Seconds to wait, for the failure's `retryAfterSeconds`.
 * @param waitMs until the rate limiter sends again, which is later than a 429 says
 */
function retryAfterOf(error: unknown, now: number, waitMs: number): number | undefined {
  if (!(error instanceof HttpError)) return undefined;
  const { headers, status } = error.answer;
  const stated = retryAfterSeconds(headers, now);
  return status === 429 ? Math.max(stated ?? defaultPenaltySeconds, waitMs / 1000) : stated;
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The failure of a read whose answer makes no sense: a proxy's page, or a change of the platform. */
export const unreadable = (what: string): Failure =>
  new Failure('unavailable', `${what}: RingCentral's answer could not be read. Try again in a moment.`);
