import type { App } from './apps.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import { oauthErrors } from './errors.ts';
import type { JwtCredentials } from './jwt-credentials.ts';
import type { Lifetimes, LoginSession, LoginSessions, LoginWishes } from './sessions.ts';

/** Where grants find what they check. */
export interface GrantParts {
  readonly sessions: LoginSessions;
  readonly jwts: JwtCredentials;
  readonly codes: AuthorizationCodes;
}

/** A request to the token endpoint, of an app that has proved who it is. */
export interface TokenRequest {
  readonly app: App;
  readonly form: URLSearchParams;
  readonly lifetimes: Lifetimes;
}

/** One way to get tokens (platform.md 1.3). */
interface Grant {
  /** The extension whose rate limit the request counts against; undefined for an unknown credential. */
  owner(form: URLSearchParams, parts: GrantParts): string | undefined;
  /** Opens or refreshes the login. Throws OAuthError for a credential that is missing, unknown or expired. */
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
  owner: (form, { sessions }) => sessions.ownerOf(form.get('refresh_token') ?? ''),
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

/** A grant that the platform knows and that the sandbox's apps may not use. */
const notEnabled: Grant = {
  owner: () => undefined,
  grant() {
    throw oauthErrors.grantNotEnabled();
  },
};

/** Grants by `grant_type`. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
  ['refresh_token', refreshToken],
  ['authorization_code', authorizationCode],
  ['password', notEnabled],
  ['partner_jwt', notEnabled],
  ['client_credentials', notEnabled],
]);

/** What the request asks for: `endpoint_id`, and in `scope` fewer permissions than the app has (platform.md 1.3). */
function wishesOf(form: URLSearchParams): LoginWishes {
  const [endpointId, scope] = [form.get('endpoint_id'), form.get('scope')?.trim()];
  return {
    ...(endpointId ? { endpointId } : {}),
    ...(scope ? { scopes: scope.split(/[\s,]+/) } : {}),
  };
}

/** A parameter of the form. Throws OAU-250 if it is missing. */
function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw oauthErrors.missing(name);
  return value;
}
