import { isDeepStrictEqual } from 'node:util';
import type { ConfiguredLogin } from '../config/logins.ts';
import { Failure } from '../shared/failure.ts';
import { clean } from '../shared/untrusted.ts';
import type { LoginSource, PersonLogin } from './login-source.ts';

/** The logins of `RC_MCP_LOGINS_FILE`, by the principals who use them. */
export function severalLogins(logins: readonly ConfiguredLogin[]): LoginSource {
  const byName = new Map(logins.map(({ name, credentials }) => [name, { name, credentials }]));
  const byPrincipal = new Map(
    logins.flatMap(({ name, credentials, principals }) =>
      principals.map((principal) => [principal, { name, credentials }] as const),
    ),
  );
  const has = (login: PersonLogin) => isDeepStrictEqual(byName.get(login.name), login);
  return {
    loginOf(principal) {
      const login = byPrincipal.get(principal);
      if (login) return login;
      throw new Failure(
        'forbidden',
        `No RingCentral login belongs to ${clean(principal)} on this server, so there are no calls to see or handle. ` +
          'Tell the person: the operator of this server adds them to the principals of a login in RC_MCP_LOGINS_FILE.',
      );
    },
    has,
    endedBy: (next) =>
      new Set(
        [...byPrincipal].flatMap(([principal, login]) =>
          isStill(next, principal, login) ? [] : [principal],
        ),
      ),
  };
}

function isStill(next: LoginSource, principal: string, login: PersonLogin): boolean {
  try {
    return isDeepStrictEqual(next.loginOf(principal), login);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
