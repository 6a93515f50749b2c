import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { Login } from '../auth/login.ts';
import { type SdkPlatform, unwrapFetchError } from '../auth/sdk-platform.ts';
import { toFailure } from './errors.ts';
import { HttpError, isPassing, requestIdOf } from './http-error.ts';
import type { HttpResponse } from './http-message.ts';
import { NetworkError } from './network-error.ts';
import { retryAfterSeconds } from './rate-limit-headers.ts';
import type { RateLimiter, RequestSlot } from './rate-limiter.ts';
import { type Priority, rateRules } from './rate-rules.ts';
import type { PlannedRequest, PreparedRequest, RestAnswer, RestRequest } from './rest-request.ts';

export interface RequestSenderOptions {
  login: Login;
  rateLimiter: RateLimiter;
  clock: Clock;
  /** Waits, in ms, before a read is repeated after a 5xx or a broken connection. */
  readRetriesMs: readonly number[];
}

/** The longest wait, in seconds, before a read is repeated; a longer one is left to the caller. */
const longestRetryAfterSeconds = 2;

/** Sends requests with the login, and decides what is sent again: see `RestClient.send` and `RestClient.prepare`. */
export class RequestSender {
  readonly #options: RequestSenderOptions;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
  }

  async send(request: RestRequest): Promise<RestAnswer> {
    const { login, clock, readRetriesMs } = this.#options;
    const retries = request.method === 'GET' ? [...readRetriesMs] : [];
    let renewed = false;
    for (;;) {
      const platform = await login.platform();
      const { generation } = login;
      try {
        return await sendOnce(platform, request);
      } catch (thrown) {
        const error = unwrapFetchError(thrown);
        if (isLoginRefusal(error) && !renewed) {
          renewed = true;
          await login.renew(generation, error.body.code);
          continue;
        }
        const retryAfter = this.#retryAfterOf(error, request);
        const pause = isWorthRepeating(error, retryAfter) ? retries.shift() : undefined;
        if (pause === undefined) throw toFailure(error, request, retryAfter);
        const jittered = pause * (0.75 + Math.random() / 2);
        await delay(clock, Math.max(jittered, (retryAfter ?? 0) * 1000));
      }
    }
  }

  async prepare(planned: PlannedRequest): Promise<PreparedRequest> {
    const { login, rateLimiter } = this.#options;
    await login.platform();
    const { route, group } = planned;
    const slot = await rateLimiter.admit({ route, group, priority: priorityOf(planned) });
    let isSlotUnused = true;
    return {
      cancel() {
        if (isSlotUnused) slot.notSent();
        isSlotUnused = false;
      },
      send: async (body, beforeSend) => {
        const platform = await login.platform();
        if (!isSlotUnused) throw new Error('a request was sent twice');
        isSlotUnused = false;
        const request = body ? { ...planned, body } : planned;
        return this.#sendPrepared(platform, { ...request, beforeSend }, slot);
      },
    };
  }

  /**
   * @returns undefined when the platform refused the login: there is a new one
   * @throws Failure, or what `beforeSend` throws
   */
  async #sendPrepared(
    platform: SdkPlatform,
    request: RestRequest & { beforeSend: () => void },
    slot: RequestSlot,
  ): Promise<RestAnswer | undefined> {
    const { login } = this.#options;
    const { generation } = login;
    let stopped: unknown;
    const beforeSend = (): void => {
      try {
        request.beforeSend();
      } catch (error) {
        stopped = error;
        throw error;
      }
    };
    try {
      return await sendOnce(platform, { ...request, beforeSend }, slot);
    } catch (thrown) {
      if (stopped !== undefined) throw stopped;
      const error = unwrapFetchError(thrown);
      if (!isLoginRefusal(error)) throw toFailure(error, request, this.#retryAfterOf(error, request));
      await login.renew(generation, error.body.code);
      return undefined;
    }
  }

  /** Seconds to wait, for the failure's `retryAfterSeconds`; after a 429 not before the rate limiter sends again. */
  #retryAfterOf(error: unknown, { group }: PlannedRequest): number | undefined {
    const { clock, rateLimiter } = this.#options;
    if (!(error instanceof HttpError)) return undefined;
    const { headers, status } = error.answer;
    const stated = retryAfterSeconds(headers, clock.now());
    if (status !== 429) return stated;
    return Math.max(stated ?? rateRules.penaltyMs / 1000, rateLimiter.budget(group, 'end').waitMs / 1000);
  }
}

/** @param slot a place in the rate limit that was taken before; else one is taken */
async function sendOnce(
  platform: SdkPlatform,
  request: RestRequest,
  slot?: RequestSlot,
): Promise<RestAnswer> {
  const { method, path, query, body, group, route, signal, timeoutMs, beforeSend } = request;
  const rules = { group, route, priority: priorityOf(request), signal, timeoutMs, slot, beforeSend };
  // Always of the same shape: V8 makes the code for it once.
  const options = { method, url: path, query, body, rules };
  const answer = (await platform.send(options)) as unknown as HttpResponse;
  return { body: parseJson(answer.body), text: answer.body, ...requestIdOf(answer) };
}

const priorityOf = ({ priority, acting }: PlannedRequest): Priority =>
  priority ?? (acting ? 'action' : 'read');

const isLoginRefusal = (error: unknown): error is HttpError =>
  error instanceof HttpError && error.answer.status === 401;

/** Whether a read may be repeated. After a time-out it is not: the caller has waited long enough. */
const isWorthRepeating = (error: unknown, retryAfter = 0): boolean =>
  isPassing(error) &&
  retryAfter <= longestRetryAfterSeconds &&
  !(error instanceof NetworkError && error.why === 'timed-out');
