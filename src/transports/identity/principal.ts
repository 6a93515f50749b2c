import type { AuthInfo } from '@modelcontextprotocol/server';

/** Scopes of keys and tokens: see calls, act on them, and act in ways that cannot be undone. */
export const callScopes = ['calls:read', 'calls:control', 'calls:destructive'] as const;

/** Listen in and record. Who signs in grants it alone; in keys and others' tokens it comes with `calls:control`. */
const listenScope = 'calls:listen';

/** The scope of keys of those who run a server on which people sign in: it sees people, and no calls, and is granted to no app. */
export const adminScope = 'team:admin';

/** What a key, or a token of another authorization server, with these scopes may do. */
export const withListening = (scopes: readonly string[]): ReadonlySet<string> =>
  new Set(scopes.includes('calls:control') ? [...scopes, listenScope] : scopes);
export type CallScope = (typeof callScopes)[number];

/** Who makes a request. Sessions, subscriptions, questions and grants belong to a principal. */
export interface Principal {
  /**
   * `key:NAME`, `user:SUBJECT@ISSUER` or `client:ID@ISSUER`; `local` where nobody has to identify themselves. The
   * kind is part of the name: a key, a person and a machine that are called the same are three.
   */
  name: string;
  scopes: ReadonlySet<string>;
  /** When the token expires, epoch ms; absent for keys. */
  expiresAt?: number;
  /** Id of the permission that a person has given this app; absent unless they have signed in here. */
  grant?: string;
}

/** The principal of stdio, and of an HTTP server that asks for no identity: whoever runs the process. */
export const local: Principal = { name: 'local', scopes: withListening(callScopes) };

/**
 * The principal as the SDK hands it to request handlers (`ctx.http.authInfo`). Without the token: no handler needs
 * it, and so none can pass it on (MCP "Authorization": token passthrough is forbidden).
 */
export const authInfoOf = ({ name, scopes, grant }: Principal): AuthInfo => ({
  token: '',
  clientId: name,
  scopes: [...scopes],
  ...(grant !== undefined && { extra: { grant } }),
});

/** Whether both are the same person or machine, through the same app: what one has opened the other may use. */
export const isSamePrincipal = (one: Principal | undefined, other: Principal): boolean =>
  one?.name === other.name && one.grant === other.grant;

/** The reverse of `authInfoOf`; `local` for a request without it. */
export const principalOf = (auth: AuthInfo | undefined): Principal =>
  auth
    ? {
        name: auth.clientId,
        scopes: new Set(auth.scopes),
        ...(typeof auth.extra?.grant === 'string' && { grant: auth.extra.grant }),
      }
    : local;
