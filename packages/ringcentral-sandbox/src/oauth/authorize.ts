import type { Extension, World } from '../engine/world.ts';
import type { ApiReply } from '../rest/exchange.ts';
import type { App, Apps } from './apps.ts';
import { type AuthorizationCodes, CODE_LIFETIME_SECONDS } from './authorization-codes.ts';
import { authorizeErrorPage, authorizePage, OAUTH_PARAMETERS } from './authorize-page.ts';
import { OAuthError, oauthErrors } from './errors.ts';
import { lockOf } from './locks.ts';

const HTML_HEADERS = {
  // The page has nothing but its form: it loads nothing, runs nothing and stands in no frame.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
};

export interface AuthorizeParts {
  readonly apps: Apps;
  readonly codes: AuthorizationCodes;
  readonly world: World;
  /** Extension id of who signs in if nobody else is chosen. */
  readonly defaultExtensionId: string;
}

/** What an app asks for. */
interface Asked {
  readonly app: App;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly codeChallenge: string | null;
  readonly codeChallengeMethod: 'plain' | 'S256';
}

/**
 * Answers with the sign-in page or, when its form was sent, with a redirect that carries a code or says that the
 * person refused (platform.md 1.3). A request with a mistake, and a person who is locked, get a page that says why.
 *
 * @param parameters of the query, or of the form: whom `extensionNumber` or `extensionId` names signs in, and refuses
 * where there is a `deny`
 * @param sent whether the form was sent
 */
export function authorize(parameters: URLSearchParams, sent: boolean, parts: AuthorizeParts): ApiReply {
  try {
    const asked = askedBy(parameters, parts.apps);
    if (!sent) return { status: 200, headers: HTML_HEADERS, html: signInPage(parameters, asked.app, parts) };
    // What a refusal looks like is assumed: RFC 6749, 4.1.2.1.
    if (parameters.has('deny')) {
      return redirect(asked, { error: 'access_denied', error_description: 'The user refused' });
    }
    const extensionId = chosenUser(parameters, parts).id;
    const lock = lockOf(parts.world, extensionId);
    if (lock) throw lock;
    const { app, redirectUri, codeChallenge, codeChallengeMethod } = asked;
    const code = parts.codes.issue({
      app,
      extensionId,
      redirectUri,
      codeChallengeMethod,
      ...(codeChallenge === null ? {} : { codeChallenge }),
    });
    return redirect(asked, { code, expires_in: String(CODE_LIFETIME_SECONDS) });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const html = authorizeErrorPage(error.errorCode, error.message);
    return { status: error.status, headers: HTML_HEADERS, html };
  }
}

/** Throws OAuthError for an unknown app, another redirect URI than its own, and parameters that are not supported. */
function askedBy(parameters: URLSearchParams, apps: Apps): Asked {
  const app = apps.find(parameters.get('client_id') ?? '');
  if (!app) throw oauthErrors.unknownClient();
  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (!mayRedirectTo(app, redirectUri)) throw oauthErrors.redirectMismatch();
  if (parameters.get('response_type') !== 'code') throw oauthErrors.missing('response_type=code');
  const method = parameters.get('code_challenge_method') ?? 'plain';
  if (method !== 'plain' && method !== 'S256') throw oauthErrors.missing('code_challenge_method');
  return {
    app,
    redirectUri,
    state: parameters.get('state'),
    codeChallenge: parameters.get('code_challenge'),
    codeChallengeMethod: method,
  };
}

function mayRedirectTo({ redirectUris }: App, redirectUri: string): boolean {
  if (redirectUris) return redirectUris.includes(redirectUri);
  if (!URL.canParse(redirectUri)) return false;
  const { protocol, hostname } = new URL(redirectUri);
  return ['http:', 'https:'].includes(protocol) && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function signInPage(parameters: URLSearchParams, app: App, { world, defaultExtensionId }: AuthorizeParts) {
  const hidden = OAUTH_PARAMETERS.flatMap((name) => {
    const value = parameters.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const users = [...world.extensions.values()]
    .filter(({ type }) => type === 'User')
    .map(({ id, extensionNumber, name }) => ({
      extensionNumber,
      name,
      isLocked: lockOf(world, id) !== undefined,
      isDefault: id === defaultExtensionId,
    }));
  return authorizePage({ app, hidden, users });
}

/** Throws OAU-232 for what is no user of the account. */
function chosenUser(parameters: URLSearchParams, { world, defaultExtensionId }: AuthorizeParts): Extension {
  const [id, number] = [parameters.get('extensionId'), parameters.get('extensionNumber')];
  const user =
    id === null && number !== null
      ? [...world.extensions.values()].find(({ extensionNumber }) => extensionNumber === number)
      : world.extensions.get(id ?? defaultExtensionId);
  if (user?.type !== 'User') throw oauthErrors.extensionUnknown();
  return user;
}

/** Sends the person back to the app, with the app's state. */
function redirect({ redirectUri, state }: Asked, result: Record<string, string>): ApiReply {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) location.searchParams.set(name, value);
  if (state !== null) location.searchParams.set('state', state);
  return { status: 302, headers: { Location: location.href, 'Cache-Control': 'no-store' } };
}
