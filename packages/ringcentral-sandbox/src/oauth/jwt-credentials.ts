import { createHmac } from 'node:crypto';
import { secret } from './apps.ts';

/**
 * JWT credentials of users, as they are created in the developer console. They do not expire and work with any app of
 * the account, only as `assertion` of a token request (platform.md 1.3).
 */
export class JwtCredentials {
  readonly #key = secret(32);
  readonly #extensionOf = new Map<string, string>();

  /** Returns a new credential of that extension. `issuer` is the URL of the server that takes it. */
  issue(extensionId: string, issuer: string): string {
    const payload = { sub: extensionId, aud: `${issuer}/restapi/oauth/token`, jti: secret(12) };
    const unsigned = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(payload)}`;
    const jwt = `${unsigned}.${createHmac('sha256', this.#key).update(unsigned).digest('base64url')}`;
    this.#extensionOf.set(jwt, extensionId);
    return jwt;
  }

  /** Takes a credential that another sandbox has issued to that extension. */
  accept(jwt: string, extensionId: string): void {
    this.#extensionOf.set(jwt, extensionId);
  }

  /** The extension whose credential this is; undefined for one that was neither issued nor accepted here. */
  extensionOf(assertion: string): string | undefined {
    return this.#extensionOf.get(assertion);
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
