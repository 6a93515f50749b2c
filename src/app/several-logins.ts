import { isDeepStrictEqual } from 'node:util';
import type { ConfiguredLogin } from '../config/logins.ts';
import { Failure } from '../shared/failure.ts';
import { clean } from '../shared/untrusted.ts';
import type { LoginSource, PersonLogin } from './login-source.ts';

/** The logins of `RC_MCP_LOGINS_FILE`, by the principals who use them. */
export class SeveralLogins implements LoginSource {
  #byPrincipal: ReadonlyMap<string, PersonLogin>;

  constructor(logins: readonly ConfiguredLogin[]) {
    this.#byPrincipal = byPrincipal(logins);
  }

  loginOf(principal: string): PersonLogin {
    const login = this.#byPrincipal.get(principal);
    if (login) return login;
    throw new Failure(
      'forbidden',
      `No RingCentral login belongs to ${clean(principal)} on this server, so there are no calls to see or handle. ` +
        'Tell the person: the operator of this server adds them to the principals of a login in RC_MCP_LOGINS_FILE.',
    );
  }

  /** Whether there is a login of this name with these very credentials. */
  has(login: PersonLogin): boolean {
    return [...this.#byPrincipal.values()].some((one) => isDeepStrictEqual(one, login));
  }

  /**
   * Takes these logins instead of those before.
   * @returns the principals whose login is gone or another one
   */
  replace(logins: readonly ConfiguredLogin[]): ReadonlySet<string> {
    const before = this.#byPrincipal;
    this.#byPrincipal = byPrincipal(logins);
    const ended = [...before].filter(
      ([principal, login]) => !isDeepStrictEqual(this.#byPrincipal.get(principal), login),
    );
    return new Set(ended.map(([principal]) => principal));
  }
}

const byPrincipal = (logins: readonly ConfiguredLogin[]): ReadonlyMap<string, PersonLogin> =>
  new Map(
    logins.flatMap(({ name, credentials, principals }) =>
      principals.map((principal) => [principal, { name, credentials }] as const),
    ),
  );
