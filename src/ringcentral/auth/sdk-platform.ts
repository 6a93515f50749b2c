import type { SDK } from '@ringcentral/sdk/lib/SDK.js';
import { HttpHeaders } from '../rest/http-headers.ts';
import { HttpRequest, HttpResponse } from '../rest/http-message.ts';
import type { Credentials } from './credentials.ts';

export type SdkPlatform = ReturnType<SDK['platform']>;
export type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * The SDK over our own `fetch`. Its own token handling is switched off where platform.md 11.1 has traps: after a 401
 * it asks for a lifetime of -1 s, it wipes the login on a network error, forgets the JWT, and sends a refused login
 * twice. What its methods throw is what `fetch` threw, wrapped: see `unwrapFetchError`.
 */
export async function createSdkPlatform(
  { serverUrl, clientId, clientSecret }: Pick<Credentials, 'serverUrl' | 'clientId' | 'clientSecret'>,
  fetch: Fetch,
  appVersion: string,
): Promise<SdkPlatform> {
  // Loaded at the first request only; the package's own entry would load node-fetch and its tables too.
  const { SDK } = await import('./sdk.ts');
  const wrappingFetch: Fetch = (request) =>
    fetch(request).catch((error: unknown) => Promise.reject(new WrappedFetchError(error)));
  const options = {
    server: serverUrl.replace(/\/+$/, ''),
    clientId,
    clientSecret,
    appName: 'ringcentral-call-control-mcp',
    appVersion,
    refreshDelayMs: 0,
    clearCacheOnRefreshError: false,
    fetch: wrappingFetch,
    Request: HttpRequest,
    Response: HttpResponse,
    Headers: HttpHeaders,
    // The default store is shared by every login of the process.
    localStorage: memoryStorage(),
  };
  const platform = new SDK(options as unknown as ConstructorParameters<typeof SDK>[0]).platform();
  // The SDK's documented switch for token handling of one's own.
  platform.ensureLoggedIn = async () => null;
  return platform;
}

/** Takes an error of our fetch through the SDK, which passes it on as it is. */
class WrappedFetchError extends Error {
  /** Makes the SDK pass the error on as it is; otherwise it attaches the request to it, with its token. */
  readonly response = { status: 0 };
  readonly error: unknown;

  constructor(error: unknown) {
    super('wrapped for the SDK');
    this.error = error;
  }
}

/** The error of our fetch, from inside whatever the SDK made of it. */
export const unwrapFetchError = (error: unknown): unknown =>
  error instanceof WrappedFetchError ? error.error : error;

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}
