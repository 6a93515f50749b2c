import type { AuthInfo } from '@modelcontextprotocol/server';

/** What a caller may do: see calls, act on them, and act in ways that cannot be taken back. */
export const callScopes = ['calls:read', 'calls:control', 'calls:destructive'] as const;
export type CallScope = (typeof callScopes)[number];

/** Who is at the other end. Sessions, subscriptions, questions and grants belong to a principal. */
export interface Principal {
  /** A key's name or a token's subject; `local` where nobody has to identify themselves. */
  name: string;
  scopes: ReadonlySet<string>;
}

/** Whoever runs the process, over stdio or on loopback. */
export const local: Principal = { name: 'local', scopes: new Set(callScopes) };

/**
 * What travels with each request as `ctx.http.authInfo`. The token itself stays behind: no handler needs it, and
 * what is not there cannot be passed on to RingCentral.
 */
export const authInfoOf = ({ name, scopes }: Principal): AuthInfo => ({
  token: '',
  clientId: name,
  scopes: [...scopes],
});

export const principalOf = (auth: AuthInfo | undefined): Principal =>
  auth ? { name: auth.clientId, scopes: new Set(auth.scopes) } : local;
