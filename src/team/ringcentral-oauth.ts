import * as oauth from 'oauth4webapi';
import type { Clock } from '../shared/clock.ts';
import { isLoopback } from '../shared/loopback.ts';
import { UpstreamError } from './upstream-error.ts';

/** What RingCentral gives for a sign-in (platform.md 1.5). Times are epoch milliseconds. */
export interface TokenPair {
  accessToken: string;
  accessExpiresAt: number;
  /** Absent where the app does not issue refresh tokens: the sign-in ends with the access token. */
  refreshToken?: string;
  refreshExpiresAt?: number;
  /** App permissions, separated by blanks. */
  scope: string;
}

/** Who signed in, as RingCentral tells it. */
export interface SignedInExtension {
  accountId: string;
  extensionId: string;
  extensionNumber: string;
  name: string;
  /** Such as `User`; a lobby phone is `Limited`. */
  type: string;
  /** Such as `Enabled`. */
  status: string;
}

/** What binds the answer of RingCentral's sign-in page to the request that asked for it. */
export interface AuthorizationSecrets {
  state: string;
  codeVerifier: string;
}

export interface RingCentralOAuthOptions {
  /** Without a slash at its end. */
  serverUrl: string;
  clientId: string;
  /** Absent for a public app (platform.md 1.4). */
  clientSecret?: string;
  /** As registered with the app. */
  redirectUri: string;
  clock: Clock;
  /** How requests are made; absent: Node's fetch. Must follow no redirects where it is told `manual`. */
  fetch?: Fetch;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** RingCentral's authorization server, for an app of which people are users. All methods throw `UpstreamError`. */
export interface RingCentralOAuth {
  /**
   * Where a browser has to go to sign in.
   * @param wish `asSomebodyElse`: RingCentral asks who it is even where the browser is known to it
   */
  authorizationUrl(secrets: AuthorizationSecrets, wish?: { asSomebodyElse?: boolean }): Promise<URL>;
  /** Redeems the code that the browser brought back. Opens one of about five sessions (platform.md 1.6). */
  redeem(answer: URLSearchParams, secrets: AuthorizationSecrets): Promise<TokenPair>;
  /** A new pair, which ends the old access token (platform.md 1.6). */
  refresh(refreshToken: string): Promise<TokenPair>;
  /** Ends the whole session that the token belongs to (platform.md 1.7). */
  revoke(token: string): Promise<void>;
  /** Looks up whom an access token belongs to. */
  whoIs(accessToken: string): Promise<SignedInExtension>;
}

/** The person pressed "no" on RingCentral's page, or RingCentral refused there. */
export class SignInDeclined extends Error {
  override readonly name = 'SignInDeclined';
}

const timeoutMs = 10_000;

/** Secrets for one authorization request, 256 random bits each. */
export const newAuthorizationSecrets = (): AuthorizationSecrets => ({
  state: oauth.generateRandomState(),
  codeVerifier: oauth.generateRandomCodeVerifier(),
});

export function createRingCentralOAuth({
  serverUrl,
  clientId,
  clientSecret,
  redirectUri,
  clock,
  fetch = globalThis.fetch,
}: RingCentralOAuthOptions): RingCentralOAuth {
  const server: oauth.AuthorizationServer = {
    issuer: serverUrl,
    authorization_endpoint: `${serverUrl}/restapi/oauth/authorize`,
    token_endpoint: `${serverUrl}/restapi/oauth/token`,
    revocation_endpoint: `${serverUrl}/restapi/oauth/revoke`,
  };
  const client: oauth.Client = { client_id: clientId };
  const authentication = clientSecret === undefined ? oauth.None() : basicOf(clientId, clientSecret);
  const send = sender(fetch);
  const options = {
    [oauth.customFetch]: send,
    // The configuration takes http for loopback only.
    [oauth.allowInsecureRequests]: isLoopback(new URL(serverUrl).hostname),
  };
  const pairOf = (answer: oauth.TokenEndpointResponse): TokenPair => {
    const now = clock.now();
    const { access_token, expires_in = 0, refresh_token, refresh_token_expires_in, scope = '' } = answer;
    return {
      accessToken: access_token,
      accessExpiresAt: now + expires_in * 1000,
      ...(refresh_token !== undefined && { refreshToken: refresh_token }),
      ...(refresh_token !== undefined &&
        typeof refresh_token_expires_in === 'number' && {
          refreshExpiresAt: now + refresh_token_expires_in * 1000,
        }),
      scope,
    };
  };

  return {
    async authorizationUrl({ state, codeVerifier }, { asSomebodyElse = false } = {}) {
      const url = new URL(`${serverUrl}/restapi/oauth/authorize`);
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...(asSomebodyElse && { prompt: 'login' }),
      }).toString();
      return url;
    },
    async redeem(answer, { state, codeVerifier }) {
      return told(async () => {
        const parameters = oauth.validateAuthResponse(server, client, answer, state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          parameters,
          redirectUri,
          codeVerifier,
          options,
        );
        return pairOf(await oauth.processAuthorizationCodeResponse(server, client, response));
      });
    },
    async refresh(refreshToken) {
      return told(async () => {
        const response = await oauth.refreshTokenGrantRequest(
          server,
          client,
          authentication,
          refreshToken,
          options,
        );
        return pairOf(await oauth.processRefreshTokenResponse(server, client, response));
      });
    },
    async revoke(token) {
      return told(async () => {
        const response = await oauth.revocationRequest(server, client, authentication, token, options);
        await oauth.processRevocationResponse(response);
      });
    },
    async whoIs(accessToken) {
      return told(async () => {
        const response = await send(`${serverUrl}/restapi/v1.0/account/~/extension/~`, {
          headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
          redirect: 'manual',
        });
        if (response.status !== 200) throw await lookUpRefused(response);
        return readExtension(await response.json());
      });
    },
  };
}

