import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import type { Failure } from '../../shared/failure.ts';
import { loadOnce } from '../../shared/load-once.ts';
import type { Logger } from '../../shared/log.ts';
import { HttpError, isPassing } from '../rest/http-error.ts';
import { HttpHeaders } from '../rest/http-headers.ts';
import { HttpResponse } from '../rest/http-message.ts';
import type { Credentials } from './credentials.ts';
import { Evictions, isExpiry } from './evictions.ts';
import type { Login } from './login.ts';
import { isRefusal, LoginRefusals } from './login-refusals.ts';
import { MemoryTokenStore } from './memory-token-store.ts';
import { createSdkPlatform, type Fetch, type SdkPlatform, unwrapFetchError } from './sdk-platform.ts';
import type { KeptTokens, LoginRefusal, LoginTokens, TokenStore, TokenTurn } from './token-store.ts';

export interface JwtLoginOptions {
  credentials: Credentials;
  fetch: Fetch;
  clock: Clock;
  log: Logger;
  appVersion?: string;
  /** Milliseconds until the platform's limits allow the next login. */
  waitMs: () => number;
  /** What helps where the login is refused, a sentence; absent: to check the credentials of the environment. */
  renewal?: string;
  /** Resolves when it is this login's turn to ask for a token; absent where there is no other. @throws Failure */
  turn?: () => Promise<void>;
  /** Where the tokens are kept; absent: in memory, for this login alone. */
  tokens?: TokenStore;
}

const retryMs = 500;
const revokeMs = 3_000;

/**
 * One login with a JWT: made at the first need, refreshed or made anew when its token is over. Where others use the same
 * login, what one of them gets all have, and the login stays when this one is closed.
 */
