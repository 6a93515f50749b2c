/** An error of the OAuth endpoints: RFC 6749 members plus RingCentral's `errors[]` (platform.md 1.9). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;
  readonly error: string;
  readonly errorCode: string;

  constructor(status: number, error: string, errorCode: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
    this.errorCode = errorCode;
  }

  /** The body of the answer. */
  body(): unknown {
    return {
      error: this.error,
      error_description: this.message,
      errors: [{ errorCode: this.errorCode, message: this.message }],
    };
  }
}

/** Refusals of the OAuth endpoints, with codes of platform.md 9.2. Where none is known the nearest one is assumed. */
export const oauthErrors = {
  unknownClient: () => new OAuthError(400, 'invalid_client', 'OAU-153', 'Invalid client: client_id'),
  wrongClientSecret: () => new OAuthError(401, 'invalid_client', 'OAU-140', 'Invalid client credentials'),
  unsupportedGrant: () => new OAuthError(400, 'invalid_request', 'OAU-250', 'Unsupported grant type'),
  missing: (parameter: string) =>
    new OAuthError(400, 'invalid_request', 'OAU-250', `Parameter is missing: ${parameter}`),
  grantNotEnabled: () =>
    new OAuthError(
      400,
      'unauthorized_client',
      'OAU-251',
      'This grant type is not enabled for the application',
    ),
  expired: () => new OAuthError(400, 'invalid_grant', 'OAU-210', 'Token is expired'),
  revoked: () => new OAuthError(400, 'invalid_grant', 'OAU-211', 'Token not found'),
  invalidCode: () => new OAuthError(400, 'invalid_grant', 'OAU-106', 'Authorization code is invalid'),
  expiredCode: () => new OAuthError(400, 'invalid_grant', 'OAU-108', 'Authorization code is expired'),
  redirectMismatch: () =>
    new OAuthError(403, 'invalid_request', 'OAU-109', 'Redirect URI does not match a registered one'),
  accountDisabled: () => new OAuthError(400, 'invalid_grant', 'OAU-147', 'Account is locked'),
  extensionUnknown: () => new OAuthError(400, 'invalid_grant', 'OAU-232', 'Extension is not found'),
  extensionDisabled: () => new OAuthError(400, 'invalid_grant', 'OAU-236', 'Extension is disabled'),
} as const;
