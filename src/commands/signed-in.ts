import { TokenRefused } from '../team/access-tokens.ts';
import { teamScopes } from '../team/scopes.ts';
import type { Team } from '../team/team.ts';
import type { SignedInIdentity } from '../transports/identity/identity.ts';
import { InvalidToken } from '../transports/identity/oauth.ts';

/** Lets in whoever has signed in on this server. */
export const signedInIdentity = ({ issuer, verifyToken }: Team): SignedInIdentity => ({
  issuer,
  scopes: teamScopes,
  verifyToken: (token) =>
    verifyToken(token).catch((error) => {
      throw error instanceof TokenRefused ? new InvalidToken(error.message) : error;
    }),
});