/**
 * Not oauth4webapi's Basic, which encodes dashes and underscores as RFC 6749 section 2.3.1 may be read: RingCentral
 * takes id and secret as they are (platform.md 1.4).
 */
const basicOf =
  (clientId: string, clientSecret: string): oauth.ClientAuth =>
  (_server, _client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`);
  };

/** Sends with a deadline. Throws for what says nothing about the sign-in: no answer, 408, 429 and 5xx. */
const sender =
  (fetch: Fetch) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
      throw new UpstreamError('unavailable', `RingCentral cannot be reached (${reasonOf(error)}).`);
    });
    const { status } = response;
    if (status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const retryAfter = Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
      throw new UpstreamError('rate_limited', 'RingCentral limits sign-ins of one person now.', retryAfter);
    }
    if (status >= 500 || status === 408)
      throw new UpstreamError('unavailable', `RingCentral answers with ${status}.`);
    return response;
  };

const reasonOf = (error: unknown): string => {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer in time';
  const { code } = (error as { cause?: { code?: unknown } }).cause ?? {};
  return typeof code === 'string' ? code : 'connection failed';
};

/** Runs a request; whatever goes wrong comes out as `UpstreamError` or `SignInDeclined`. */
async function told<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    if (error instanceof oauth.AuthorizationResponseError) throw new SignInDeclined(error.error);
    if (error instanceof oauth.ResponseBodyError) throw refusalOf(error);
    // What the library says of a malformed answer may quote it, tokens included.
    throw new UpstreamError('unavailable', 'RingCentral gives an answer that cannot be read.');
  }
}

function refusalOf({ error, status, cause }: oauth.ResponseBodyError): UpstreamError {
  const [first] = Array.isArray(cause.errors) ? (cause.errors as { errorCode?: unknown }[]) : [];
  const code = typeof first?.errorCode === 'string' ? first.errorCode : `${status}`;
  return error === 'invalid_grant'
    ? new UpstreamError('invalid_grant', `RingCentral has ended this sign-in, or refuses it (${code}).`)
    : new UpstreamError('misconfigured', `RingCentral refuses this server's app: ${error} (${code}).`);
}

async function lookUpRefused(response: Response): Promise<UpstreamError> {
  const body = (await response.json().catch(() => ({}))) as { errorCode?: unknown };
  const code = typeof body.errorCode === 'string' ? body.errorCode : `${response.status}`;
  return response.status === 401
    ? new UpstreamError('invalid_grant', `RingCentral has ended this sign-in (${code}).`)
    : new UpstreamError(
        'misconfigured',
        `RingCentral does not tell this server's app who signed in (${code}); it needs Read Accounts.`,
      );
}

/** Ids are numbers on the wire here, and texts elsewhere (platform.md 8.2). */
function readExtension(body: unknown): SignedInExtension {
  const { id, extensionNumber, name, type, status, account } = body as Record<string, unknown>;
  const accountId = (account as { id?: unknown } | undefined)?.id;
  if (!isId(id) || !isId(accountId))
    throw new UpstreamError('unavailable', 'RingCentral does not tell who signed in.');
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    accountId: `${accountId}`,
    extensionId: `${id}`,
    extensionNumber: text(extensionNumber),
    name: text(name),
    type: text(type),
    status: text(status),
  };
}

const isId = (value: unknown): boolean => /^\d{1,19}$/.test(`${value}`);
