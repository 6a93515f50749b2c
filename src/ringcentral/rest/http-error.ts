import { type ErrorBody, readErrorBody } from './error-body.ts';
import type { HttpResponse } from './http-message.ts';
import { NetworkError } from './network-error.ts';

/**
 * An answer that is not a success, carried past the SDK, which would repeat requests on some of them
 * (platform.md 11.1).
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly answer: HttpResponse;
  readonly body: ErrorBody;

  constructor(answer: HttpResponse) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
    this.body = readErrorBody(answer.body);
  }
}

/** Whether a read is worth another try: the fault of network or platform may pass. */
export const isPassing = (error: unknown): boolean =>
  (error instanceof NetworkError && error.why !== 'cancelled') ||
  (error instanceof HttpError && error.answer.status >= 500);

/** RingCentral's id of the exchange, for its support. */
export function requestIdOf(answer: HttpResponse): { requestId?: string } {
  const requestId = answer.headers.get('rcrequestid');
  return requestId === undefined ? {} : { requestId };
}
