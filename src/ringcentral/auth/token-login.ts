import { Failure } from '../../shared/failure.ts';
import { loadOnce } from '../../shared/load-once.ts';
import type { Login } from './login.ts';
import { createSdkPlatform, type Fetch, type SdkPlatform } from './sdk-platform.ts';

/** The SDK's own clock of the token does not count: `TokenSource` says when it is over. */
const longSeconds = 24 * 60 * 60;

/** Gives the access tokens of somebody who has signed in. */
export interface TokenSource {
  /**
   * A token that is good for the next minutes.
   * @param refused one that RingCentral has refused: another is given
   * @throws Failure `forbidden` where the person has to sign in again
   */
  accessToken(refused?: string): Promise<string>;
  /** App permissions, separated by blanks. @throws Failure */
  scope(): Promise<string>;
}

export interface TokenLoginOptions {
  serverUrl: string;
  clientId: string;
  /** Of the person. */
  extensionId: string;
  tokens: TokenSource;
  fetch: Fetch;
  appVersion?: string;
}

/** A login whose tokens somebody else keeps, renews and revokes: that of a person who has signed in. */
export class TokenLogin implements Login {
  readonly #options: TokenLoginOptions;
  readonly #sdk = loadOnce(() => {
    const { fetch, appVersion = '' } = this.#options;
    return createSdkPlatform(this.#options, fetch, appVersion);
  });
  #token: string | undefined;
  #generation = 0;
  #ended: Failure | undefined;
  #isRefused = false;

  constructor(options: TokenLoginOptions) {
    this.#options = options;
  }

  get generation(): number {
    return this.#generation;
  }

  get ended(): Failure | undefined {
    return this.#ended;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  async platform(): Promise<SdkPlatform> {
    return this.#withToken(await this.#take());
  }

  async renew(generation: number): Promise<void> {
    if (generation !== this.#generation) return;
    await this.#withToken(await this.#take(this.#token));
  }

  async scopes(): Promise<ReadonlySet<string>> {
    const scope = await this.#options.tokens.scope();
    return new Set(scope.split(/[\s,]+/).filter(Boolean));
  }

  async ownerId(): Promise<string> {
    return this.#options.extensionId;
  }

  async close(why: Failure): Promise<void> {
    this.#ended = why;
  }

  /** @param refused a token that RingCentral has refused */
  async #take(refused?: string): Promise<string> {
    if (this.#ended) throw this.#ended;
    try {
      const token = await this.#options.tokens.accessToken(refused);
      this.#isRefused = false;
      return token;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'forbidden') throw error;
      // Who has signed out may be owed something: whoever their plans put on hold is taken back with the token at hand,
      // which is good at RingCentral until then. What ends the login closes it.
      if (this.#token !== undefined && refused === undefined) return this.#token;
      this.#isRefused = true;
      throw new Failure('forbidden', error.message, { ...error.details, reason: 'needs_login' });
    }
  }

  async #withToken(token: string): Promise<SdkPlatform> {
    const sdk = await this.#sdk.load();
    if (token !== this.#token) {
      this.#token = token;
      this.#generation += 1;
      await sdk.auth().setData({ access_token: token, token_type: 'bearer', expires_in: `${longSeconds}` });
    }
    return sdk;
  }
}
