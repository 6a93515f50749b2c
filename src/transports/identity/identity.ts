import type { IncomingMessage } from 'node:http';
import type { HttpConfig } from '../../config.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { Refusal } from '../refusal.ts';
import { parseKeys } from './keys.ts';
import { createTokenVerifier, InvalidToken } from './oauth.ts';
import { callScopes, local, type Principal } from './principal.ts';

/** Without it nothing is shown, so nobody is let in. */
const entryScope = 'calls:read';

export interface Identity {
  /** Somebody has to identify themselves: there is more than one principal. */
  readonly required: boolean;
  /** Throws 401, or 403 for a token without `calls:read`, with the challenge that tells a client what to do. */
  identify(request: IncomingMessage): Promise<Principal>;
  /** RFC 9728: where clients get tokens, by path; absent without OAuth. */
  readonly metadata?: Readonly<Record<string, () => object>>;
}

/**
 * Static keys, tokens of an authorization server, or both; nobody where neither is configured.
 * @param base what `/mcp` and `/sse` come after, as clients see it; known once the server listens
 * @throws ConfigError
 */
export function createIdentity(
  { keys, oauth }: HttpConfig,
  base: () => string,
  clock: Clock = systemClock,
): Identity {
  if (!keys && !oauth) return { required: false, identify: async () => local };
  const required = oauth
    ? 'Authorization is required.'
    : 'Authorization is required: a key, sent as "Authorization: Bearer rcmcp_…".';
  const findKey = keys ? parseKeys(keys.text, keys.where) : () => undefined;
  const verifyToken = oauth && createTokenVerifier(oauth, clock);

  const challenge = (
    request: IncomingMessage,
    status: 401 | 403,
    error?: string,
    description?: string,
  ): Refusal => {
    const { origin, pathname } = new URL(base() + endpointOf(request));
    // Clients ask for the scopes that are named. Tools outside them do not exist, so no later refusal names more.
    const scopes = status === 401 ? callScopes.join(' ') : entryScope;
    const parts = [
      ...(error ? [`error="${error}"`, `error_description="${description}"`] : []),
      `scope="${scopes}"`,
      ...(oauth ? [`resource_metadata="${origin}${wellKnown}${pathname}"`] : []),
    ];
    return new Refusal(status, description ?? required, {
      headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` },
    });
  };

  return {
    required: true,
    async identify(request) {
      const header = request.headers.authorization;
      if (header === undefined) throw challenge(request, 401);
      const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
      if (token === undefined)
        throw challenge(request, 401, 'invalid_token', 'Authorization must be Bearer and a token.');
      const principal = findKey(token) ?? (await verified(token, request));
      if (principal.scopes.has(entryScope)) return principal;
      throw challenge(request, 403, 'insufficient_scope', `The token lacks the scope ${entryScope}.`);
    },
    ...(oauth && {
      metadata: {
        [wellKnown]: () => metadataOf('/mcp', oauth.issuer),
        [`${wellKnown}/mcp`]: () => metadataOf('/mcp', oauth.issuer),
        [`${wellKnown}/sse`]: () => metadataOf('/sse', oauth.issuer),
      },
    }),
  };

  async function verified(token: string, request: IncomingMessage): Promise<Principal> {
    if (!verifyToken) throw challenge(request, 401, 'invalid_token', 'The key is not known here.');
    return verifyToken(token).catch((error) => {
      throw error instanceof InvalidToken ? challenge(request, 401, 'invalid_token', error.message) : error;
    });
  }

  function metadataOf(endpoint: string, issuer: string): object {
    return {
      resource: base() + endpoint,
      authorization_servers: [issuer],
      scopes_supported: callScopes,
      bearer_methods_supported: ['header'],
      resource_name: 'RingCentral call control',
    };
  }
}

/** The address that the client was given: it takes no metadata of another (RFC 9728 section 3.3). */
const endpointOf = ({ url = '' }: IncomingMessage) => (/^\/(sse|messages)\b/.test(url) ? '/sse' : '/mcp');

const wellKnown = '/.well-known/oauth-protected-resource';
