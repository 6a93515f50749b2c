/** Of an app, and of the user 101. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
}
