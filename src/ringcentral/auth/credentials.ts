/** Gives the access tokens of somebody who has signed in. */
export interface TokenSource {
  /**
   * A token that is good for the next minutes.
   * @param refused one that RingCentral has refused: another is given
   * @throws Failure `forbidden` where the person has to sign in again
   */
  accessToken(refused?: string): Promise<string>;
  /** App permissions, separated by blanks. @throws Failure */
  scope(): Promise<string>;
}

/** The login of somebody who has signed in at RingCentral, through an app. */
export interface TokenCredentials {
  serverUrl: string;
  clientId: string;
  /** Of the person. */
  extensionId: string;
  tokens: TokenSource;
}

/** One user's login: the app, and the user's JWT credential. */
export interface Credentials {
  serverUrl: string;
  clientId: string;
  /** Absent for a public app (platform.md 1.4). */
  clientSecret?: string;
  jwt: string;
}
