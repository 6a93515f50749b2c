import { type Failure, troubleOf } from '../../shared/failure.ts';
import type { ErrorBody } from '../rest/error-body.ts';
import { toFailure } from '../rest/errors.ts';
import { HttpError } from '../rest/http-error.ts';
import { HttpHeaders } from '../rest/http-headers.ts';
import { HttpResponse } from '../rest/http-message.ts';

/**
 * Why the feed is not live. `passing`: try again later. `refused`: the login or token was not accepted; final after a
 * few tries. `denied`: only a person can help; final at once.
 */
export interface FeedFault {
  kind: 'passing' | 'refused' | 'denied';
  /** For a person. */
  message: string;
  retryAfterSeconds?: number;
  /** The try cost nothing of the rate limits, so the next may come soon. */
  free?: boolean;
  /**
   * The platform refused nothing: there is only no request left to send, and what went wrong before is still the
   * cause.
   */
  waiting?: boolean;
}

export const passing = (message: string): FeedFault => ({ kind: 'passing', message });
export const free = (message: string): FeedFault => ({ kind: 'passing', message, free: true });
const refused = (message: string): FeedFault => ({ kind: 'refused', message });

/** Codes that name a missing permission or a limit: repeating does not help (platform.md 9.2). */
const deniedCodes: ReadonlySet<string> = new Set([
  'CMN-401',
  'CMN-402',
  'CMN-403',
  'CMN-408',
  'CMN-419',
  'InsufficientPermissions',
  'SUB-406',
  'SUB-528',
]);

/** The trouble of a failed login or token request. */
export function fromFailure(failure: Failure): FeedFault {
  const { kind, details } = failure;
  const { errorCode, retryAfterSeconds } = details;
  const message = troubleOf(failure, 0).reason;
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (kind !== 'forbidden') {
    return { kind: 'passing', message, ...wait, ...(kind === 'unavailable' && { free: true }) };
  }
  return { kind: deniedCodes.has(errorCode ?? '') ? 'denied' : 'refused', message, ...wait };
}

/** The trouble of a refused upgrade or subscription, by its HTTP status. */
export function fromStatus(
  status: number,
  what: string,
  body = '',
  headers: Iterable<[string, string]> = [],
): FeedFault {
  const all = new HttpHeaders();
  for (const [name, value] of headers) all.set(name, value);
  const error = new HttpError(new HttpResponse(status, all, body));
  const retryAfter = Number(all.get('retry-after'));
  const seconds = retryAfter > 0 ? retryAfter : status === 429 ? 60 : undefined;
  return fromFailure(toFailure(error, { what, acting: false }, seconds));
}

/** Meanings of close codes (platform.md 5.2); any other is a broken connection. */
const closeCodes: Readonly<Record<number, FeedFault>> = {
  1000: passing('the gateway closed the connection'),
  1001: passing('the gateway is going away'),
  1006: passing('the connection broke'),
  4400: refused('the gateway did not accept the token'),
  4401: refused('the gateway did not accept the token'),
};

export const fromClose = (code: number): FeedFault =>
  closeCodes[code] ?? passing(`the gateway closed the connection (code ${code})`);

/** Error frames (platform.md 5.6): the gateway closes after them, so the connection counts as lost. */
const errorFrames: Readonly<Record<string, string>> = {
  'WSG-902': 'the gateway ended an idle connection',
  'WSG-903': 'the gateway ended a connection that had reached its age limit',
};

export function fromErrorFrame({ code, message }: ErrorBody): FeedFault {
  if (deniedCodes.has(code ?? ''))
    return { kind: 'denied', message: message ?? code ?? 'permission missing' };
  if (code?.startsWith('OAU-')) return refused(`the gateway did not accept the token (${code})`);
  return passing(errorFrames[code ?? ''] ?? `the gateway reported an error (${code ?? 'no code'})`);
}
