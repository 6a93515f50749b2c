import type { IncomingMessage } from 'node:http';
import type { HttpConfig, KeySource } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { Refusal } from '../refusal.ts';
import { parseKeys } from './keys.ts';
import { createTokenVerifier, InvalidToken, type VerifyToken } from './oauth.ts';
import { callScopes, local, type Principal } from './principal.ts';

/** The scope that a route asks for unless it says another: without it no tool is offered. */
const entryScope = 'calls:read';

/** Lets in whoever has signed in on this server. */
export interface SignedInIdentity {
  /** The issuer of the tokens: this server. */
  issuer: string;
  /** Scopes that people can grant. */
  scopes: readonly string[];
  /** The principal of an access token. Rejects with `InvalidToken`. */
  verifyToken: VerifyToken;
}

/** Who is let in over HTTP. */
export interface Identity {
  /** Whether callers must identify themselves; where not, there is one principal, `local`. */
  readonly required: boolean;
  /**
   * Throws a 401 `Refusal`, or 403 for a token without the scope, with a challenge that tells a client what to do.
   * @param scope that the route asks for; absent: `calls:read`
   */
  identify(request: IncomingMessage, scope?: string): Promise<Principal>;
  /**
   * Lets in the holders of these keys instead of those before; absent where there were none at the start.
   * @returns names of principals whose key is gone, or has another secret or other scopes now
   * @throws ConfigError for a list with a mistake; the keys before stay
   */
  replaceKeys?(keys: KeySource): ReadonlySet<string>;
  /** RFC 9728: where clients get tokens, by path; absent without OAuth. */
  readonly metadata?: Readonly<Record<string, () => object>>;
}

/**
 * Who is let in: holders of static keys, of tokens of an authorization server, or of either; or who has signed in here.
 * Where none is configured everybody is `local`.
 * @param base gives the URL that `/mcp` and `/sse` come after, as clients see it; known once the server listens
 * @throws ConfigError
 */
export function createIdentity(
  { keys, oauth }: Pick<HttpConfig, 'keys' | 'oauth'>,
  base: () => string,
  clock: Clock = systemClock,
  signedIn?: SignedInIdentity,
): Identity {
  if (!keys && !oauth && !signedIn) return { required: false, identify: async () => local };
  const issuer = signedIn?.issuer ?? oauth?.issuer;
  const scopes = signedIn?.scopes ?? callScopes;
  const challenge: Challenge = (request, refusal) =>
    challengeFor(base() + endpointOf(request), { scopes, hasTokens: issuer !== undefined, ...refusal });
  const read = ({ text, where }: KeySource) => parseKeys(text, where, signedIn ? 'team' : 'calls');
  let keyList = keys && read(keys);
  const verifyToken = signedIn?.verifyToken ?? (oauth && createTokenVerifier(oauth, clock));

  return {
    required: true,
    async identify(request, scope = entryScope) {
      const header = request.headers.authorization;
      if (header === undefined) throw challenge(request, { status: 401 });
      const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
      if (token === undefined) throw challenge(request, invalid('Authorization must be Bearer and a token.'));
      const principal = keyList?.find(token) ?? (await verified(token, request));
      if (principal.scopes.has(scope)) return principal;
      const reason = ['insufficient_scope', `The token lacks the scope ${scope}.`] as const;
      throw challenge(request, { status: 403, scopes: [scope], reason });
    },
    ...(keys && {
      replaceKeys(source) {
        const next = read(source);
        const ended = keyList?.endedBy(next) ?? new Set<string>();
        keyList = next;
        return ended;
      },
    }),
    ...(issuer !== undefined && {
      metadata: {
        [wellKnown]: () => metadataOf(`${base()}/mcp`, issuer, scopes),
        [`${wellKnown}/mcp`]: () => metadataOf(`${base()}/mcp`, issuer, scopes),
        [`${wellKnown}/sse`]: () => metadataOf(`${base()}/sse`, issuer, scopes),
      },
    }),
  };

  async function verified(token: string, request: IncomingMessage): Promise<Principal> {
    if (!verifyToken) throw challenge(request, invalid('The key is not known here.'));
    return verifyToken(token).catch((error) => {
      throw error instanceof InvalidToken ? challenge(request, invalid(error.message)) : error;
    });
  }
}

/**
 * Throws `ConfigError` for a mistake in keys or issuer, before anything is opened.
 * @param signIn people sign in on this server: keys are for who runs it
 */
export function checkIdentity(http: Pick<HttpConfig, 'keys' | 'oauth'>, signIn: boolean): void {
  if (!signIn) createIdentity(http, () => '');
  else if (http.keys) parseKeys(http.keys.text, http.keys.where, 'team');
}

/** The error code and the description of a challenge (RFC 6750 section 3.1); absent where no token was shown. */
type Reason = readonly [error: string, description: string];

/** Why somebody is not let in. `scopes`: those that a client should ask for; absent: all. */
interface Refused {
  status: 401 | 403;
  reason?: Reason;
  scopes?: readonly string[];
}

const invalid = (description: string): Refused => ({ status: 401, reason: ['invalid_token', description] });

type Challenge = (request: IncomingMessage, refused: Refused) => Refusal;

/**
 * A refusal whose `WWW-Authenticate` tells a client of `endpoint` which scopes to ask for, and where (RFC 9728). Clients
 * ask for the scopes that are named. Tools outside them do not exist, so no later refusal names more.
 */
function challengeFor(
  endpoint: string,
  { status, reason, scopes, hasTokens }: Required<Pick<Refused, 'scopes'>> & Refused & { hasTokens: boolean },
): Refusal {
  const { origin, pathname } = new URL(endpoint);
  const parts = [
    ...(reason ? [`error="${reason[0]}"`, `error_description="${reason[1]}"`] : []),
    `scope="${scopes.join(' ')}"`,
    ...(hasTokens ? [`resource_metadata="${origin}${wellKnown}${pathname}"`] : []),
  ];
  const required = hasTokens
    ? 'Authorization is required.'
    : 'Authorization is required: a key, sent as "Authorization: Bearer rcmcp_…".';
  return new Refusal(status, reason?.[1] ?? required, {
    headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` },
  });
}

/** Protected resource metadata (RFC 9728 section 2) of `endpoint`. */
const metadataOf = (endpoint: string, issuer: string, scopes: readonly string[]): object => ({
  resource: endpoint,
  authorization_servers: [issuer],
  scopes_supported: scopes,
  bearer_methods_supported: ['header'],
  resource_name: 'RingCentral call control',
});

/** The endpoint whose address the client was given: it takes no metadata of another (RFC 9728 section 3.3). */
const endpointOf = ({ url = '' }: IncomingMessage) => (/^\/(sse|messages)\b/.test(url) ? '/sse' : '/mcp');

const wellKnown = '/.well-known/oauth-protected-resource';
