import type { SDK } from '@ringcentral/sdk/lib/SDK.js';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Logger } from '../../base/log.ts';
import { explain, HttpError, isPassing } from './errors.ts';
import { HttpHeaders, HttpRequest, HttpResponse } from './http.ts';
import { sleep } from './sleep.ts';

/** One user's login: the app, and the user's JWT credential. */
export interface Credentials {
  serverUrl: string;
  clientId: string;
  /** Absent for a public app (FACTS 1.4). */
  clientSecret?: string;
  jwt: string;
}

export type SdkPlatform = ReturnType<SDK['platform']>;
type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

/** The injected fetch lets no error answer through to the SDK; this gets its errors out undecorated. */
class Carried extends Error {
  /** Makes the SDK pass the error on as it is; otherwise it hangs the request, with its token, on it. */
  readonly response = { status: 0 };
  readonly error: unknown;

  constructor(error: unknown) {
    super('carried');
    this.error = error;
  }
}

export interface Login {
  /** The SDK with a valid access token; logs in or refreshes first where needed. @throws Failure */
  platform(): Promise<SdkPlatform>;
  /** Counts the tokens had so far: tells whether a 401 was for the present token. */
  readonly generation: number;
  /** After a 401 for the token of that generation: refreshes, or logs in anew. @throws Failure */
  renew(generation: number, errorCode: string | undefined): Promise<void>;
  /** App permissions of the present token (FACTS 1.8). */
  scopes(): Promise<ReadonlySet<string>>;
  /** Why no request will ever be sent again: closed, or thrown out by other logins twice. */
  readonly ended: Failure | undefined;
  /** Revokes the login, so that it does not count against the five that a user may have (FACTS 1.6). */
  close(): Promise<void>;
}

interface LoginOptions {
  credentials: Credentials;
  fetch: Fetch;
  clock: Clock;
  log: Logger;
  appVersion?: string;
}

const evictionWindowMs = 10 * 60_000;
const refusalMemoryMs = 60_000;
const retryMs = 500;
const revokeMs = 3_000;
const defaultAccessTtlSeconds = 3600;

const expiredToken: ReadonlySet<string> = new Set(['OAU-128', 'TokenExpired', 'OAU-210']);

/**
 * One login with a JWT. The SDK's own token handling is switched off where FACTS 11.1 has traps: after a 401 it asks
 * for a lifetime of -1 s, it wipes the login on a network error, forgets the JWT, and sends a refused login twice.
 */
