import type { EventEmitter } from 'node:events';
import type { AccessToken, Adapter, Configuration, Provider } from 'oidc-provider';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import { isLoopback } from '../shared/loopback.ts';
import { type Artefacts, type ArtefactsOptions, createArtefacts } from './artefacts.ts';
import { cookieName } from './cookies.ts';
import { showMistakesOfApps } from './error-redirects.ts';
import { loadProvider, type OidcProvider } from './load-provider.ts';
import { errorPage, headersOf } from './pages/layout.ts';
import { explainRequestError } from './pages/request-errors.ts';
import type { Fetch } from './ringcentral-oauth.ts';
import { teamScopes } from './scopes.ts';
import { signingKeyOf } from './signing-key.ts';
import type { TeamKeys } from './team-keys.ts';

/** Paths under the issuer. `*` stands for one segment: the id of an interaction. */
export const paths = {
  authorize: '/oauth/authorize',
  resume: '/oauth/authorize/*',
  token: '/oauth/token',
  jwks: '/oauth/jwks',
  register: '/oauth/register',
  revoke: '/oauth/revoke',
  consent: '/oauth/consent/*',
  callback: '/oauth/ringcentral/callback',
  ownPage: '/me',
  people: '/team/people',
  revokePerson: '/team/people/*/revoke',
} as const;

const minute = 60;
const day = 24 * 60 * minute;

/** How long what the authorization server gives out is good for, in seconds. */
export const lifetimes = {
  /** Short, because what was given out is looked at again only when it is used. */
  accessToken: 10 * minute,
  code: minute,
  /** Of one refresh token: RingCentral's own are good for seven days (platform.md 1.5). */
  refreshToken: 7 * day,
  grant: 90 * day,
  /** Ten minutes for the consent, and ten for RingCentral's page. */
  interaction: 20 * minute,
  /** How long a browser is known: with it a person consents to another app without a new sign-in. */
  session: 8 * 60 * minute,
} as const;

/** Claims of an access token beside those of RFC 9068. */
export interface OwnClaims {
  /** Generation of the person's sign-in. */
  gen: number;
  /** Id of the permission that the person gave the app. */
  gid: string;
}

/** In bytes; a metadata document of 5 kB is what the draft on them advises servers to take. */
const metadataLimits = {
  'client_id metadata document': 5 * 1024,
  jwks_uri: 16 * 1024,
  sector_identifier_uri: 5 * 1024,
};

export interface ProviderOptions {
  /** What clients call this server, without a slash at its end. */
  issuer: string;
  keys: TeamKeys;
  clock: Clock;
  log: Logger;
  /** Makes what keeps artefacts; absent: apps have to be connected anew after a restart. */
  openArtefacts?(errors: ArtefactErrors): Artefacts;
  /** The generation of a person's sign-in at RingCentral; undefined where there is none that works. */
  generationOf(subject: string): Promise<number | undefined>;
  /** Fetches client id metadata documents, whose addresses anybody can name. */
  fetchMetadata: Fetch;
}

/** What artefacts throw to oidc-provider. */
export type ArtefactErrors = Pick<ArtefactsOptions, 'alreadyUsed' | 'tooLarge'>;

/** An authorization server for one resource, its own, and what it keeps. */
export interface AuthorizationServer {
  provider: Provider;
  artefacts: Artefacts;
}

/** The identifiers by which clients may name the resource (RFC 8707): the MCP endpoints of this server. */
export const resourcesOf = (issuer: string): string[] => [`${issuer}/mcp`, `${issuer}/sse`];

/**
 * Creates the authorization server (OAuth 2.1, MCP "Authorization"): authorization code with PKCE S256, refresh with
 * rotation, revocation, metadata documents and dynamic registration; nothing else.
 * @throws ConfigError for a Node that is too old
 */
export async function createAuthorizationServer(options: ProviderOptions): Promise<AuthorizationServer> {
  const {
    issuer,
    clock,
    log,
    openArtefacts = (thrown: ArtefactErrors) => createArtefacts({ clock, ...thrown }),
  } = options;
  const oidc = await loadProvider(log);
  const { Provider, errors } = oidc;
  const artefacts = openArtefacts({
    alreadyUsed: () => new errors.InvalidGrant('it was used already'),
    tooLarge: () => new errors.InvalidRequest('the request is too large'),
  });
  const provider = new Provider(issuer, {
    ...configurationOf({ ...options, generationOf: withAway(options.generationOf, errors) }, oidc),
    adapter: (model) => adapterWithAway(artefacts.adapterOf(model), errors),
    interactions: {
      url: (_, { uid }) => `${new URL(issuer).pathname.replace(/\/$/, '')}${paths.consent.replace('*', uid)}`,
    },
  });
  // The handler states host and scheme of the issuer as a proxy would, whatever the request came in with.
  provider.proxy = true;
  // Koa's own listener would write to the console.
  (provider as EventEmitter).on('error', (err) => log.warn({ err }, 'a request for sign-in failed'));
  showMistakesOfApps(provider);
  provider.on('server_error', ({ req }, err) => {
    // It reads bodies itself, and takes a client that has gone away within one for a failure of its own.
    if (!req.errored) log.error({ err }, 'the authorization server failed');
  });
  return { provider, artefacts };
}

