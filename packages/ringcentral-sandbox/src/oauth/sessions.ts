import type { Clock } from '../clock.ts';
import { type App, secret } from './apps.ts';
import { oauthErrors } from './errors.ts';

const SECOND = 1000;
/** Lifetime of an access token in seconds (platform.md 1.3). */
const ACCESS_TTL = { min: 600, max: 3600 };
/** Lifetime of a refresh token in seconds; the longest is for requests that ask for it (platform.md 1.3). */
const REFRESH_TTL = { default: 604_800, max: 2_592_000 };
/**
 * How long a used refresh token still works: after the first use of the new access token, and if that is not used
 * (platform.md 1.6).
 */
const GRACE_AFTER_USE_MS = 10 * SECOND;
const GRACE_UNUSED_MS = 60 * 60 * SECOND;
const SESSIONS_PER_USER_AND_APP = 5;
/** Tokens that work no more whose user is known; older ones are forgotten. */
const FORMER_TOKENS_KEPT = 10_000;

/** One login of one user with one app: an access and a refresh token that end together (platform.md 1.5, 1.6). */
export interface LoginSession {
  readonly id: string;
  readonly app: App;
  readonly extensionId: string;
  readonly endpointId: string;
  /** Those of the app, or fewer if the login asked for fewer. */
  readonly scopes: readonly string[];
  access: { token: string; ttl: number; expiresAt: number; usedAt?: number };
  refresh?: { token: string; expiresAt: number };
  /** The refresh token that was used last: for a while it gives the same new pair again. */
  spent?: { token: string; spentAt: number };
}

/** Lifetimes in seconds that a request asks for. */
export interface Lifetimes {
  accessTtl?: number;
  refreshTtl?: number;
}

/** What else a login may ask for. */
export interface LoginWishes {
  endpointId?: string;
  /** Names of permissions; those that the app lacks are left out (assumed). */
  scopes?: readonly string[];
}

/** The login of a bearer token, or the error code of the refusal: expired, corrupted, unknown (platform.md 9.2). */
export type AccessVerdict =
  | { ok: true; session: LoginSession }
  | { ok: false; errorCode: 'OAU-128' | 'OAU-129' | 'OAU-213' };

/** All logins of this sandbox, at most five per user and app (platform.md 1.6). */
export class LoginSessions {
  readonly #clock: Clock;
  /** In the order of login. */
  readonly #sessions = new Set<LoginSession>();
  readonly #byAccess = new Map<string, LoginSession>();
  readonly #byRefresh = new Map<string, LoginSession>();
  /** Extension ids by tokens that work no more, the oldest first. */
  readonly #formerOwners = new Map<string, string>();
  readonly #endListeners = new Set<(session: LoginSession) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a login. A sixth of the same user and app ends the oldest (platform.md 1.6). */
  open(app: App, extensionId: string, lifetimes: Lifetimes, wishes: LoginWishes = {}): LoginSession {
    const siblings = this.all().filter((s) => s.app === app && s.extensionId === extensionId);
    for (const oldest of siblings.slice(0, Math.max(0, siblings.length - SESSIONS_PER_USER_AND_APP + 1))) {
      this.end(oldest);
    }
    const session: LoginSession = {
      id: secret(16),
      app,
      extensionId,
      endpointId: wishes.endpointId ?? secret(16),
      scopes: app.scopes.filter((scope) => wishes.scopes?.includes(scope) ?? true),
      access: this.#newAccess(lifetimes.accessTtl),
    };
    this.#issueRefresh(session, lifetimes.refreshTtl);
    this.#sessions.add(session);
    this.#byAccess.set(session.access.token, session);
    return session;
  }

