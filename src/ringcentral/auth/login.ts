import type { SDK } from '@ringcentral/sdk/lib/SDK.js';
import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { HttpError, isPassing, toFailure } from '../rest/errors.ts';
import { HttpRequest, HttpResponse } from '../rest/http.ts';
import { HttpHeaders } from '../rest/http-headers.ts';

/** One user's login: the app, and the user's JWT credential. */
export interface Credentials {
  serverUrl: string;
  clientId: string;
  /** Absent for a public app (platform.md 1.4). */
  clientSecret?: string;
  jwt: string;
}

export type SdkPlatform = ReturnType<SDK['platform']>;
type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

/** Carries an error of our fetch through the SDK unchanged. */
class Carried extends Error {
  /** Makes the SDK pass the error on as it is; otherwise it attaches the request to it, with its token. */
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
  /** How many tokens there have been: tells whether a 401 was for the present one. */
  readonly generation: number;
  /** After a 401 for the token of that generation: refreshes, or logs in anew. @throws Failure */
  renew(generation: number, errorCode: string | undefined): Promise<void>;
  /** App permissions of the token (platform.md 1.8); logs in if needed. */
  scopes(): Promise<ReadonlySet<string>>;
  /** Extension id of the user whose token it is, as the token's answer says (platform.md 1.5); logs in if needed. */
  ownerId(): Promise<string | undefined>;
  /**
   * Why no request is sent any more: closed, or ended by other logins twice. Undefined while requests can be sent.
   */
  readonly ended: Failure | undefined;
  /** Revokes the login, so that it does not count against the five that a user may have (platform.md 1.6). */
  close(): Promise<void>;
}

interface LoginOptions {
  credentials: Credentials;
  fetch: Fetch;
  clock: Clock;
  log: Logger;
  appVersion?: string;
  /** Milliseconds until the platform's limits allow the next login. */
  waitMs: () => number;
}

const evictionWindowMs = 10 * 60_000;
const refusalMemoryMs = 20_000;
/**
 * Added, in ms, to the wait that is told, so that whoever waits as long does not meet the remembered refusal again.
 */
const refusalMarginMs = 2_000;
const retryMs = 500;
const revokeMs = 3_000;

/** Codes of a token that has simply expired; other codes on a young token mean that the login was ended. */
const expired: ReadonlySet<string> = new Set(['OAU-128', 'TokenExpired', 'OAU-210']);

/**
 * One login with a JWT. The SDK's own token handling is switched off where platform.md 11.1 has traps: after a 401 it
 * asks for a lifetime of -1 s, it wipes the login on a network error, forgets the JWT, and sends a refused login
 * twice.
 */