export function createLogin({ credentials, fetch, clock, log, appVersion = '' }: LoginOptions): Login {
  let sdk: Promise<SdkPlatform> | undefined;
  let pending: Promise<void> | undefined;
  let generation = 0;
  let evictedAt: number | undefined;
  let refused: { failure: Failure; until: number } | undefined;
  /** Set for good when logging in again would only throw out another login, or when closed. */
  let ended: Failure | undefined;

  const sdkPlatform = (): Promise<SdkPlatform> => {
    sdk ??= createSdk(credentials, fetch, appVersion);
    return sdk;
  };

  const noteEviction = (): void => {
    const now = clock.now();
    log.warn('RingCentral ended this login before its time: a user has about five logins per app');
    if (evictedAt !== undefined && now - evictedAt <= evictionWindowMs) {
      ended = new Failure(
        'forbidden',
        'RingCentral ended this login twice within ten minutes: too many programs are logged in as this user with ' +
          'this app (about five are allowed). Stop the others, or give this server a user or app of its own, then ' +
          'restart it.',
        { errorCode: 'OAU-213' },
      );
    }
    evictedAt = now;
  };

  /** True when a refresh gave a new token; false when only the JWT can help. */
  const refreshed = async (platform: SdkPlatform, errorCode: string | undefined): Promise<boolean> => {
    const { refresh_token, expires_in } = await platform.auth().data();
    const suspicious = errorCode !== undefined && !expiredToken.has(errorCode);
    if (!refresh_token || !(await platform.auth().refreshTokenValid())) {
      if (suspicious) noteEviction();
      return false;
    }
    if (!(Number(expires_in) > 0))
      await platform.auth().setData({ expires_in: `${defaultAccessTtlSeconds}` });
    try {
      await platform.refresh();
      return true;
    } catch (error) {
      const refusal = uncarry(error);
      if (!(refusal instanceof HttpError) || !isRefusal(refusal.answer.status)) throw refusal;
      if (suspicious && !expiredToken.has(refusal.body.code ?? '')) noteEviction();
      return false;
    }
  };

  const obtain = async (errorCode: string | undefined, triesLeft = 1): Promise<void> => {
    try {
      const platform = await sdkPlatform();
      if (!(await refreshed(platform, errorCode))) {
        if (ended) throw ended;
        await platform.login({ jwt: credentials.jwt });
      }
      generation += 1;
    } catch (error) {
      const cause = uncarry(error);
      if (isPassing(cause) && triesLeft > 0 && !ended) {
        await sleep(clock, retryMs);
        return obtain(errorCode, triesLeft - 1);
      }
      const failure = explain(cause, { what: 'Log in', acting: false });
      // A refused login is not repeated at once: each try costs one of five Auth requests a minute (FACTS 1.9, 7).
      if (cause instanceof HttpError && isRefusal(cause.answer.status)) {
        refused = { failure, until: clock.now() + refusalMemoryMs };
      }
      throw failure;
    }
  };

  const obtainOnce = (errorCode?: string): Promise<void> => {
    if (ended) throw ended;
    if (refused && refused.until > clock.now()) throw refused.failure;
    pending ??= obtain(errorCode).finally(() => {
      pending = undefined;
    });
    return pending;
  };

  return {
    get generation() {
      return generation;
    },
    get ended() {
      return ended;
    },
    async platform() {
      if (ended) throw ended;
      const platform = await sdkPlatform();
      if (pending || !(await platform.auth().accessTokenValid())) await obtainOnce();
      return platform;
    },
    async renew(rejected, errorCode) {
      if (rejected === generation) await obtainOnce(errorCode);
    },
    async scopes() {
      const { scope } = await (await sdkPlatform()).auth().data();
      return new Set(scope?.split(/[\s,]+/).filter(Boolean));
    },
    async close() {
      ended = new Failure('unavailable', 'The server is shutting down.');
      await pending?.catch(() => undefined);
      const platform = await sdk;
      const { access_token } = (await platform?.auth().data()) ?? {};
      if (!platform || !access_token) return;
      const revoked = platform.logout().catch((error: unknown) => {
        log.debug({ reason: String(uncarry(error)) }, 'the login could not be revoked');
      });
      await Promise.race([revoked, sleep(clock, revokeMs)]);
    },
  };
}

/** What the injected fetch threw, from inside whatever the SDK made of it. */
export const uncarry = (error: unknown): unknown => (error instanceof Carried ? error.error : error);

const isRefusal = (status: number): boolean => status === 400 || status === 401 || status === 403;

async function createSdk(
  { serverUrl, clientId, clientSecret, jwt: _ }: Credentials,
  fetch: Fetch,
  appVersion: string,
): Promise<SdkPlatform> {
  // Loaded at the first request only; the package's own entry would load node-fetch and its tables too.
  const { SDK } = await import('@ringcentral/sdk/lib/SDK.js');
  const carrying: Fetch = (request) =>
    fetch(request).catch((error: unknown) => Promise.reject(new Carried(error)));
  const options = {
    server: serverUrl.replace(/\/+$/, ''),
    clientId,
    clientSecret,
    appName: 'ringcentral-call-control-mcp',
    appVersion,
    refreshDelayMs: 0,
    clearCacheOnRefreshError: false,
    fetch: carrying,
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

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}
