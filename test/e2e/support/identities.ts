import { createKey } from '../../../src/transports/identity/keys.ts';
import type { CallScope } from '../../../src/transports/identity/principal.ts';
import { audience, startIssuer } from '../../transports/support/issuer.ts';

export const scopesOf = {
  reader: ['calls:read'],
  operator: ['calls:read', 'calls:control'],
  owner: ['calls:read', 'calls:control', 'calls:destructive'],
} as const satisfies Record<string, readonly CallScope[]>;
export type Who = keyof typeof scopesOf;

/** How a server over HTTP knows who is there. */
export interface Identity {
  /** What the server is started with. */
  env: Record<string, string>;
  /** What the client of this one sends. */
  headersOf(who: Who): Promise<Record<string, string>>;
  close?(): void;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const identities = {
  'no identity': async (): Promise<Identity> => ({ env: {}, headersOf: async () => ({}) }),

  keys: async (): Promise<Identity> => {
    const made = {
      reader: createKey('reader', [...scopesOf.reader]),
      operator: createKey('operator', [...scopesOf.operator]),
      owner: createKey('owner', [...scopesOf.owner]),
    };
    return {
      env: { RC_MCP_KEYS: JSON.stringify(Object.values(made).map(({ entry }) => entry)) },
      headersOf: async (who) => bearer(made[who].key),
    };
  },

  OAuth: async (): Promise<Identity> => {
    const { issuer, token, close } = await startIssuer();
    return {
      env: { RC_MCP_OAUTH_ISSUER: issuer.url, RC_MCP_OAUTH_AUDIENCE: audience },
      headersOf: async (who) => bearer(await token({ sub: who, scope: scopesOf[who].join(' ') })),
      close,
    };
  },
};
export type IdentityKind = keyof typeof identities;
