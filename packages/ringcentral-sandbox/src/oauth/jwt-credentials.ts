import { createHmac } from 'node:crypto';
import { secret } from './apps.ts';

/**
 * JWT credentials of users, as created in the developer console: they never expire, are good for any app of
 * the account, and are used only as `assertion`, never as a bearer token (platform.md 1.3).
 */
export class JwtCredentials {
  readonly #key = secret(32);
  readonly #extensionOf = new Map<string, string>();

  issue(extensionId: string, issuer: string): string {
    const payload = { sub: extensionId, aud: `${issuer}/restapi/oauth/token`, jti: secret(12) };
    const unsigned = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(payload)}`;
    const jwt = `${unsigned}.${createHmac('sha256', this.#key).update(unsigned).digest('base64url')}`;
    this.#extensionOf.set(jwt, extensionId);
    return jwt;
  }

  /** The extension whose credential this is; undefined for a forged or foreign one. */
  extensionOf(assertion: string): string | undefined {
    return this.#extensionOf.get(assertion);
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
