import { randomBytes, timingSafeEqual } from 'node:crypto';
import { oauthErrors } from './errors.ts';

/** Every app permission that the sandbox asks for (platform.md 1.8). */
export const ALL_SCOPES: readonly string[] = [
  'CallControl',
  'TelephonySessions',
  'ReadPresence',
  'ReadAccounts',
  'ReadCallLog',
  'ReadCallRecording',
  'SubscriptionWebhook',
  'WebSocketsSubscription',
  'VoipCalling',
  'RingOut',
];

/** An application as registered in the developer console. `clientSecret` is absent for a public app. */
export interface App {
  readonly clientId: string;
  /** What the sign-in page calls it. */
  readonly name: string;
  readonly clientSecret?: string;
  readonly scopes: readonly string[];
  /** Whether logins of the app get refresh tokens. */
  readonly issuesRefreshTokens: boolean;
  /** The only URIs to which codes go; absent: any of this machine, so that no code leaves it. */
  readonly redirectUris?: readonly string[];
}

/** What a new app is like; absent: all scopes, confidential, with refresh tokens, and a name made of its number. */
export interface AppSettings {
  name?: string;
  scopes?: readonly string[];
  /** It has no secret. */
  public?: boolean;
  issuesRefreshTokens?: boolean;
  redirectUris?: readonly string[];
  /** Those that it had in a sandbox before. */
  credentials?: { readonly clientId: string; readonly clientSecret: string };
}

/** A new credential of `bytes` random bytes as base64url. It does not depend on the seed, which may be published. */
export function secret(bytes = 24): string {
  return randomBytes(bytes).toString('base64url');
}

/** The registered applications. */
export class Apps {
  readonly #apps = new Map<string, App>();

  /** Registers an app, unless told with a new client id and, unless it is public, a secret. */
  register(settings: AppSettings = {}): App {
    const app: App = {
      clientId: settings.credentials?.clientId ?? secret(16),
      name: settings.name ?? `App ${this.#apps.size + 1}`,
      ...(settings.public ? {} : { clientSecret: settings.credentials?.clientSecret ?? secret(32) }),
      scopes: settings.scopes ?? ALL_SCOPES,
      issuesRefreshTokens: settings.issuesRefreshTokens ?? true,
      ...(settings.redirectUris ? { redirectUris: settings.redirectUris } : {}),
    };
    this.#apps.set(app.clientId, app);
    return app;
  }

  find(clientId: string): App | undefined {
    return this.#apps.get(clientId);
  }

  /**
   * The app that sends a token or revoke request: a confidential app by Basic authorization, a public one by
   * `client_id` in the body (platform.md 1.4).
   *
   * @throws OAuthError 400 OAU-153 for an unknown client id, 401 OAU-140 for a wrong or missing secret
   */
  authenticate(authorization: string | undefined, form: URLSearchParams): App {
    const basic = authorization?.match(/^basic\s+(\S+)$/i)?.[1];
    const [clientId, clientSecret] =
      basic === undefined ? [form.get('client_id') ?? '', undefined] : splitBasic(basic);
    const app = this.#apps.get(clientId);
    if (!app) throw oauthErrors.unknownClient();
    if (app.clientSecret === undefined) return app;
    if (clientSecret === undefined || !same(clientSecret, app.clientSecret))
      throw oauthErrors.wrongClientSecret();
    return app;
  }
}

function splitBasic(encoded: string): [string, string] {
  const decoded = Buffer.from(encoded, 'base64').toString();
  const colon = decoded.indexOf(':');
  return colon < 0 ? [decoded, ''] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
