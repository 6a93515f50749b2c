import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type App, secret } from './apps.ts';
import { oauthErrors } from './errors.ts';

export const CODE_LIFETIME_SECONDS = 60;
/** Codes that are kept at most; older ones are forgotten. */
const CODES_KEPT = 1000;

/** What a user agreed to on the sign-in page. */
export interface AuthorizationRequest {
  readonly app: App;
  readonly extensionId: string;
  readonly redirectUri: string;
  readonly codeChallenge?: string;
  readonly codeChallengeMethod: 'plain' | 'S256';
}

/**
 * Authorization codes between the sign-in page and the token request (platform.md 1.3). Each works once, within a
 * minute.
 */
export class AuthorizationCodes {
  readonly #clock: Clock;
  /** Used ones too: it is known whose they were. */
  readonly #codes = new Map<string, AuthorizationRequest & { expiresAt: number; used: boolean }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns a new code for that request. */
  issue(request: AuthorizationRequest): string {
    const [oldest] = this.#codes.keys();
    if (this.#codes.size >= CODES_KEPT && oldest !== undefined) this.#codes.delete(oldest);
    const code = secret(32);
    const expiresAt = this.#clock.now() + CODE_LIFETIME_SECONDS * 1000;
    this.#codes.set(code, { ...request, expiresAt, used: false });
    return code;
  }

  /** The extension that signed in, also for a used code; undefined for an unknown one. Does not use it up. */
  extensionOf(code: string): string | undefined {
    return this.#codes.get(code)?.extensionId;
  }

  /**
   * Uses a code up and returns its request. A wrong verifier or redirect URI uses it up too.
   *
   * @param verifier of PKCE; null: none was sent
   * @throws OAuthError OAU-106 for a code, app or verifier that does not fit, OAU-108 for an expired code, OAU-109
   * for another redirect URI
   */
  redeem(app: App, code: string, redirectUri: string, verifier: string | null): AuthorizationRequest {
    const request = this.#codes.get(code);
    if (!request || request.used) throw oauthErrors.invalidCode();
    request.used = true;
    if (request.app !== app) throw oauthErrors.invalidCode();
    if (request.expiresAt <= this.#clock.now()) throw oauthErrors.expiredCode();
    if (request.redirectUri !== redirectUri) throw oauthErrors.redirectMismatch();
    // A public app has no secret: without PKCE whoever sees the redirect could redeem the code.
    if (request.codeChallenge === undefined && app.clientSecret === undefined)
      throw oauthErrors.invalidCode();
    if (request.codeChallenge !== undefined && !provesChallenge(request, verifier)) {
      throw oauthErrors.invalidCode();
    }
    return request;
  }
}

function provesChallenge(request: AuthorizationRequest, verifier: string | null): boolean {
  if (verifier === null) return false;
  const proof =
    request.codeChallengeMethod === 'S256'
      ? createHash('sha256').update(verifier).digest('base64url')
      : verifier;
  return proof === request.codeChallenge;
}
