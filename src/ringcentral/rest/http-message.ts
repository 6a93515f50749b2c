import type { RateGroup } from '../wire/operation-table.ts';
import { HttpHeaders } from './http-headers.ts';
import type { RequestSlot } from './rate-limiter.ts';
import type { Priority } from './rate-rules.ts';

/** Rules for one request beside method, URL and body. The SDK passes them through unread. */
export interface RequestRules {
  /** The endpoint with its parameters unfilled, by which a rate group is learned. */
  route?: string;
  group?: RateGroup;
  priority?: Priority;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** A place in the rate limit that was taken before; else one is taken. */
  slot?: RequestSlot;
  /** Called right before the request leaves; what it throws is thrown, and nothing is sent. */
  beforeSend?: () => void;
}

interface RequestInit {
  method: string;
  headers?: Record<string, string>;
  body?: string;
  rules?: RequestRules;
}

/** The part of a fetch Request that `@ringcentral/sdk` uses. */
export class HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers = new HttpHeaders();
  readonly body: string | undefined;
  readonly rules: RequestRules;

  constructor(url: string, { method, headers = {}, body, rules = {} }: RequestInit) {
    this.url = url;
    this.method = method;
    this.body = body;
    this.rules = rules;
    for (const [name, value] of Object.entries(headers)) this.headers.set(name, value);
  }
}

/** The part of a fetch Response that `@ringcentral/sdk` uses. The body has arrived, so it can be read again. */
export class HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: string;

  constructor(status: number, headers: HttpHeaders, body: string) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  clone(): this {
    return this;
  }
  /** @throws SyntaxError when the body is not JSON. */
  async json(): Promise<unknown> {
    return JSON.parse(this.body);
  }
}
