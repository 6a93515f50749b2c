import type { Clock } from '../../shared/clock.ts';
import { delay } from '../../shared/delay.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { isPassing } from '../rest/http-error.ts';
import type { Credentials } from './credentials.ts';
import { Evictions, isExpiry } from './evictions.ts';
import { isRefusal, LoginRefusals } from './login-refusals.ts';
import { createSdkPlatform, type Fetch, type SdkPlatform, unwrapFetchError } from './sdk-platform.ts';

export interface LoginOptions {
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
export class Login {
  readonly #options: LoginOptions;
  readonly #evictions: Evictions;
  readonly #refusals: LoginRefusals;
  #sdk: Promise<SdkPlatform> | undefined;
  /** The token request under way, for all who need a token. */
  #pending: Promise<void> | undefined;
  #generation = 0;
  /** Set for good when closed, or when logging in again would only end another login. */
  #ended: Failure | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#evictions = new Evictions(options.clock, options.log);
    this.#refusals = new LoginRefusals(options);
  }

  /** How many tokens there have been: tells whether a 401 was for the present one. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Why no request is sent any more: closed, or ended by other logins twice. Undefined while requests can be sent.
   */
  get ended(): Failure | undefined {
    return this.#ended;
  }

  /** The SDK with a valid access token; logs in or refreshes first where needed. @throws Failure */
  async platform(): Promise<SdkPlatform> {
    if (this.#ended) throw this.#ended;
    const sdk = await this.#loadSdk();
    if (this.#pending || !(await sdk.auth().accessTokenValid())) await this.#obtainOnce();
    return sdk;
  }

  /** After a 401 for the token of that generation: refreshes, or logs in anew. @throws Failure */
  async renew(generation: number, errorCode: string | undefined): Promise<void> {
    if (generation === this.#generation) await this.#obtainOnce(errorCode);
  }

  /** App permissions of the token (platform.md 1.8); logs in if needed. @throws Failure */
  async scopes(): Promise<ReadonlySet<string>> {
    const { scope } = await (await this.platform()).auth().data();
    return new Set(scope?.split(/[\s,]+/).filter(Boolean));
  }

  /**
   * Extension id of the user whose token it is, as the token's answer says (platform.md 1.5); logs in if needed.
   * @throws Failure
   */
  async ownerId(): Promise<string | undefined> {
    const { owner_id } = await (await this.platform()).auth().data();
    return owner_id === undefined ? undefined : String(owner_id);
  }

  /** Whether RingCentral has refused the login, and not accepted it since: its credentials have to be renewed. */
  get isRefused(): boolean {
    return this.#refusals.isRefused;
  }

  /**
   * Revokes the login, so that it does not count against the five that a user may have (platform.md 1.6).
   * @param why requests fail with this from now on
   */
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
