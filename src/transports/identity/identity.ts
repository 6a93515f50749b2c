import type { IncomingMessage } from 'node:http';
import type { HttpConfig, KeySource } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { Refusal } from '../refusal.ts';
import { parseKeys } from './keys.ts';
import { createTokenVerifier, InvalidToken } from './oauth.ts';
import { callScopes, local, type Principal } from './principal.ts';

/** The scope that every principal needs: without it no tool is offered. */
const entryScope = 'calls:read';

/** Who is let in over HTTP. */
export interface Identity {
  /** Whether callers must identify themselves; where not, there is one principal, `local`. */
  readonly required: boolean;
  /**
   * Throws a 401 `Refusal`, or 403 for a token without `calls:read`, with a challenge that tells a client what to do.
   */
  identify(request: IncomingMessage): Promise<Principal>;
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
 * Who is let in: holders of static keys, of tokens of an authorization server, or of either. Where neither is
 * configured everybody is `local`.
 * @param base gives the URL that `/mcp` and `/sse` come after, as clients see it; known once the server listens
 * @throws ConfigError
 */
export function createIdentity(
  { keys, oauth }: HttpConfig,
  base: () => string,
  clock: Clock = systemClock,
): Identity {
  if (!keys && !oauth) return { required: false, identify: async () => local };
  const challenge: Challenge = (request, status, reason) =>
    challengeFor(base() + endpointOf(request), oauth !== undefined, status, reason);
  let keyList = keys && parseKeys(keys.text, keys.where);
  const verifyToken = oauth && createTokenVerifier(oauth, clock);

  return {
    required: true,
    async identify(request) {
      const header = request.headers.authorization;
      if (header === undefined) throw challenge(request, 401);
      const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
      if (token === undefined)
        throw challenge(request, 401, ['invalid_token', 'Authorization must be Bearer and a token.']);
      const principal = keyList?.find(token) ?? (await verified(token, request));
      if (principal.scopes.has(entryScope)) return principal;
      throw challenge(request, 403, ['insufficient_scope', `The token lacks the scope ${entryScope}.`]);
    },
    ...(keys && {
      replaceKeys({ text, where }) {
        const next = parseKeys(text, where);
        const ended = keyList?.endedBy(next) ?? new Set<string>();
        keyList = next;
        return ended;
      },
    }),
    ...(oauth && {
      metadata: {
        [wellKnown]: () => metadataOf(`${base()}/mcp`, oauth.issuer),
        [`${wellKnown}/mcp`]: () => metadataOf(`${base()}/mcp`, oauth.issuer),
        [`${wellKnown}/sse`]: () => metadataOf(`${base()}/sse`, oauth.issuer),
      },
    }),
  };

  async function verified(token: string, request: IncomingMessage): Promise<Principal> {
    if (!verifyToken) throw challenge(request, 401, ['invalid_token', 'The key is not known here.']);
    return verifyToken(token).catch((error) => {
      throw error instanceof InvalidToken ? challenge(request, 401, ['invalid_token', error.message]) : error;
    });
  }
}

/** The error code and the description of a challenge (RFC 6750 section 3.1); absent where no token was shown. */
type Reason = readonly [error: string, description: string];

type Challenge = (request: IncomingMessage, status: 401 | 403, reason?: Reason) => Refusal;

/** A refusal whose `WWW-Authenticate` tells a client of `endpoint` which scopes to ask for, and where (RFC 9728). */
function challengeFor(endpoint: string, hasOAuth: boolean, status: 401 | 403, reason?: Reason): Refusal {
  const { origin, pathname } = new URL(endpoint);
  // Clients ask for the scopes that are named. Tools outside them do not exist, so no later refusal names more.
  const scopes = status === 401 ? callScopes.join(' ') : entryScope;
  const parts = [
    ...(reason ? [`error="${reason[0]}"`, `error_description="${reason[1]}"`] : []),
    `scope="${scopes}"`,
    ...(hasOAuth ? [`resource_metadata="${origin}${wellKnown}${pathname}"`] : []),
  ];
  const required = hasOAuth
    ? 'Authorization is required.'
    : 'Authorization is required: a key, sent as "Authorization: Bearer rcmcp_…".';
  return new Refusal(status, reason?.[1] ?? required, {
    headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` },
  });
}

/** Protected resource metadata (RFC 9728 section 2) of `endpoint`. */
const metadataOf = (endpoint: string, issuer: string): object => ({
  resource: endpoint,
  authorization_servers: [issuer],
  scopes_supported: callScopes,
  bearer_methods_supported: ['header'],
  resource_name: 'RingCentral call control',
});

/** The endpoint whose address the client was given: it takes no metadata of another (RFC 9728 section 3.3). */
const endpointOf = ({ url = '' }: IncomingMessage) => (/^\/(sse|messages)\b/.test(url) ? '/sse' : '/mcp');

const wellKnown = '/.well-known/oauth-protected-resource';
