import type { Clock } from '../clock.ts';
import type { ApiRequest } from '../rest/exchange.ts';

const ENTRIES_KEPT = 10_000;
const BODY_KEPT = 64 * 1024;
const SECRETS = ['assertion', 'refresh_token', 'code', 'code_verifier', 'token', 'client_secret', 'password'];

export interface LoggedRequest {
  readonly seq: number;
  /** ISO, when it arrived. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  /** What the platform did with it, even if the answer was lost on the way; null while it is unanswered. */
  status: number | null;
  /** Who sent it; null before login or with a bad token. */
  extensionId: string | null;
  readonly body?: unknown;
}

/** The REST requests received, in order: by HTTP, OAuth included, and through WebSockets. */
export class RequestLog {
  readonly #clock: Clock;
  #entries: LoggedRequest[] = [];
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

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
    // Cut in bulk: shifting a long array on every request would cost more than the request.
    if (this.#entries.length >= 2 * ENTRIES_KEPT) this.#entries = this.#entries.slice(-ENTRIES_KEPT);
    return entry;
  }

  /** Entries from number `seq` on, and the number that the next request will get. */
  since(seq: number): { requests: LoggedRequest[]; next: number } {
    const kept = this.#entries.slice(-ENTRIES_KEPT);
    return { requests: kept.filter((entry) => entry.seq >= seq), next: this.#next };
  }
}

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
