import type { Clock } from '../clock.ts';
import type { ApiRequest } from '../rest/exchange.ts';

/** Requests and bytes of a body that are kept. */
const ENTRIES_KEPT = 10_000;
const BODY_KEPT = 64 * 1024;
/** Form parameters that are logged as `***`. */
const SECRETS = ['assertion', 'refresh_token', 'code', 'code_verifier', 'token', 'client_secret', 'password'];

/** A request as GET /requests shows it. */
export interface LoggedRequest {
  /** Its number, counted from 1. */
  readonly seq: number;
  /** When it arrived, as ISO time. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  /** Status of the answer, even if a fault cut that off; null while there is none. */
  status: number | null;
  /** Extension of the sender; null if the request shows none. */
  extensionId: string | null;
  readonly body?: unknown;
}

/**
 * The REST requests received, in order: over HTTP, OAuth included, and through WebSockets. The newest 10,000 are
 * kept.
 */
export class RequestLog {
  readonly #clock: Clock;
  #entries: LoggedRequest[] = [];
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a request; the entry's `status` and `extensionId` are set when they are known. */
  begin(request: ApiRequest): LoggedRequest {
    const query = request.query.toString();
    const body = loggedBody(request);
    const entry: LoggedRequest = {
      seq: this.#next++,
      time: new Date(this.#clock.now()).toISOString(),
      method: request.method,
      path: request.path,
      ...(query ? { query } : {}),
      status: null,
      extensionId: null,
      ...(body === undefined ? {} : { body }),
    };
    this.#entries.push(entry);
    // Cut in bulk: to shift a long array at each request would cost more than the request.
    if (this.#entries.length >= 2 * ENTRIES_KEPT) this.#entries = this.#entries.slice(-ENTRIES_KEPT);
    return entry;
  }

  /** Entries from number `seq` on, and the number that the next request will get. */
  since(seq: number): { requests: LoggedRequest[]; next: number } {
    const kept = this.#entries.slice(-ENTRIES_KEPT);
    return { requests: kept.filter((entry) => entry.seq >= seq), next: this.#next };
  }
}

/** The body, parsed where it is a form or JSON; undefined for none and for one that is too large. */
function loggedBody(request: ApiRequest): unknown {
  if (request.body === '' || request.body.length > BODY_KEPT) return undefined;
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const form = Object.fromEntries(new URLSearchParams(request.body));
    for (const name of SECRETS) if (name in form) form[name] = '***';
    return form;
  }
  try {
    return JSON.parse(request.body);
  } catch {
    return request.body;
  }
}
