import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Logger } from '../../base/log.ts';
import type { RateGroup } from '../wire/operations.ts';
import { type Attempt, explain, HttpError, isPassing, requestIdOf } from './errors.ts';
import {
  createGovernor,
  defaultPenaltySeconds,
  type Governor,
  type Permit,
  type Priority,
  retryAfterSeconds,
} from './governor.ts';
import { createHttp, type HttpRequest, type HttpResponse, NetworkError } from './http.ts';
import { type Credentials, createLogin, type Login, type SdkPlatform, uncarry } from './login.ts';
import { sleep } from './sleep.ts';

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

/** What is said of a request before its body is known. */
export type PlannedRequest = Omit<RestRequest, 'body' | 'query' | 'beforeSend'>;

/** A request that can leave at once: the login is valid, and it has its place in the budget. */
export interface ReadyRequest {
  /**
   * Sends it, once. Answers undefined when the platform refused the login: nothing was done, and there is a new login.
   * @throws Failure, or what `beforeSend` throws: then nothing was sent.
   */
  send(body: object | undefined, beforeSend: () => void): Promise<RestAnswer | undefined>;
  /** Gives its place in the budget back. Harmless once it was sent. */
  cancel(): void;
}

export interface RestAnswer {
  /** Parsed JSON; undefined when there is none. */
  body: unknown;
  /** As it came, for the answers that are not plain JSON. */
  text: string;
  requestId?: string;
}

/** Every request to the platform goes through here. */
export interface Rest {
  /**
   * For what can be repeated: after a 401 it logs in and sends again, reads are tried again after a passing fault.
   * @throws Failure with a message for the reader.
   */
  send(request: RestRequest): Promise<RestAnswer>;
  /**
   * For what acts on calls, which is sent once or not at all: everything that takes time before it is done here.
   * @throws Failure `rate_limited`, `unavailable`, `forbidden`
   */
  prepare(request: PlannedRequest): Promise<ReadyRequest>;
  readonly governor: Governor;
  readonly login: Login;
  readonly serverUrl: string;
  /** Revokes the login and closes the connections. */
  close(): Promise<void>;
}

export interface RestOptions {
  credentials: Credentials;
  clock: Clock;
  log: Logger;
  appVersion?: string;
  /** How long an answer may take; 10 s. */
  timeoutMs?: number;
  /** Waits before a read is repeated after a 5xx or a broken connection. */
  readRetriesMs?: readonly number[];
}

/** A longer wait than this is the caller's to decide. */
const longestRetryAfterSeconds = 2;

export function createRest({
  credentials,
  clock,
  log,
  appVersion,
  timeoutMs = 10_000,
  readRetriesMs = [250, 1_000],
}: RestOptions): Rest {
  const governor = createGovernor(clock);
  const http = createHttp(clock, timeoutMs);

  /** What the SDK takes for fetch: the one door to the network, token requests included. */
  const fetch = async (request: HttpRequest): Promise<HttpResponse> => {
    const { route = 'oauth', group = 'auth', priority = 'end', permit: taken, beforeSend } = request.rules;
    const permit = taken ?? (await governor.admit({ route, group, priority }));
    let answer: HttpResponse;
    try {
      const refusal = permit.refusal();
      if (refusal) throw refusal;
      beforeSend?.();
    } catch (error) {
      permit.notSent();
      throw error;
    }
    try {
      answer = await http.exchange(request);
    } catch (error) {
      const { reached = true, message } = error instanceof NetworkError ? error : {};
      if (reached) permit.unanswered(message);
      else permit.notSent(message);
      throw error;
    }
    const error = answer.ok ? undefined : new HttpError(answer);
    permit.answered(answer.status, answer.headers, error?.body.code);
    if (error) throw error;
    return answer;
  };

  const login = createLogin({
    ...{ credentials, fetch, clock, log },
    ...(appVersion ? { appVersion } : {}),
    waitMs: () => governor.room('auth', 'end').waitMs,
  });

  const priorityOf = ({ priority, acting }: PlannedRequest): Priority =>
    priority ?? (acting ? 'action' : 'read');

  const once = async (platform: SdkPlatform, request: RestRequest, permit?: Permit): Promise<RestAnswer> => {
    const { method, path, query, body, group, route, signal, timeoutMs, beforeSend } = request;
    const rules = { group, route, priority: priorityOf(request), signal, timeoutMs, permit, beforeSend };
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
        const error = uncarry(thrown);
        if (error instanceof HttpError && error.answer.status === 401 && !renewed) {
          renewed = true;
          await login.renew(generation, error.body.code);
          continue;
        }
        const retryAfter = retryAfterOf(error, clock.now(), governor.room(request.group, 'end').waitMs);
        const pause = isWorthRepeating(error, retryAfter) ? retries.shift() : undefined;
        if (pause === undefined) throw explain(error, request, retryAfter);
        const jittered = pause * (0.75 + Math.random() / 2);
        await sleep(clock, Math.max(jittered, (retryAfter ?? 0) * 1000));
      }
    }
  };

  const prepare = async (planned: PlannedRequest): Promise<ReadyRequest> => {
    await login.platform();
    const { route, group } = planned;
    const permit = await governor.admit({ route, group, priority: priorityOf(planned) });
    let isOwed = true;
    const cancel = (): void => {
      if (isOwed) permit.notSent();
      isOwed = false;
    };
    return {
      cancel,
      async send(body, beforeSend) {
        const platform = await login.platform();
        const { generation } = login;
        if (!isOwed) throw new Error('a request was sent twice');
        isOwed = false;
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
          return await once(platform, { ...planned, ...(body && { body }), beforeSend: check }, permit);
        } catch (thrown) {
          if (stopped !== undefined) throw stopped;
          const error = uncarry(thrown);
          if (!(error instanceof HttpError && error.answer.status === 401)) {
            throw explain(
              error,
              planned,
              retryAfterOf(error, clock.now(), governor.room(group, 'end').waitMs),
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
    governor,
    login,
    serverUrl: credentials.serverUrl,
    async close() {
      await login.close();
      http.close();
    },
  };
}

/** A read that timed out has cost the caller's patience already. */
const isWorthRepeating = (error: unknown, retryAfter = 0): boolean =>
  isPassing(error) &&
  retryAfter <= longestRetryAfterSeconds &&
  !(error instanceof NetworkError && error.why === 'timed-out');

/** `waitMs`: until the governor sends again, which is later than a 429 says. */
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

/** A read whose answer makes no sense: a proxy's page, or a change of the platform. */
export const unreadable = (what: string): Failure =>
  new Failure('unavailable', `${what}: RingCentral's answer could not be read. Try again in a moment.`);
