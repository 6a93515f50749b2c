import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
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

/** `browser`: hash of its mark. `expiresAt`: epoch ms. */
type Kept = PendingSignIn & { browser: Buffer; expiresAt: number };

const lifetimeMs = 10 * 60_000;
/** For apps, and for own pages: who floods one with sign-ins that never end leaves those of the other. */
const keptEach = 1_000;

/**
 * People who are at RingCentral's page. Each has a state that is good once, within ten minutes, in the browser that
 * began: the state is made, and the cookie set, only after the consent (MCP "Security Best Practices", confused deputy).
 */
export class PendingSignIns {
  readonly #clock: Clock;
  readonly #issuer: string;
  /** By state. */
  readonly #pending: Readonly<Record<SignInPurpose['kind'], BoundedMap<string, Kept>>> = {
    app: new BoundedMap(keptEach),
    'own page': new BoundedMap(keptEach),
  };

  constructor(clock: Clock, issuer: string) {
    this.#clock = clock;
    this.#issuer = issuer;
  }

  /** Begins a sign-in, and marks the browser that gets the response. */
  begin(response: ServerResponse, purpose: SignInPurpose): PendingSignIn {
    const secrets = newAuthorizationSecrets();
    const mark = randomBytes(32).toString('base64url');
    setCookie(response, this.#cookieFor(secrets.state), mark, lifetimeMs / 1000);
    const pending = { purpose, secrets };
    const expiresAt = this.#clock.now() + lifetimeMs;
    this.#pending[purpose.kind].set(secrets.state, { ...pending, browser: sha256(mark), expiresAt });
    return pending;
  }

  /**
   * Takes the sign-in that has this state, which is used up by that, whoever asks.
   * @returns undefined for a state that is unknown, used or too old, and for one of another browser
   */
  take(state: string, request: IncomingMessage, response: ServerResponse): PendingSignIn | undefined {
    const { app, 'own page': ownPage } = this.#pending;
    const found = app.get(state) ?? ownPage.get(state);
    for (const kept of [app, ownPage]) kept.delete(state);
    if (!found || found.expiresAt <= this.#clock.now()) return undefined;
    const name = this.#cookieFor(state);
    const mark = cookieOf(request, name);
    if (mark === undefined || !timingSafeEqual(sha256(mark), found.browser)) return undefined;
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
