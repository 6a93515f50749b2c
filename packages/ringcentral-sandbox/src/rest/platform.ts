import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { HttpEffect } from '../control/fault-kinds.ts';
import type { Faults } from '../control/faults.ts';
import type { RequestLog } from '../control/request-log.ts';
import { type ActName, ApiError } from '../engine/api.ts';
import type { OAuthEndpoints } from '../oauth/endpoints.ts';
import { OAuthError } from '../oauth/errors.ts';
import type { Api } from './api.ts';
import { apiErrors, errorReply } from './errors.ts';
import type { Answer, ApiReply, ApiRequest } from './exchange.ts';
import { strangeContent } from './strange-content.ts';

const OAUTH = '/restapi/oauth/';

/** Answers everything under /restapi, by the OAuth endpoints or the API: logs each request and applies its faults. */
export class Platform {
  readonly #clock: Clock;
  readonly #log: RequestLog;
  readonly #faults: Faults;
  readonly #oauth: OAuthEndpoints;
  readonly #api: Api;

  constructor(parts: { clock: Clock; log: RequestLog; faults: Faults; oauth: OAuthEndpoints; api: Api }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#faults = parts.faults;
    this.#oauth = parts.oauth;
    this.#api = parts.api;
  }

  /** Resolves when the answer is due: delays of faults have passed by then. Never rejects. */
  async answer(request: ApiRequest): Promise<Answer> {
    const entry = this.#log.begin(request);
    const effect = this.#faults.takeHttp(request.method, request.path);
    if (effect && effect.delayMs > 0) await this.#wait(effect.delayMs);
    if (effect?.hang) return { kind: 'silence' };
    if (effect?.meanwhile) this.#meanwhile(request.path, effect.meanwhile);
    const reply = effect?.failure
      ? failureReply(effect.failure, request)
      : await this.#serve(request, (extensionId) => {
          entry.extensionId = extensionId;
        });
    entry.status = reply.status;
    if (effect?.applyThenDrop) return { kind: 'cut-off' };
    const { status, headers, ...content } = reply;
    return {
      kind: 'reply',
      reply: {
        ...{ status, headers: { ...headers, RCRequestId: randomUUID() } },
        ...(effect?.answers ? strangeContent(effect.answers, content.body) : content),
      },
    };
  }

  async #serve(request: ApiRequest, identified: (extensionId: string) => void): Promise<ApiReply> {
    try {
      return request.path.startsWith(OAUTH) && !request.tunnel
        ? await this.#oauth.answer(request, identified)
        : await this.#api.answer(request, identified);
    } catch (error) {
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
      return errorReply(apiErrors.internal());
    }
  }

  /** Does an act for every party of the call in the path that can do it. */
  #meanwhile(path: string, act: ActName): void {
    const id = /\/telephony\/sessions\/([^/]+)/.exec(path)?.[1];
    if (id !== undefined) this.#api.actForAll(id, act);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }
}

/** The usual error code of each status (platform.md 9.2), for faults that name none. */
const USUAL_CODES: Record<number, string> = {
  400: 'CMN-101',
  401: 'OAU-213',
  403: 'CMN-408',
  404: 'CMN-102',
  409: 'TAS-102',
  429: 'CMN-301',
  500: 'CMN-203',
  501: 'CMN-202',
  503: 'CMN-201',
};

function failureReply(failure: NonNullable<HttpEffect['failure']>, request: ApiRequest): ApiReply {
  const { status, retryAfterSeconds } = failure;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  const errorCode = failure.errorCode ?? USUAL_CODES[status];
  // A status that RingCentral has no code for comes from a proxy, in HTML (platform.md 9.1).
  if (errorCode === undefined) return { status, headers, html: `<html><body>${status}</body></html>` };
  const message = `Injected fault ${errorCode}`;
  if (request.path.startsWith(OAUTH) && !request.path.endsWith('/wstoken')) {
    return { status, headers, body: new OAuthError(status, 'invalid_request', errorCode, message).body() };
  }
  return errorReply(new ApiError(status, errorCode, message), headers);
}