  /**
   * Gives the login a new pair of tokens: the refresh token is used up, and the old access token ends at once. For a
   * while the used token gives the same pair again (platform.md 1.6).
   *
   * @throws OAuthError OAU-211 for an unknown token or another app's, OAU-210 for an expired one, OAU-251 for an app
   * without refresh tokens (assumed)
   */
  refresh(app: App, refreshToken: string, lifetimes: Lifetimes): LoginSession {
    if (!app.issuesRefreshTokens) throw oauthErrors.grantNotEnabled();
    const session = this.#byRefresh.get(refreshToken);
    if (!session || session.app !== app) throw oauthErrors.revoked();
    const now = this.#clock.now();
    if (session.spent?.token === refreshToken) {
      const { usedAt } = session.access;
      const until =
        usedAt === undefined ? session.spent.spentAt + GRACE_UNUSED_MS : usedAt + GRACE_AFTER_USE_MS;
      if (now > until) throw oauthErrors.expired();
      return session;
    }
    if (!session.refresh || session.refresh.expiresAt <= now) throw oauthErrors.expired();
    if (session.spent) this.#drop(session.spent.token, session);
    this.#drop(session.access.token, session);
    session.spent = { token: refreshToken, spentAt: now };
    session.access = this.#newAccess(lifetimes.accessTtl);
    this.#byAccess.set(session.access.token, session);
    this.#issueRefresh(session, lifetimes.refreshTtl);
    return session;
  }

  /** The login that a bearer token belongs to, or why there is none. */
  authenticate(accessToken: string): AccessVerdict {
    if (!/^[\w-]{16,}$/.test(accessToken)) return { ok: false, errorCode: 'OAU-129' };
    const session = this.#byAccess.get(accessToken);
    if (!session) return { ok: false, errorCode: 'OAU-213' };
    if (session.access.expiresAt <= this.#clock.now()) return { ok: false, errorCode: 'OAU-128' };
    session.access.usedAt ??= this.#clock.now();
    return { ok: true, session };
  }

  /** The session that an access or refresh token belongs to. */
  find(token: string): LoginSession | undefined {
    return this.#byAccess.get(token) ?? this.#byRefresh.get(token);
  }

  /**
   * The extension that a token belongs to, or belonged to while it worked: whose rate limit it counts against. That a
   * dead token counts against its user is assumed.
   */
  ownerOf(token: string): string | undefined {
    return this.find(token)?.extensionId ?? this.#formerOwners.get(token);
  }

  /** Ends every token of the login, and tells those who listen with `onEnd` (platform.md 1.7). */
  end(session: LoginSession): void {
    if (!this.#sessions.delete(session)) return;
    for (const { token } of [session.access, session.refresh, session.spent].filter(
      (one) => one !== undefined,
    )) {
      this.#drop(token, session);
    }
    for (const listener of this.#endListeners) listener(session);
  }

  /** Calls `listener` with each login that ends. */
  onEnd(listener: (session: LoginSession) => void): void {
    this.#endListeners.add(listener);
  }

  /** Logins that have not ended, the oldest first. */
  all(): LoginSession[] {
    return [...this.#sessions];
  }

  expireAccessToken({ access }: LoginSession): void {
    access.expiresAt = this.#clock.now();
  }

  expireRefreshToken({ refresh }: LoginSession): void {
    if (refresh) refresh.expiresAt = this.#clock.now();
  }

  /** The token works no more. */
  #drop(token: string, { extensionId }: LoginSession): void {
    this.#byAccess.delete(token);
    this.#byRefresh.delete(token);
    this.#formerOwners.set(token, extensionId);
    const [oldest] = this.#formerOwners.keys();
    if (this.#formerOwners.size > FORMER_TOKENS_KEPT && oldest !== undefined)
      this.#formerOwners.delete(oldest);
  }

  #newAccess(requestedTtl: number | undefined): LoginSession['access'] {
    const ttl = clampAccessTtl(requestedTtl);
    return { token: secret(32), ttl, expiresAt: this.#clock.now() + ttl * SECOND };
  }

  #issueRefresh(session: LoginSession, requestedTtl: number | undefined): void {
    if (!session.app.issuesRefreshTokens) return;
    const ttl = clampRefreshTtl(requestedTtl);
    session.refresh = { token: secret(32), expiresAt: this.#clock.now() + ttl * SECOND };
    this.#byRefresh.set(session.refresh.token, session);
  }
}

/** Less than the minimum counts as the minimum, more than the maximum as the default, which is the maximum. */
function clampAccessTtl(seconds: number | undefined): number {
  if (seconds === undefined || seconds > ACCESS_TTL.max) return ACCESS_TTL.max;
  return Math.max(ACCESS_TTL.min, seconds);
}

function clampRefreshTtl(seconds: number | undefined): number {
  return seconds === undefined || seconds > REFRESH_TTL.max || seconds <= 0 ? REFRESH_TTL.default : seconds;
}
