import type { Clock } from '../../shared/clock.ts';
import type { Fetch } from '../auth/sdk-platform.ts';
import type { Http } from './http.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { NetworkError } from './network-error.ts';
import type { RateLimiter, RequestSlot } from './rate-limiter.ts';
import type { Skew } from './skew.ts';

export interface LimitedFetchOptions {
  http: Http;
  rateLimiter: RateLimiter;
  /** Learns from the answers how far the host's clock is off. */
  skew: Skew;
  clock: Clock;
}

/**
 * Creates the fetch that the SDK uses: the only way to the network, for token requests, too. It sends within the rate
 * limit, and throws `HttpError` for an answer that is no success, besides what `Http.exchange`, `RateLimiter.admit`
 * and the request's `beforeSend` throw.
 */
export function createLimitedFetch({ http, rateLimiter, skew, clock }: LimitedFetchOptions): Fetch {
  return async (request) => {
    const { route = 'oauth', group = 'auth', priority = 'end', slot: taken } = request.rules;
    const slot = taken ?? (await rateLimiter.admit({ route, group, priority }));
    const sentAt = clock.now();
    checkLast(request, slot);
    const answer = await exchange(http, request, slot);
    skew.note(answer.headers, sentAt, clock.now());
    const error = answer.ok ? undefined : new HttpError(answer);
    slot.answered(answer.status, answer.headers, error?.body.code);
    if (error) throw error;
    return answer;
  };
}

/** The last look before the request leaves; where it throws, the slot is given back. */
function checkLast({ rules: { beforeSend } }: HttpRequest, slot: RequestSlot): void {
  try {
    const refusal = slot.refusal();
    if (refusal) throw refusal;
    beforeSend?.();
  } catch (error) {
    slot.notSent();
    throw error;
  }
}

async function exchange(http: Http, request: HttpRequest, slot: RequestSlot): Promise<HttpResponse> {
  try {
    return await http.exchange(request);
  } catch (error) {
    const { reached = true, message } = error instanceof NetworkError ? error : {};
    if (reached) slot.unanswered(message);
    else slot.notSent(message);
    throw error;
  }
}
