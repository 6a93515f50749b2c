/**
 * Why RingCentral did not do what was asked of it:
 * - `invalid_grant`: code or refresh token is used, revoked or expired, or the extension is disabled
 * - `rate_limited`, `unavailable`: nothing is said about the sign-in; later it may work
 * - `misconfigured`: it refuses this server's app, which its operator has to mend
 */
export type UpstreamErrorKind = 'invalid_grant' | 'rate_limited' | 'unavailable' | 'misconfigured';

/** A request to RingCentral's authorization server, or the look-up after it, failed. The message holds no token. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamErrorKind;
  /** Seconds until a repetition makes sense; absent where RingCentral did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: UpstreamErrorKind, message: string, retryAfterSeconds?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