export function createLogin({
  credentials,
  fetch,
  clock,
  log,
  appVersion = '',
  waitMs,
}: LoginOptions): Login {
  let sdk: Promise<SdkPlatform> | undefined;
  let pending: Promise<void> | undefined;
  let generation = 0;
  let evictedAt: number | undefined;
  /**
   * The last refused login, which is not repeated at once: each try costs one of five Auth requests a minute
   * (platform.md 1.9, 7).
   */
  let refusal: { error: HttpError; until: number } | undefined;
  /** The last login was refused, and the log says so. */
  let isRefused = false;
  /** Set for good when closed, or when logging in again would only end another login. */
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
        'RingCentral ended this login twice within ten minutes: more than five servers use this login (user and ' +
          'app), and a sixth ends the oldest. This one has stopped trying, so that the others can work. Stop those ' +
          'that are not needed, or give this server a user or app of its own, then restart it.',
        { errorCode: 'OAU-213' },
      );
    }
    evictedAt = now;
  };

  /**
   * Refreshes the token.
   * @returns false when only the JWT can help
   */
  const refreshed = async (platform: SdkPlatform, errorCode: string | undefined): Promise<boolean> => {
    const auth = platform.auth();
    const codes = [errorCode];
    if ((await auth.data()).refresh_token && (await auth.refreshTokenValid())) {
      try {
        await platform.refresh();
        return true;
      } catch (error) {
        const refused = uncarry(error);
        if (!isRefusal(refused)) throw refused;
        codes.push(refused.body.code);
      }
    }
    // Spent: kept, they would be tried again, and one eviction counted twice.
    await auth.setData({ access_token: '', refresh_token: '' });
    if (errorCode !== undefined && !codes.some((code) => expired.has(code ?? ''))) noteEviction();
    return false;
  };

  const obtain = async (errorCode?: string, triesLeft = 1): Promise<void> => {
    try {
      const platform = await sdkPlatform();
      if (!(await refreshed(platform, errorCode))) {
        if (ended) throw ended;
        await platform.login({ jwt: credentials.jwt });
      }
      generation += 1;
      if (isRefused) log.info('RingCentral accepts the login again');
      isRefused = false;
    } catch (error) {
      const cause = uncarry(error);
      if (isPassing(cause) && triesLeft > 0 && !ended) {
        await delay(clock, retryMs);
        return obtain(errorCode, triesLeft - 1);
      }
      if (isRefusal(cause)) refusal = { error: cause, until: clock.now() + refusalMemoryMs };
      const failure = explainLogin(cause);
      if (refusal?.error === cause && !isRefused) {
        isRefused = true;
        log.warn({ reason: failure.message }, 'RingCentral refuses the login');
      }
      throw failure;
    }
  };

  const explainLogin = (cause: unknown): Failure => {
    const left =
      refusal && refusal.error === cause
        ? refusal.until - clock.now() + refusalMarginMs
        : cause instanceof HttpError && cause.answer.status === 429
          ? waitMs()
          : undefined;
    return toFailure(cause, { what: 'Log in', acting: false }, left && left / 1000);
  };

  const obtainOnce = (errorCode?: string): Promise<void> => {
    if (ended) throw ended;
    if (refusal && refusal.until > clock.now()) throw explainLogin(refusal.error);
    pending ??= obtain(errorCode).finally(() => {
      pending = undefined;
    });
    return pending;
  };

  const platform = async (): Promise<SdkPlatform> => {
    if (ended) throw ended;
    const sdk = await sdkPlatform();
    if (pending || !(await sdk.auth().accessTokenValid())) await obtainOnce();
    return sdk;
  };

  return {
    get generation() {
      return generation;
    },
    get ended() {
      return ended;
    },
    platform,
    async renew(rejected, errorCode) {
      if (rejected === generation) await obtainOnce(errorCode);
    },
    async scopes() {
      const { scope } = await (await platform()).auth().data();
      return new Set(scope?.split(/[\s,]+/).filter(Boolean));
    },
    async ownerId() {
      const { owner_id } = await (await platform()).auth().data();
      return owner_id === undefined ? undefined : String(owner_id);
    },
    async close() {
      ended = new Failure('unavailable', 'The server is shutting down.');
      await pending?.catch(() => undefined);
      const present = await sdk;
      const { access_token } = (await present?.auth().data()) ?? {};
      if (!present || !access_token) return;
      const revoked = present.logout().catch((error: unknown) => {
        log.debug({ reason: String(uncarry(error)) }, 'the login could not be revoked');
      });
      await Promise.race([revoked, delay(clock, revokeMs)]);
    },
  };
}

/** The error of our fetch, from inside whatever the SDK made of it. */
export const uncarry = (error: unknown): unknown => (error instanceof Carried ? error.error : error);

const isRefusal = (error: unknown): error is HttpError =>
  error instanceof HttpError && [400, 401, 403].includes(error.answer.status);

async function createSdk(
  { serverUrl, clientId, clientSecret, jwt: _ }: Credentials,
  fetch: Fetch,
  appVersion: string,
): Promise<SdkPlatform> {
  // Loaded at the first request only; the package's own entry would load node-fetch and its tables too.
  const { SDK } = await import('./sdk.ts');
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
