import { createECDH } from 'node:crypto';
import type { TeamKey } from './team-keys.ts';

/** A private key for ES256, as JWK (RFC 7517). */
export interface SigningKey {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  d: string;
  kid: string;
  alg: 'ES256';
  use: 'sig';
}

/** The order of P-256 (FIPS 186-5): private keys are below it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The key that signs access tokens, the same in every process with this team key: derived with 16 bytes more than it
 * has and reduced, so that every private key is as likely (FIPS 186-5, appendix A.2.1).
 */
export function signingKeyOf(key: TeamKey): SigningKey {
  const wide = BigInt(`0x${key.derive('signs access tokens', 48).toString('hex')}`);
  const secret = Buffer.from(((wide % (order - 1n)) + 1n).toString(16).padStart(64, '0'), 'hex');
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret);
  // 04, then both coordinates (SEC 1, section 2.3.3).
  const point = pair.getPublicKey();
  return {
    ...{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: key.kid },
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
    d: secret.toString('base64url'),
  };
}
