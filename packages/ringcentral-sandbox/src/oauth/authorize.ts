import type { Extension } from '../engine/world.ts';
import type { ApiReply } from '../rest/exchange.ts';
import type { Apps } from './apps.ts';
import { type AuthorizationCodes, CODE_LIFETIME_SECONDS } from './authorization-codes.ts';
import { authorizeErrorPage, authorizePage } from './authorize-page.ts';
import { OAuthError, oauthErrors } from './errors.ts';

const HTML_HEADERS = {
  // The page has nothing but its form: it loads nothing, runs nothing and stands in no frame.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
};

/**
 * Answers with the sign-in page or, when its button was pressed, with a redirect that carries a code
 * (platform.md 1.3). A request with a mistake gets a page that says which.
 *
 * @param parameters of the query, or of the form of the page
 * @param user who signs in
 */
export function authorize(
  parameters: URLSearchParams,
  pressed: boolean,
  user: Extension,
  parts: { apps: Apps; codes: AuthorizationCodes },
): ApiReply {
  try {
    const app = parts.apps.find(parameters.get('client_id') ?? '');
    if (!app) throw oauthErrors.unknownClient();
    const redirectUri = parameters.get('redirect_uri') ?? '';
    if (!isRegistered(redirectUri)) throw oauthErrors.redirectMismatch();
    if (parameters.get('response_type') !== 'code') throw oauthErrors.missing('response_type=code');
    const method = parameters.get('code_challenge_method') ?? 'plain';
    if (method !== 'plain' && method !== 'S256') throw oauthErrors.missing('code_challenge_method');
    if (!pressed) return { status: 200, headers: HTML_HEADERS, html: authorizePage(parameters, user) };

    const challenge = parameters.get('code_challenge');
    const code = parts.codes.issue({
      app,
      extensionId: user.id,
      redirectUri,
      codeChallengeMethod: method,
      ...(challenge === null ? {} : { codeChallenge: challenge }),
    });
    const location = new URL(redirectUri);
    location.searchParams.set('code', code);
    const state = parameters.get('state');
    if (state !== null) location.searchParams.set('state', state);
    location.searchParams.set('expires_in', String(CODE_LIFETIME_SECONDS));
    return { status: 302, headers: { Location: location.href, 'Cache-Control': 'no-store' } };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const html = authorizeErrorPage(error.errorCode, error.message);
    return { status: error.status, headers: HTML_HEADERS, html };
  }
}

/** The sandbox's apps have every loopback URI registered and no other, so that no code leaves this machine. */
function isRegistered(redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const { protocol, hostname } = new URL(redirectUri);
  return ['http:', 'https:'].includes(protocol) && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