type Method<Args extends unknown[], Result> = (...args: Args) => Promise<Result>;

/** Where the store cannot be reached, apps are told to come back (RFC 6749 section 4.1.2.1), with a 503. */
const withAway =
  <Args extends unknown[], Result>(
    method: Method<Args, Result>,
    { TemporarilyUnavailable }: OidcProvider['errors'],
  ): Method<Args, Result> =>
  (...args) =>
    method(...args).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      const answer = new TemporarilyUnavailable(error.message);
      throw Object.assign(answer, { statusCode: 503, status: 503, cause: error });
    });

const adapterWithAway = (adapter: Adapter, errors: OidcProvider['errors']): Adapter =>
  new Proxy(adapter, {
    get(target, name: keyof Adapter) {
      const method = target[name] as Method<unknown[], unknown>;
      return withAway(method.bind(target), errors);
    },
  });

/** Whether the answer to an app would go over the network as it is. */
function isHttpToElsewhere(uri: unknown): boolean {
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  return url?.protocol === 'http:' && !isLoopback(url.hostname);
}

function configurationOf(
  { issuer, keys, generationOf, fetchMetadata, log }: ProviderOptions,
  { errors }: OidcProvider,
): Configuration {
  const secure = issuer.startsWith('https:');
  const used = [keys.current, ...(keys.previous ? [keys.previous] : [])];
  const resources = new Set(resourcesOf(issuer));
  const off = { enabled: false };
  return {
    scopes: [...teamScopes, 'offline_access'],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    jwks: { keys: used.map(signingKeyOf) },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
      // Desktop hosts listen on whatever loopback port is free (RFC 8252 section 7.3).
      application_type: 'native',
    },
    extraClientMetadata: {
      // The provider itself lets apps of the type `web` have http anywhere (MCP "Communication Security").
      properties: ['redirect_uris'],
      validator(_, __, uris) {
        if (Array.isArray(uris) && uris.some(isHttpToElsewhere))
          throw new errors.InvalidClientMetadata('redirect_uris by http can only use loopback hosts');
      },
    },
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    cookies: {
      keys: used.map((key) => key.derive('signs cookies').toString('base64url')),
      names: {
        session: cookieName('session', issuer),
        // Bound to a path each, which the prefix __Host- does not allow.
        interaction: `${secure ? '__Secure-' : ''}rc_mcp_consent`,
        resume: `${secure ? '__Secure-' : ''}rc_mcp_resume`,
      },
      long: { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: true },
      short: { httpOnly: true, sameSite: 'lax', secure, signed: true },
    },
    routes: {
      authorization: paths.authorize,
      token: paths.token,
      jwks: paths.jwks,
      registration: paths.register,
      revocation: paths.revoke,
    },
    ttl: {
      AccessToken: lifetimes.accessToken,
      AuthorizationCode: lifetimes.code,
      RefreshToken: lifetimes.refreshToken,
      Grant: lifetimes.grant,
      Interaction: lifetimes.interaction,
      Session: lifetimes.session,
      IdToken: lifetimes.accessToken,
    },
    findAccount: async (_, sub) =>
      (await generationOf(sub)) === undefined ? undefined : { accountId: sub, claims: async () => ({ sub }) },
    extraTokenClaims: async (_, token) => ({
      gen: await generationOf((token as AccessToken).accountId),
      gid: (token as AccessToken).grantId,
    }),
    // None but the one just given: an app with this id can be anybody's, so what it was permitted before says nothing
    // about who asks now, and the person is asked each time (MCP "Security Best Practices", confused deputy).
    loadExistingGrant: async ({ oidc }) => {
      const grantId = oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId);
    },
    // Hosts do not ask for offline_access, and people do not want to sign in each hour.
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    fetch: async (input, init = {}) => {
      try {
        return await fetchMetadata(String(input), init);
      } catch (error) {
        const { host } = new URL(String(input));
        log.warn(
          { host, reason: (error as Error).message },
          'what an app has published could not be fetched',
        );
        throw error;
      }
    },
    fetchResponseBodyLimits: metadataLimits,
    renderError: async (ctx, out) => {
      const unforeseen = out.error === 'server_error';
      const page = errorPage(
        unforeseen ? 'Something went wrong here.' : explainRequestError(out.error_description ?? out.error),
      );
      ctx.set(headersOf(page));
      ctx.type = 'html';
      ctx.body = page.html;
    },
    features: {
      devInteractions: off,
      userinfo: off,
      pushedAuthorizationRequests: off,
      dPoP: off,
      rpInitiatedLogout: off,
      revocation: {
        enabled: true,
        allowedPolicy: async (_, client, token) => token.clientId === client.clientId,
      },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02', cacheDuration: { min: 60, max: 3600 } },
      resourceIndicators: {
        enabled: true,
        // Clients of the revisions before 2025-06-18 do not name it, and there is one only.
        defaultResource: async () => `${issuer}/mcp`,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_, resource) => {
          if (!resources.has(resource)) throw new errors.InvalidTarget();
          return {
            scope: teamScopes.join(' '),
            audience: resource,
            accessTokenTTL: lifetimes.accessToken,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256', kid: keys.current.kid } },
          };
        },
      },
    },
  };
}
