import { auth as authV2 } from '@modelcontextprotocol/client';
import { auth as authV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { teamScopes } from '../../src/team/scopes.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';
import { answerConsent, appRedirect, startTeamBed, type TeamBed } from './support/team-bed.ts';

/** What a host keeps of its connection to a server. */
interface Kept {
  // biome-ignore lint/suspicious/noExplicitAny: both clients have types of their own for it.
  client?: any;
  // biome-ignore lint/suspicious/noExplicitAny: both clients have types of their own for it.
  tokens?: any;
  // biome-ignore lint/suspicious/noExplicitAny: both clients have types of their own for it.
  discovery?: any;
  verifier: string;
  /** Where it has sent the person. */
  sentTo?: URL;
}

const published = 'https://host.example/client.json';
const metadata = {
  client_name: 'Official host',
  redirect_uris: [appRedirect],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

let bed: TeamBed;
beforeEach(async () => {
  bed = await startTeamBed({
    fetchMetadata: async (url) => Response.json({ ...metadata, client_id: url, client_uri: url }),
  });
});
afterEach(() => bed.close());

function providerOf(kept: Kept, clientMetadataUrl?: string) {
  return {
    redirectUrl: appRedirect,
    clientMetadata: metadata,
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    state: () => 'a state',
    clientInformation: () => kept.client,
    saveClientInformation: (client: unknown) => {
      kept.client = client;
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens: unknown) => {
      kept.tokens = tokens;
    },
    redirectToAuthorization: (url: URL) => {
      kept.sentTo = url;
    },
    saveCodeVerifier: (verifier: string) => {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier,
    saveDiscoveryState: (state: unknown) => {
      kept.discovery = state;
    },
    discoveryState: () => kept.discovery,
    invalidateCredentials: (scope: string) => {
      if (scope === 'all' || scope === 'tokens') kept.tokens = undefined;
      if (scope === 'all' || scope === 'client') kept.client = undefined;
    },
  };
}

/** The resource's own metadata are the HTTP server's business (RFC 9728): here they are played. */
const fetchFn = async (input: string | URL, init?: RequestInit): Promise<Response> =>
  String(input).includes('/.well-known/oauth-protected-resource')
    ? Response.json({
        resource: `${bed.url}/mcp`,
        authorization_servers: [bed.team.issuer],
        scopes_supported: teamScopes,
      })
    : fetch(input, init);

describe.each([
  ['v1', authV1],
  ['v2', authV2],
] as const)('the official client %s', (_, auth) => {
  /** A host that a person has connected. */
  async function connected(clientMetadataUrl?: string) {
    const kept: Kept = { verifier: '' };
    const provider = providerOf(kept, clientMetadataUrl);
    const go = (answer: object = {}) => auth(provider, { serverUrl: `${bed.url}/mcp`, fetchFn, ...answer });
    expect(await go()).toBe('REDIRECT');
    const browser = bed.browser();
    const page = await browser.open(kept.sentTo ?? '');
    expect(page.body).toContain('Let Official host use your phone?');
    const away = await answerConsent(browser, page, 'yes');
    const { searchParams } = (await browser.open(await signInAtRingCentral(away.url, '102'))).url;
    expect(searchParams.get('state')).toBe('a state');
    const answer = {
      authorizationCode: searchParams.get('code') ?? '',
      iss: searchParams.get('iss') ?? '',
    };
    expect(await go(answer)).toBe('AUTHORIZED');
    delete kept.sentTo;
    const { name } = await bed.team.verifyToken(kept.tokens.access_token);
    return { kept, go, subject: name };
  }

  test.each([
    ['registers', undefined],
    ['is published', published],
  ])('%s, is permitted, and refreshes', async (_how, clientMetadataUrl) => {
    const { kept, go, subject } = await connected(clientMetadataUrl);
    if (clientMetadataUrl !== undefined) expect(kept.client.client_id).toBe(clientMetadataUrl);
    const first = kept.tokens.access_token;
    expect(await go()).toBe('AUTHORIZED');
    expect(kept.tokens.access_token).not.toBe(first);
    expect(await bed.team.verifyToken(kept.tokens.access_token)).toMatchObject({ name: subject });
  });

  test('sends the person again when the sign-in has ended', async () => {
    const { kept, go, subject } = await connected();
    await bed.team.endPerson(subject);
    expect(await go()).toBe('REDIRECT');
    expect(kept.sentTo?.pathname).toBe('/oauth/authorize');
  });

  test('registers again with a server that has forgotten it', async () => {
    const { kept, go } = await connected();
    const before = kept.client.client_id;
    await bed.restart();
    expect(await go()).toBe('REDIRECT');
    expect(kept.client.client_id).not.toBe(before);
    expect((await bed.browser().open(kept.sentTo ?? '')).status).toBe(200);
  });
});