export class JwtLogin implements Login {
  readonly #options: JwtLoginOptions;
  readonly #evictions: Evictions;
  readonly #refusals: LoginRefusals;
  readonly #tokens: TokenStore;
  readonly #closing = new AbortController();
  readonly #sdk = loadOnce(() => {
    const { credentials, fetch, appVersion = '' } = this.#options;
    return createSdkPlatform(credentials, fetch, appVersion);
  });
  /** The token request under way, for all who need a token. */
  #pending: Promise<void> | undefined;
  #generation = 0;
  /** Set for good when closed, or when logging in again would only end another login. */
  #ended: Failure | undefined;

  constructor(options: JwtLoginOptions) {
    this.#options = options;
    this.#evictions = new Evictions(options.clock, options.log);
    this.#refusals = new LoginRefusals(options);
    this.#tokens = options.tokens ?? new MemoryTokenStore(options.clock);
  }

  get generation(): number {
    return this.#generation;
  }

  /** Closed, or ended by other logins twice. */
  get ended(): Failure | undefined {
    return this.#ended;
  }

  /** Logs in or refreshes first where needed. */
  async platform(): Promise<SdkPlatform> {
    if (this.#ended) throw this.#ended;
    const sdk = await this.#sdk.load();
    if (this.#pending || !(await sdk.auth().accessTokenValid())) {
      await this.#obtainOnce().catch(async (failure: Failure) => {
        if (!(await this.#isStillGood(sdk))) throw failure;
      });
    }
    return sdk;
  }

  /** Refreshes, or logs in anew. */
  async renew(generation: number, errorCode: string | undefined): Promise<void> {
    if (generation === this.#generation) await this.#obtainOnce(errorCode);
  }

  /** Logs in if needed. */
  async scopes(): Promise<ReadonlySet<string>> {
    const { scope } = await (await this.platform()).auth().data();
    return new Set(scope?.split(/[\s,]+/).filter(Boolean));
  }

  /** As the token's answer says (platform.md 1.5); logs in if needed. */
  async ownerId(): Promise<string | undefined> {
    const { owner_id } = await (await this.platform()).auth().data();
    return owner_id === undefined ? undefined : String(owner_id);
  }

  get isRefused(): boolean {
    return this.#refusals.isRefused;
  }

  /**
   * Revokes the login, so that it does not count against the five that a user may have (platform.md 1.6); where others use
   * it, too, or will use it after a restart, it stays.
   */
  async close(why: Failure): Promise<void> {
    const { clock, log } = this.#options;
    this.#ended = why;
    this.#closing.abort(why);
    await this.#pending?.catch(() => undefined);
    if (this.#tokens.isShared) return;
    const sdk = await this.#sdk.loaded();
    const { access_token } = (await sdk?.auth().data()) ?? {};
    if (!sdk || !access_token) return;
    const revoked = sdk.logout().catch((error: unknown) => {
      log.debug({ reason: String(unwrapFetchError(error)) }, 'the login could not be revoked');
    });
    await Promise.race([revoked, delay(clock, revokeMs)]);
  }

  /** Gets a token, with one request for all who ask at the same time. */
  #obtainOnce(errorCode?: string): Promise<void> {
    if (this.#ended) throw this.#ended;
    this.#refusals.check();
    this.#pending ??= this.#obtain(errorCode).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** @param errorCode with which the present token was refused; undefined where there is none, or it is over */
  async #obtain(errorCode?: string, triesLeft = 1): Promise<void> {
    try {
      await this.#options.turn?.();
      await this.#takeOrAsk(errorCode);
      this.#refusals.accepted();
    } catch (error) {
      const cause = unwrapFetchError(error);
      if (isPassing(cause) && triesLeft > 0 && !this.#ended) {
        await delay(this.#options.clock, retryMs);
        return this.#obtain(errorCode, triesLeft - 1);
      }
      throw this.#refusals.note(cause);
    }
  }

  /** Takes the tokens that another user of the login has got since, or asks RingCentral for some. */
  async #takeOrAsk(errorCode: string | undefined): Promise<void> {
    const sdk = await this.#sdk.load();
    let refusedWith = errorCode;
    for (;;) {
      const claimed = await this.#tokens.claim(this.#generation, this.#closing.signal);
      if ('refusal' in claimed) throw errorOf(claimed.refusal);
      if ('keep' in claimed) {
        if (await this.#ask(sdk, claimed, refusedWith)) return;
      } else {
        await this.#take(sdk, claimed);
        refusedWith = undefined;
        if (await sdk.auth().accessTokenValid()) return;
      }
    }
  }

  /** @returns false where others have got tokens meanwhile */
  async #ask(sdk: SdkPlatform, turn: TokenTurn, errorCode: string | undefined): Promise<boolean> {
    try {
      if (!(await this.#refresh(sdk, errorCode))) {
        if (this.#ended) throw this.#ended;
        await sdk.login({ jwt: this.#options.credentials.jwt });
      }
    } catch (error) {
      const cause = unwrapFetchError(error);
      await turn.release(
        isRefusal(cause) ? { status: cause.answer.status, body: cause.answer.body } : undefined,
      );
      throw error;
    }
    const { sinceMs } = this.#evictions;
    const tokens = {
      ...(await tokensOf(sdk)),
      ...(sinceMs !== undefined && { sinceEvictionMs: sinceMs }),
    };
    const generation = await turn.keep(tokens).catch(() => {
      // They work for this one; the others get some of their own.
      this.#options.log.warn('the tokens of the login could not be kept for the other replicas');
      return this.#generation + 1;
    });
    if (generation !== undefined) this.#generation = generation;
    return generation !== undefined;
  }

  async #take(sdk: SdkPlatform, { generation, tokens }: KeptTokens): Promise<void> {
    const now = Date.now();
    await sdk.auth().setData({
      token_type: 'bearer',
      access_token: tokens.accessToken,
      expires_in: String(Math.floor(tokens.expiresInMs / 1000)),
      expire_time: now + tokens.expiresInMs,
      refresh_token: tokens.refreshToken ?? '',
      refresh_token_expires_in: String(Math.floor((tokens.refreshExpiresInMs ?? 0) / 1000)),
      refresh_token_expire_time: now + (tokens.refreshExpiresInMs ?? 0),
      scope: tokens.scope ?? '',
      ...(tokens.ownerId !== undefined && { owner_id: tokens.ownerId }),
    });
    if (tokens.sinceEvictionMs !== undefined) this.#evictions.learn(tokens.sinceEvictionMs);
    this.#generation = generation;
  }

  /** Whether the token at hand can be used although it is time for another one, which was not to be had. */
  async #isStillGood(sdk: SdkPlatform): Promise<boolean> {
    const { access_token, expire_time = 0 } = await sdk.auth().data();
    return this.#tokens.isShared && !this.#ended && Boolean(access_token) && expire_time > Date.now();
  }

  /**
   * Refreshes the token.
   * @returns false when only the JWT can help
   */
  async #refresh(sdk: SdkPlatform, errorCode: string | undefined): Promise<boolean> {
    const auth = sdk.auth();
    const codes = [errorCode];
    if ((await auth.data()).refresh_token && (await auth.refreshTokenValid())) {
      try {
        await sdk.refresh();
        return true;
      } catch (error) {
        const refused = unwrapFetchError(error);
        if (!isRefusal(refused)) throw refused;
        codes.push(refused.body.code);
      }
    }
    // Spent: kept, they would be tried again, and one eviction counted twice.
    await auth.setData({ access_token: '', refresh_token: '' });
    if (errorCode !== undefined && !isExpiry(codes)) this.#ended = this.#evictions.note() ?? this.#ended;
    return false;
  }
}

/** The tokens that the SDK has now. Its times are those of the host's clock. */
async function tokensOf(sdk: SdkPlatform): Promise<LoginTokens> {
  const data = await sdk.auth().data();
  const {
    access_token = '',
    expire_time = 0,
    refresh_token,
    refresh_token_expire_time = 0,
    scope,
    owner_id,
  } = data;
  const now = Date.now();
  return {
    accessToken: access_token,
    expiresInMs: expire_time - now,
    ...(refresh_token && {
      refreshToken: refresh_token,
      refreshExpiresInMs: refresh_token_expire_time - now,
    }),
    ...(scope !== undefined && { scope }),
    ...(owner_id !== undefined && { ownerId: String(owner_id) }),
  };
}

const errorOf = ({ status, body }: LoginRefusal): HttpError =>
  new HttpError(new HttpResponse(status, new HttpHeaders(), body));
