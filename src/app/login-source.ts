import type { Credentials } from '../ringcentral/auth/credentials.ts';
import type { OtherLogin } from '../ringcentral/rest/rest-client.ts';

/** A RingCentral login of one person, by whom a line is opened. */
export interface PersonLogin {
  /** In log lines and in the audit log; of two logins it is never the same. */
  name: string;
  credentials: Credentials | OtherLogin;
}

/** Knows which RingCentral login a principal uses now. */
export interface LoginSource {
  /** @throws Failure `forbidden` that says what to do, where the principal has none */
  loginOf(principal: string): PersonLogin;
}
