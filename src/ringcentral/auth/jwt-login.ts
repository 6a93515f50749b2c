import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { isPassing } from '../rest/http-error.ts';
import type { Credentials } from './credentials.ts';
import { Evictions, isExpiry } from './evictions.ts';
import type { Login } from './login.ts';
import { isRefusal, LoginRefusals } from './login-refusals.ts';
import { createSdkPlatform, type Fetch, type SdkPlatform, unwrapFetchError } from './sdk-platform.ts';

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
}

const retryMs = 500;
const revokeMs = 3_000;

/** One login with a JWT: made at the first need, refreshed or made anew when its token is over. */
export class JwtLogin implements Login {
  readonly #options: JwtLoginOptions;
  readonly #evictions: Evictions;
  readonly #refusals: LoginRefusals;
  #sdk: Promise<SdkPlatform> | undefined;
  /** The token request under way, for all who need a token. */
  #pending: Promise<void> | undefined;
  #generation = 0;
  /** Set for good when closed, or when logging in again would only end another login. */
  #ended: Failure | undefined;

  constructor(options: JwtLoginOptions) {
    this.#options = options;
    this.#evictions = new Evictions(options.clock, options.log);
    this.#refusals = new LoginRefusals(options);
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
    const sdk = await this.#loadSdk();
    if (this.#pending || !(await sdk.auth().accessTokenValid())) await this.#obtainOnce();
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

  /** Revokes the login, so that it does not count against the five that a user may have (platform.md 1.6). */
  async close(why: Failure): Promise<void> {
    const { clock, log } = this.#options;
    this.#ended = why;
    await this.#pending?.catch(() => undefined);
    const sdk = await this.#sdk;
    const { access_token } = (await sdk?.auth().data()) ?? {};
    if (!sdk || !access_token) return;
    const revoked = sdk.logout().catch((error: unknown) => {
      log.debug({ reason: String(unwrapFetchError(error)) }, 'the login could not be revoked');
    });
    await Promise.race([revoked, delay(clock, revokeMs)]);
  }

  #loadSdk(): Promise<SdkPlatform> {
    const { credentials, fetch, appVersion = '' } = this.#options;
    this.#sdk ??= createSdkPlatform(credentials, fetch, appVersion);
    return this.#sdk;
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
      const sdk = await this.#loadSdk();
      if (!(await this.#refresh(sdk, errorCode))) {
        if (this.#ended) throw this.#ended;
        await sdk.login({ jwt: this.#options.credentials.jwt });
      }
      this.#generation += 1;
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
