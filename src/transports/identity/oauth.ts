import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { ConfigError } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { loadOnce } from '../../shared/load-once.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { Refusal } from '../refusal.ts';
import { type Principal, withListening } from './principal.ts';

/** Asymmetric algorithms only: `none` and shared secrets would let others than the issuer sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const timeoutMs = 5_000;

/** By how much the clocks of issuer and server may differ. */
const toleranceSeconds = 5;

/**
 * In characters, as OpenID Connect Core section 2 allows. Bounded because it is kept with all that the principal
 * does.
 */
const longestSubject = 255;

/** A token that is not accepted; the message goes into the challenge. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** The principal of a token. Rejects with `InvalidToken`, or a 503 `Refusal` where the issuer cannot be reached. */
export type VerifyToken = (token: string) => Promise<Principal>;

/**
 * Verifies access tokens of one authorization server: JWTs signed with a key of its JWKS, for this audience, not
 * expired. The keys are fetched with the first token.
 * @throws ConfigError for an issuer without https
 */
export function createTokenVerifier(
  { issuer, audience }: { issuer: string; audience: string },
  clock: Clock = systemClock,
): VerifyToken {
  checkSecure(issuer, 'RC_MCP_OAUTH_ISSUER');
  // With the path: an issuer with many tenants has one for each.
  const from = issuer.replace(/^https?:\/\//, '').replace(/\/$/, '');
  // Hosts that are given `/sse` name that where they ask for a token (RFC 8707).
  const audiences = [audience, audience.replace(/\/mcp$/, '/sse')];
  const jwks = loadOnce(async () =>
    createRemoteJWKSet(await discoverJwks(issuer), { timeoutDuration: timeoutMs }),
  );

  return async (token) => {
    // What has not the form of a JWT makes no request to the issuer.
    if (token.split('.').length !== 3) throw new InvalidToken('The token is not known here.');
    const keySet = await jwks.load();
    const { payload } = await jwtVerify(token, keySet, {
      issuer,
      audience: audiences,
      algorithms,
      requiredClaims: ['exp'],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(clock.now()),
    }).catch(throwRefusal);
    return {
      name: `${subject(payload)}@${from}`,
      scopes: withListening(scopesOf(payload)),
      expiresAt: ((payload.exp ?? 0) + toleranceSeconds) * 1000,
    };
  };
}

/**
 * `user:` and the subject; `client:` and the id of a client without a subject, or whose subject is its id (RFC 9068
 * section 2.2).
 */
function subject({ sub, client_id, azp }: JWTPayload): string {
  const [person, ...machines] = [sub, client_id, azp].map((claim) =>
    typeof claim === 'string' ? claim : '',
  );
  const machine = machines.find((id) => id !== '');
  const name = person || machine;
  if (!name) throw new InvalidToken('The token names no subject.');
  if (name.length > longestSubject) {
    throw new InvalidToken(`The token names a subject that is longer than ${longestSubject} characters.`);
  }
  return `${name === machine ? 'client' : 'user'}:${name}`;
}

/** The scopes in `scope` (RFC 9068) and `scp` (Microsoft, Okta), each a list or a text with blanks. */
const scopesOf = ({ scope, scp }: JWTPayload): string[] =>
  [scope, scp].flat().flatMap((list) => (typeof list === 'string' ? list.split(' ') : []));

/** Throws what `VerifyToken` rejects with. */
function throwRefusal(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new InvalidToken('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new InvalidToken(`The token's ${error.claim} is not what this server accepts.`);
  }
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw unreachable();
  throw new InvalidToken('The token is not signed by a key that this server trusts.');
}

const unreachable = () =>
  new Refusal(503, 'The authorization server cannot be asked for its keys now.', {
    headers: { 'retry-after': '10' },
  });

/** RFC 8414 section 3.1, then OpenID Connect Discovery, as MCP clients look (MCP "Authorization Server Metadata"). */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

async function discoverJwks(issuer: string): Promise<URL> {
  for (const url of new Set(metadataUrls(issuer))) {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' }).catch(
      () => {
        throw unreachable();
      },
    );
    if (!response.ok) continue;
    const metadata = (await response.json().catch(() => ({}))) as { issuer?: unknown; jwks_uri?: unknown };
    // RFC 8414 section 3.3: metadata of another issuer is not to be used.
    if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string') continue;
    return checkSecure(metadata.jwks_uri, 'jwks_uri');
  }
  throw unreachable();
}

function checkSecure(text: string, name: string): URL {
  if (!URL.canParse(text)) throw new ConfigError(`${name} is "${text}", which is not a URL.`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${name} is ${text}; it must begin with https:// (http only on loopback).`);
  }
  return url;
}
