import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import { isSameSecret } from '../shared/is-same-secret.ts';
import { cookieName, cookieOf, setCookie } from './cookies.ts';
import { type AuthorizationSecrets, newAuthorizationSecrets } from './ringcentral-oauth.ts';

/**
 * What somebody signs in for: an app, in the interaction in which they have granted it these scopes; or their own page.
 */
export type SignInPurpose =
  | { kind: 'app'; interactionId: string; scopes: readonly string[] }
  | { kind: 'own page' };

/** Somebody who is at RingCentral's page now. */
export interface PendingSignIn {
  purpose: SignInPurpose;
  secrets: AuthorizationSecrets;
}

/** `browser`: hash of its mark, in hexadecimal. `expiresAt`: epoch ms. */
export type KeptSignIn = PendingSignIn & { browser: string; expiresAt: number };

/** Where sign-ins are kept until the browser comes back. Methods reject where that cannot be reached. */
export interface PendingStore {
  put(state: string, kept: KeptSignIn): Promise<void>;
  /** Gives the one with this state to whoever asks first, and to nobody later; it may have expired. */
  take(state: string): Promise<KeptSignIn | undefined>;
}

export const signInLifetimeMs = 10 * 60_000;
/** For apps, and for own pages: who floods one with sign-ins that never end leaves those of the other. */
export const signInsKeptEach = 1_000;

/** A store in this process. */
export function createPendingStore(): PendingStore {
  const pending: Readonly<Record<SignInPurpose['kind'], BoundedMap<string, KeptSignIn>>> = {
    app: new BoundedMap(signInsKeptEach),
    'own page': new BoundedMap(signInsKeptEach),
  };
  return {
    async put(state, kept) {
      pending[kept.purpose.kind].set(state, kept);
    },
    async take(state) {
      const { app, 'own page': ownPage } = pending;
      const found = app.get(state) ?? ownPage.get(state);
      for (const kept of [app, ownPage]) kept.delete(state);
      return found;
    },
  };
}

/**
 * People who are at RingCentral's page. Each has a state that is good once, within ten minutes, in the browser that
 * began: the state is made, and the cookie set, only after the consent (MCP "Security Best Practices", confused deputy).
 */
export class PendingSignIns {
  readonly #clock: Clock;
  readonly #issuer: string;
  readonly #store: PendingStore;

  constructor(clock: Clock, issuer: string, store: PendingStore = createPendingStore()) {
    this.#clock = clock;
    this.#issuer = issuer;
    this.#store = store;
  }

  /** Begins a sign-in, and marks the browser that gets the response. */
  async begin(response: ServerResponse, purpose: SignInPurpose): Promise<PendingSignIn> {
    const secrets = newAuthorizationSecrets();
    const mark = randomBytes(32).toString('base64url');
    const pending = { purpose, secrets };
    const expiresAt = this.#clock.now() + signInLifetimeMs;
    await this.#store.put(secrets.state, { ...pending, browser: sha256(mark).toString('hex'), expiresAt });
    setCookie(response, this.#cookieFor(secrets.state), mark, signInLifetimeMs / 1000);
    return pending;
  }

  /**
   * Takes the sign-in that has this state, which is used up by that, whoever asks.
   * @returns undefined for a state that is unknown, used or too old, and for one of another browser
   */
  async take(
    state: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<PendingSignIn | undefined> {
    const found = await this.#store.take(state);
    if (!found || found.expiresAt <= this.#clock.now()) return undefined;
    const name = this.#cookieFor(state);
    const mark = cookieOf(request, name);
    if (mark === undefined || !isSameSecret(sha256(mark).toString('hex'), found.browser)) return undefined;
    setCookie(response, name, '', 0);
    const { purpose, secrets } = found;
    return { purpose, secrets };
  }

  /** One for each, so that two apps can be connected at once. */
  #cookieFor(state: string): string {
    return cookieName(`sign_in_${sha256(state).toString('hex').slice(0, 16)}`, this.#issuer);
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
