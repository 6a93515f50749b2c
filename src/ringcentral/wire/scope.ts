/** Whose events the platform sends: the user's own parties only, or every party of the account (platform.md 4.1). */
export type Scope = 'extension' | 'account';
