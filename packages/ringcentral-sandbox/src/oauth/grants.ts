import type { App } from './apps.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import { oauthErrors } from './errors.ts';
import type { JwtCredentials } from './jwt-credentials.ts';
import type { Lifetimes, LoginSession, LoginSessions, LoginWishes } from './sessions.ts';

export interface GrantParts {
  readonly sessions: LoginSessions;
  readonly jwts: JwtCredentials;
  readonly codes: AuthorizationCodes;
}

export interface TokenRequest {
  readonly app: App;
  readonly form: URLSearchParams;
  readonly lifetimes: Lifetimes;
}

/** One way to get tokens (platform.md 1.3). */
interface Grant {
  /** Whose rate limit the request counts against; undefined if the credential is nobody's. */
  owner(form: URLSearchParams, parts: GrantParts): string | undefined;
  /** Throws OAuthError. */
  grant(request: TokenRequest, parts: GrantParts): LoginSession;
}

const jwtBearer: Grant = {
  owner: (form, { jwts }) => jwts.extensionOf(form.get('assertion') ?? ''),
  grant({ app, form, lifetimes }, { sessions, jwts }) {
    const extensionId = jwts.extensionOf(required(form, 'assertion'));
    if (extensionId === undefined) throw oauthErrors.revoked();
    return sessions.open(app, extensionId, lifetimes, wishesOf(form));
  },
};

const refreshToken: Grant = {
  owner: (form, { sessions }) => sessions.find(form.get('refresh_token') ?? '')?.extensionId,
  grant: ({ app, form, lifetimes }, { sessions }) =>
    sessions.refresh(app, required(form, 'refresh_token'), lifetimes),
};

const authorizationCode: Grant = {
  owner: (form, { codes }) => codes.extensionOf(form.get('code') ?? ''),
  grant({ app, form, lifetimes }, { sessions, codes }) {
    const [code, redirectUri] = [required(form, 'code'), required(form, 'redirect_uri')];
    const { extensionId } = codes.redeem(app, code, redirectUri, form.get('code_verifier'));
    return sessions.open(app, extensionId, lifetimes, wishesOf(form));
  },
};

/** Known to the platform, not enabled for the sandbox's apps. */
const notEnabled: Grant = {
  owner: () => undefined,
  grant() {
    throw oauthErrors.grantNotEnabled();
  },
};

export const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
  ['refresh_token', refreshToken],
  ['authorization_code', authorizationCode],
  ['password', notEnabled],
  ['partner_jwt', notEnabled],
  ['client_credentials', notEnabled],
]);

/** `scope` may narrow what the login can do (platform.md 1.3). */
function wishesOf(form: URLSearchParams): LoginWishes {
  const [endpointId, scope] = [form.get('endpoint_id'), form.get('scope')?.trim()];
  return {
    ...(endpointId ? { endpointId } : {}),
    ...(scope ? { scopes: scope.split(/[\s,]+/) } : {}),
  };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw oauthErrors.missing(name);
  return value;
}
