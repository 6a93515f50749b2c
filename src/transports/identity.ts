import type { IncomingMessage } from 'node:http';
import type { HttpConfig } from '../config.ts';
import { parseKeys } from './keys.ts';
import { createTokenVerifier, InvalidToken } from './oauth.ts';
import { callScopes, local, type Principal } from './principal.ts';
import { Refusal } from './refusal.ts';

/** Without it nothing is shown, so nobody is let in. */
const entryScope = 'calls:read';

export interface Identity {
  /** Somebody has to identify themselves: there is more than one principal. */
  readonly required: boolean;
  /** Throws 401, or 403 for a token without `calls:read`, with the challenge that tells a client what to do. */
  identify(request: IncomingMessage): Promise<Principal>;
  /** RFC 9728: where clients get tokens; absent without OAuth. */
  readonly metadata?: { paths: string[]; document(): object };
}

/**
 * Static keys, tokens of an authorization server, or both; nobody where neither is configured.
 * @param resource the URL of `/mcp` as clients see it, known once the server listens
 * @throws ConfigError
 */
export function createIdentity({ keys, oauth }: HttpConfig, resource: () => string): Identity {
  if (!keys && !oauth) return { required: false, identify: async () => local };
  const findKey = keys ? parseKeys(keys.text, keys.where) : () => undefined;
  const verifyToken = oauth && createTokenVerifier(oauth);

  const challenge = (status: 401 | 403, error?: string, description?: string) => {
    const { origin, pathname } = new URL(resource());
    const parts = [
      ...(error ? [`error="${error}"`, `error_description="${description}"`] : []),
      `scope="${entryScope}"`,
      ...(oauth ? [`resource_metadata="${origin}${wellKnown}${pathname}"`] : []),
    ];
    return new Refusal(status, description ?? 'Authorization is required.', {
      headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` },
    });
  };

  return {
    required: true,
    async identify(request) {
      const header = request.headers.authorization;
      if (header === undefined) throw challenge(401);
      const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
      if (token === undefined)
        throw challenge(401, 'invalid_token', 'Authorization must be Bearer and a token.');
      const principal = findKey(token) ?? (await verified(token));
      if (principal.scopes.has(entryScope)) return principal;
      throw challenge(403, 'insufficient_scope', `The token lacks the scope ${entryScope}.`);
    },
    ...(oauth && {
      metadata: {
        paths: [wellKnown, `${wellKnown}/mcp`],
        document: () => ({
          resource: resource(),
          authorization_servers: [oauth.issuer],
          scopes_supported: callScopes,
          bearer_methods_supported: ['header'],
          resource_name: 'RingCentral call control',
        }),
      },
    }),
  };

  async function verified(token: string): Promise<Principal> {
    if (!verifyToken) throw challenge(401, 'invalid_token', 'The key is not known here.');
    return verifyToken(token).catch((error) => {
      throw error instanceof InvalidToken ? challenge(401, 'invalid_token', error.message) : error;
    });
  }
}

const wellKnown = '/.well-known/oauth-protected-resource';
