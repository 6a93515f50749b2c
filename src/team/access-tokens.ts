import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Artefacts } from './artefacts.ts';
import { type OwnClaims, resourcesOf } from './authorization-server.ts';
import { signingKeyOf } from './signing-key.ts';
import type { TeamKeys } from './team-keys.ts';

/** Who makes a request, by an access token. */
export interface SignedInPrincipal {
  /** The subject: `rc:ACCOUNT:EXTENSION`. */
  name: string;
  scopes: ReadonlySet<string>;
  /** When the token expires, epoch ms. */
  expiresAt: number;
  /** Id of the permission that the person has given this app. */
  grant: string;
}

/** A token that is not accepted; the message is for the challenge (RFC 6750 section 3.1). */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** @throws TokenRefused */
export type VerifyAccessToken = (token: string) => Promise<SignedInPrincipal>;

/** By how much the clocks of replicas may differ. */
const toleranceSeconds = 5;

/**
 * Verifies access tokens of this server: signed with a team key, for this resource, not expired, of a sign-in and a
 * permission that have not been ended since. The last is looked up each time, so that whoever is revoked is out at once.
 */
export function createAccessTokenVerifier({
  issuer,
  keys: { current, previous },
  artefacts,
  generationOf,
  clock,
}: {
  issuer: string;
  keys: TeamKeys;
  artefacts: Pick<Artefacts, 'hasGrant'>;
  generationOf(subject: string): Promise<number | undefined>;
  clock: Clock;
}): VerifyAccessToken {
  const keySet = createLocalJWKSet({
    keys: [current, ...(previous ? [previous] : [])].map((key) => {
      const { d: _, ...publicKey } = signingKeyOf(key);
      return publicKey;
    }),
  });
  const audience = resourcesOf(issuer);
  return async (token) => {
    const { payload } = await jwtVerify<OwnClaims>(token, keySet, {
      ...{ issuer, audience, algorithms: ['ES256'], typ: 'at+jwt' },
      requiredClaims: ['exp', 'sub', 'scope', 'gen', 'gid'],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(clock.now()),
    }).catch((error) => {
      throw refusalOf(error);
    });
    const { sub = '', exp = 0, scope, gen, gid } = payload;
    const [current, isPermitted] = await Promise.all([
      asFarAsKnown(generationOf(sub), gen),
      asFarAsKnown(artefacts.hasGrant(gid), true),
    ]);
    if (current !== gen) throw new TokenRefused('The sign-in at RingCentral has ended: sign in again.');
    if (!isPermitted) throw new TokenRefused('The permission of this app has been taken back.');
    return {
      name: sub,
      scopes: new Set(String(scope).split(' ')),
      expiresAt: (exp + toleranceSeconds) * 1000,
      grant: gid,
    };
  };
}

/** Nobody is put out because the store cannot be reached: `otherwise` is what the token says, which is minutes old. */
const asFarAsKnown = <Value>(known: Promise<Value>, otherwise: Value): Promise<Value> =>
  known.catch((error) => {
    if (error instanceof Failure && error.kind === 'unavailable') return otherwise;
    throw error;
  });

function refusalOf(error: unknown): TokenRefused {
  if (error instanceof errors.JWTExpired) return new TokenRefused('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new TokenRefused(`The token's ${error.claim} is not what this server accepts.`);
  return new TokenRefused('The token is not one of this server.');
}
