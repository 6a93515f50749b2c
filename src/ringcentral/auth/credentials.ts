/** One user's login: the app, and the user's JWT credential. */
export interface Credentials {
  serverUrl: string;
  clientId: string;
  /** Absent for a public app (platform.md 1.4). */
  clientSecret?: string;
  jwt: string;
}
