import { type ActName, type Actor, ApiError, type Engine } from '../engine/api.ts';
import type { App } from '../oauth/apps.ts';
import type { LoginSession, LoginSessions } from '../oauth/sessions.ts';
import { apiErrors, errorReply } from './errors.ts';
import type { ApiReply, ApiRequest } from './exchange.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ApiCall, Route, Services } from './route.ts';
import { Router } from './router.ts';
import { versions } from './versions.ts';

/**
 * Answers API requests. Each is checked in this order before its route's handler runs: token, URI, rate limit,
 * account and extension in the path, body, permissions.
 */
export class Api {
  readonly #router: Router<Route>;
  readonly #services: Services;
  readonly #logins: LoginSessions;
  readonly #rateLimits: RateLimits;

  constructor(routes: readonly Route[], services: Services, logins: LoginSessions, rateLimits: RateLimits) {
    this.#router = new Router(routes);
    this.#services = services;
    this.#logins = logins;
    this.#rateLimits = rateLimits;
  }

  /** Does an act for every party of a call that can do it. */
  actForAll(telephonySessionId: string, act: ActName): void {
    this.#services.engine.actForAll(telephonySessionId, act);
  }

  /**
   * @param identified called with the extension id of the sender, as soon as that is known
   * @returns the answer, refusals included; what a handler throws beside ApiError is a 500, with its stack on stderr
   */
  async answer(request: ApiRequest, identified: (extensionId: string) => void): Promise<ApiReply> {
    let rateHeaders: Record<string, string> = {};
    let operation = '';
    const open = versions(request, this.#services.serverUrl);
    if (open !== undefined) return open;
    try {
      const session = request.tunnel?.session ?? authenticate(request, this.#logins);
      identified(session.extensionId);
      const match = this.#router.find(request.method, request.path);
      if (!match) throw apiErrors.invalidUri();
      const { route } = match;
      operation = `${route.method} ${route.path}`;
      const verdict = this.#rateLimits.take(rateKey(session.app, session.extensionId), route.group);
      rateHeaders = verdict.headers;
      if (!verdict.allowed) throw apiErrors.rateExceeded();
      const actor = { accountId: this.#services.engine.world.account.id, extensionId: session.extensionId };
      const call: ApiCall = {
        actor,
        session,
        path: resolveIds(match.path, actor, this.#services.engine),
        query: request.query,
        body: parseBody(request),
        ...(request.tunnel ? { connectionId: request.tunnel.connectionId } : {}),
      };
      checkPermissions(route, call, this.#services.engine);
      const reply = await route.handle(call, this.#services);
      return { ...reply, headers: { ...reply.headers, ...rateHeaders } };
    } catch (error) {
      const refusal = error instanceof ApiError ? error : apiErrors.internal();
      if (refusal !== error)
        process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : error}\n`);
      return errorReply(refusal, rateHeaders, this.#services.usesPermissionWord(operation));
    }
  }
}

/**
 * What rate limits count by: the app and the user (platform.md 7). An app's requests with credentials of nobody share
 * one limit, beside those of its users (assumed).
 */
export function rateKey(app: App, extensionId: string | undefined): string {
  return `${app.clientId} ${extensionId ?? 'nobody'}`;
}

/**
 * The login that the bearer token belongs to, in the header or in the query.
 *
 * @throws ApiError 401: CMN-405 without a token, OAU-128, OAU-129 or OAU-213 with a bad one (platform.md 9.2)
 */
export function authenticate(request: ApiRequest, logins: LoginSessions): LoginSession {
  const token =
    request.headers.authorization?.match(/^bearer\s+(\S+)$/i)?.[1] ?? request.query.get('access_token');
  if (!token) throw apiErrors.loginRequired();
  const verdict = logins.authenticate(token);
  if (!verdict.ok) throw apiErrors.bearer(verdict.errorCode);
  return verdict.session;
}

/**
 * Puts the caller's own id in the place of `~`. Throws CMN-102 for another account or an unknown extension
 * (platform.md 1.1).
 */
function resolveIds(path: Record<string, string>, actor: Actor, engine: Engine): Record<string, string> {
  const resolved = { ...path };
  if (path.accountId !== undefined) {
    resolved.accountId = path.accountId === '~' ? actor.accountId : path.accountId;
    if (resolved.accountId !== actor.accountId) throw apiErrors.notFound('accountId', path.accountId);
  }
  if (path.extensionId !== undefined) {
    resolved.extensionId = path.extensionId === '~' ? actor.extensionId : path.extensionId;
    if (!engine.world.extensions.has(resolved.extensionId)) {
      throw apiErrors.notFound('extensionId', path.extensionId);
    }
  }
  return resolved;
}

/** Throws 403: CMN-401 for the app, CMN-408 for the user, CMN-419 for another's extension (platform.md 9.2). */
function checkPermissions(route: Route, call: ApiCall, engine: Engine): void {
  const { appPermission, userPermission, adminOnly } = route;
  if (appPermission !== undefined && !call.session.scopes.includes(appPermission)) {
    throw apiErrors.appPermission(appPermission);
  }
  const user = engine.world.extensions.get(call.actor.extensionId);
  if (userPermission !== undefined && !user?.permissions.includes(userPermission)) {
    throw apiErrors.userPermission(userPermission);
  }
  if (user?.admin) return;
  const ofAnother = call.path.extensionId !== undefined && call.path.extensionId !== call.actor.extensionId;
  if (adminOnly === 'for-others' && ofAnother)
    throw apiErrors.otherExtension(userPermission ?? 'Administrator');
}

/**
 * The body as an object; undefined for an empty one, whatever its content type is: the official SDK sends such
 * (platform.md 2.1). Throws CMN-407 for another content type than JSON, CMN-103 for what is no JSON object.
 */
function parseBody(request: ApiRequest): unknown {
  if (request.body === '') return undefined;
  if (!/^application\/(\w+\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
    throw apiErrors.wrongContentType();
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw apiErrors.unparsableBody();
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw apiErrors.unparsableBody();
  return body;
}
