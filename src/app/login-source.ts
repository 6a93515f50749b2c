import type { Credentials } from '../ringcentral/auth/credentials.ts';

/** A RingCentral login of one person, by whom a line is opened. */
export interface PersonLogin {
  /** As the operator calls it: in log lines, in the audit log, and in what this person is told. */
  name: string;
  credentials: Credentials;
}

/** Knows which RingCentral login a principal uses. */
export interface LoginSource {
  /** @throws Failure `forbidden` that says what to do, where the principal has none */
  loginOf(principal: string): PersonLogin;
  /** Whether there is a login of this name with these very credentials. */
  has(login: PersonLogin): boolean;
  /** Principals whose login is another one in `next`, or gone. */
  endedBy(next: LoginSource): ReadonlySet<string>;
}
