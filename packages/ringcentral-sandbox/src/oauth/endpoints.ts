import type { Clock } from '../clock.ts';
import { ApiError, type Engine } from '../engine/api.ts';
import { authenticate, rateKey } from '../rest/api.ts';
import { apiErrors, errorReply, type PermissionWordRule } from '../rest/errors.ts';
import type { ApiReply, ApiRequest } from '../rest/exchange.ts';
import type { RateLimits } from '../rest/rate-limits.ts';
import type { Apps } from './apps.ts';
import { AuthorizationCodes } from './authorization-codes.ts';
import { authorize } from './authorize.ts';
import { OAuthError, oauthErrors } from './errors.ts';
import { GRANTS, type GrantParts } from './grants.ts';
import type { JwtCredentials } from './jwt-credentials.ts';
import { lockOf } from './locks.ts';
import type { Lifetimes, LoginSession, LoginSessions } from './sessions.ts';
import { type WebSocketTokens, WS_TOKEN_SECONDS } from './ws-tokens.ts';

/** Is called with the extension id of the sender, as soon as that is known. */
type Identified = (extensionId: string) => void;
type Endpoint = (request: ApiRequest, identified: Identified) => ApiReply;

export interface OAuthParts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly apps: Apps;
  readonly jwts: JwtCredentials;
  readonly sessions: LoginSessions;
  readonly wsTokens: WebSocketTokens;
  readonly rateLimits: RateLimits;
  /** Address of the gateway, which `wstoken` gives to clients. */
  readonly gatewayUri: string;
  readonly usesPermissionWord: PermissionWordRule;
  /** Who is chosen on the sign-in page at first. */
  readonly defaultExtensionId: () => string;
}

/** /restapi/oauth: authorize, token, revoke, wstoken (platform.md 1.2). */
export class OAuthEndpoints {
  readonly #parts: OAuthParts & GrantParts;
  readonly #endpoints: Readonly<Record<string, Endpoint>>;

  constructor(parts: OAuthParts) {
    this.#parts = { ...parts, codes: new AuthorizationCodes(parts.clock) };
    this.#endpoints = {
      'GET /restapi/oauth/authorize': (request) => this.#authorize(request, request.query),
      'POST /restapi/oauth/authorize': (request) => this.#authorize(request, formOf(request)),
      'POST /restapi/oauth/token': (request, identified) => this.#token(request, identified),
      'POST /restapi/oauth/revoke': (request, identified) => this.#revoke(request, identified),
      'POST /restapi/oauth/wstoken': (request, identified) => this.#wsToken(request, identified),
    };
  }

  /**
   * Answers a request, refusals included. Rejects with whatever is thrown beside OAuthError and ApiError: a defect.
   */
  async answer(request: ApiRequest, identified: Identified): Promise<ApiReply> {
    const endpoint = this.#endpoints[`${request.method} ${request.path}`];
    try {
      if (!endpoint) throw apiErrors.invalidUri();
      return endpoint(request, identified);
    } catch (error) {
      if (error instanceof OAuthError) return { status: error.status, body: error.body() };
      if (error instanceof ApiError) return errorReply(error);
      throw error;
    }
  }

  #authorize(request: ApiRequest, parameters: URLSearchParams): ApiReply {
    const { apps, codes, engine } = this.#parts;
    const defaultExtensionId = this.#parts.defaultExtensionId();
    return authorize(parameters, request.method === 'POST', {
      apps,
      codes,
      world: engine.world,
      defaultExtensionId,
    });
  }

  #token(request: ApiRequest, identified: Identified): ApiReply {
    const form = formOf(request);
    const app = this.#parts.apps.authenticate(request.headers.authorization, form);
    const grantType = form.get('grant_type');
    if (!grantType) throw oauthErrors.missing('grant_type');
    const grant = GRANTS.get(grantType);
    if (!grant) throw oauthErrors.unsupportedGrant();
    const owner = grant.owner(form, this.#parts);
    if (owner !== undefined) identified(owner);
    return this.#limited(rateKey(app, owner), () => {
      const lock = owner === undefined ? undefined : lockOf(this.#parts.engine.world, owner);
      if (lock) throw lock;
      const session = grant.grant({ app, form, lifetimes: lifetimesOf(form) }, this.#parts);
      return { status: 200, body: this.#tokenAnswer(session) };
    });
  }

  /** The token may be an access or a refresh token, in the body or in the query (platform.md 1.7). */
  #revoke(request: ApiRequest, identified: Identified): ApiReply {
    const form = formOf(request);
    const app = this.#parts.apps.authenticate(request.headers.authorization, form);
    const token = form.get('token') ?? request.query.get('token');
    if (!token) throw oauthErrors.missing('token');
    const session = this.#parts.sessions.find(token);
    const owner = this.#parts.sessions.ownerOf(token);
    if (owner !== undefined) identified(owner);
    return this.#limited(rateKey(app, owner), () => {
      if (session?.app === app) this.#parts.sessions.end(session);
      return { status: 200 };
    });
  }

  #wsToken(request: ApiRequest, identified: Identified): ApiReply {
    const session = authenticate(request, this.#parts.sessions);
    identified(session.extensionId);
    return this.#limited(rateKey(session.app, session.extensionId), () => {
      if (!session.scopes.includes('WebSocketsSubscription')) {
        throw apiErrors.appPermission('WebSocketsSubscription');
      }
      const body = {
        uri: this.#parts.gatewayUri,
        ws_access_token: this.#parts.wsTokens.issue(session),
        expires_in: WS_TOKEN_SECONDS,
      };
      return { status: 200, body };
    });
  }

  /**
   * Counts the request of `who` in the Auth group, and puts the rate-limit headers on its answer, refusals included.
   */
  #limited(who: string, serve: () => ApiReply): ApiReply {
    const { allowed, headers } = this.#parts.rateLimits.take(who, 'auth');
    if (!allowed) return errorReply(apiErrors.rateExceeded(), headers);
    try {
      return { ...serve(), headers };
    } catch (error) {
      if (error instanceof OAuthError) return { status: error.status, headers, body: error.body() };
      if (error instanceof ApiError) {
        return errorReply(error, headers, this.#parts.usesPermissionWord('wstoken'));
      }
      throw error;
    }
  }

  #tokenAnswer(session: LoginSession): unknown {
    const { access, refresh } = session;
    const now = this.#parts.clock.now();
    const sessionEnd = refresh?.expiresAt ?? access.expiresAt;
    const secondsTo = (at: number) => Math.max(0, Math.ceil((at - now) / 1000));
    return {
      access_token: access.token,
      token_type: 'bearer',
      expires_in: secondsTo(access.expiresAt),
      ...(refresh
        ? { refresh_token: refresh.token, refresh_token_expires_in: secondsTo(refresh.expiresAt) }
        : {}),
      scope: session.scopes.join(' '),
      owner_id: session.extensionId,
      endpoint_id: session.endpointId,
      session_id: session.id,
      session_expires_in: secondsTo(sessionEnd),
      session_expiration_time: new Date(sessionEnd).toISOString(),
    };
  }
}

function formOf(request: ApiRequest): URLSearchParams {
  return new URLSearchParams(request.body);
}

function lifetimesOf(form: URLSearchParams): Lifetimes {
  const [accessTtl, refreshTtl] = [numberOf(form, 'access_token_ttl'), numberOf(form, 'refresh_token_ttl')];
  return {
    ...(accessTtl === undefined ? {} : { accessTtl }),
    ...(refreshTtl === undefined ? {} : { refreshTtl }),
  };
}

function numberOf(form: URLSearchParams, name: string): number | undefined {
  const value = Number(form.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
