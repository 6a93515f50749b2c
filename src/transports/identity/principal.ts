import type { AuthInfo } from '@modelcontextprotocol/server';

/** What a caller may do: see calls, act on them, and act in ways that cannot be taken back. */
export const callScopes = ['calls:read', 'calls:control', 'calls:destructive'] as const;
export type CallScope = (typeof callScopes)[number];

/** Who is at the other end. Sessions, subscriptions, questions and grants belong to a principal. */
export interface Principal {
  /**
   * `key:NAME`, `user:SUBJECT@ISSUER` or `client:ID@ISSUER`; `local` where nobody has to identify themselves. The
   * kind is part of the name: a key, a person and a machine that are called the same are three.
   */
  name: string;
  scopes: ReadonlySet<string>;
  /** When the token that was shown ends, epoch ms; keys do not. */
  expiresAt?: number;
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
