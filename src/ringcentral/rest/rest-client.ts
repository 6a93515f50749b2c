import { Failure } from '../../shared/failure.ts';
import type { Credentials } from '../auth/credentials.ts';
import { JwtLogin, type JwtLoginOptions } from '../auth/jwt-login.ts';
import type { Login } from '../auth/login.ts';
import type { Fetch } from '../auth/sdk-platform.ts';
import { createHttp, giveUpMs } from './http.ts';
import type { HttpRequest } from './http-message.ts';
import { createLimitedFetch } from './limited-fetch.ts';
import { MemoryRateLimiter } from './memory-rate-limiter.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { RequestSender } from './request-sender.ts';
import type { PlannedRequest, PreparedRequest, RestAnswer, RestRequest } from './rest-request.ts';
import { Skew } from './skew.ts';

/** Sends all requests to the platform. */
export interface RestClient {
  /**
   * Sends what can be repeated: again after a 401 with a new login, and reads also after a passing fault.
   * @throws Failure with a message for the reader
   */
  send(request: RestRequest): Promise<RestAnswer>;
  /**
   * Gets ready what acts on calls: everything that takes time is done here, then `send` sends it once or not at all.
   * @throws Failure `rate_limited`, `unavailable`, `forbidden`
   */
  prepare(request: PlannedRequest): Promise<PreparedRequest>;
  readonly rateLimiter: RateLimiter;
  readonly login: Login;
  readonly skew: Skew;
  readonly serverUrl: string;
  /**
   * For an end that waits for what is under way: reads and logins that RingCentral does not answer within a second are
   * cancelled. Acts are not, nor what is sent from now on, with which callers are taken off hold.
   */
  giveUpReading(): void;
  /**
   * Cancels reads and logins under way, revokes the login and closes the connections.
   * @param why requests fail with this from now on; absent: the server ends
   */
  close(why?: Failure): Promise<void>;
}

/** A login that is not made with a JWT. */
export interface OtherLogin {
  serverUrl: string;
  /** @param fetch sends requests within the rate limit */
  createLogin(fetch: Fetch): Login;
}

/** `turn` and `renewal` are for a login with a JWT. */
export interface RestClientOptions extends Omit<JwtLoginOptions, 'credentials' | 'fetch' | 'waitMs'> {
  credentials: Credentials | OtherLogin;
  /** Absent: one of this client's own. */
  rateLimiter?: RateLimiter;
  /** How long an answer may take; 10 s. */
  timeoutMs?: number;
  /** Waits before a read is repeated after a 5xx or a broken connection. */
  readRetriesMs?: readonly number[];
}

/** A read, or a request of the login. */
const isNoAct = ({ method, rules: { group = 'auth' } }: HttpRequest): boolean =>
  method === 'GET' || group === 'auth';

export function createRestClient({
  credentials,
  timeoutMs = 10_000,
  readRetriesMs = [250, 1_000],
  ...options
}: RestClientOptions): RestClient {
  const { clock } = options;
  const rateLimiter = options.rateLimiter ?? new MemoryRateLimiter(clock);
  const skew = new Skew();
  const http = createHttp(clock, timeoutMs);
  const fetch = createLimitedFetch({ http, rateLimiter, skew, clock });
  const login: Login =
    'createLogin' in credentials
      ? credentials.createLogin(fetch)
      : new JwtLogin({
          ...{ ...options, credentials, fetch },
          waitMs: () => rateLimiter.budget('auth', 'end').waitMs,
        });
  const sender = new RequestSender({ login, rateLimiter, clock, readRetriesMs });
  return {
    send: (request) => sender.send(request),
    prepare: (request) => sender.prepare(request),
    rateLimiter,
    login,
    skew,
    serverUrl: credentials.serverUrl,
    giveUpReading: () => http.giveUp(giveUpMs, isNoAct),
    async close(why = new Failure('unavailable', 'The server is shutting down.')) {
      http.giveUp(0, isNoAct);
      await login.close(why);
      http.close();
    },
  };
}
