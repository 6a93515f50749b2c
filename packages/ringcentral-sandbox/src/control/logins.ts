import { z } from 'zod';
import { ALL_SCOPES, type App, type AppSettings } from '../oauth/apps.ts';
import { lockOf } from '../oauth/locks.ts';
import type { LoginSession } from '../oauth/sessions.ts';
import type { ApiReply } from '../rest/exchange.ts';
import { extensionByNumber } from './extension-numbers.ts';
import {
  ControlError,
  type ControlParts,
  type ControlRequest,
  type ControlRoute,
  validate,
} from './route.ts';

/** Registers apps and makes credentials. Both outlive a reset. */
export const loginRoutes: readonly ControlRoute[] = [
  { method: 'POST', path: '/apps', handle: createApp },
  { method: 'POST', path: '/logins', handle: createLogin },
];

const settingsSchema = z.strictObject({
  scopes: z.array(z.enum(ALL_SCOPES)).optional(),
  /** A public app has no secret. */
  public: z.boolean().optional(),
  issuesRefreshTokens: z.boolean().optional(),
});

const redirectUri = z
  .string()
  .max(2000)
  .refine(isRedirectUri, 'an http or https URL without a fragment is expected');
const appSchema = settingsSchema.extend({
  name: z.string().min(1).max(100).optional(),
  redirectUris: z.array(redirectUri).min(1).max(20).optional(),
});

function isRedirectUri(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol) && !text.includes('#');
}

function createApp({ body }: ControlRequest, { apps }: ControlParts): ApiReply {
  const app = apps.register(validate(appSchema, body));
  return { status: 201, body: { ...app, public: app.clientSecret === undefined } };
}

const loginSchema = settingsSchema.extend({
  extensionNumber: z.string(),
  /** `own`: a new app; or the client id of one that exists. */
  app: z.string().optional(),
});

/** Makes a JWT credential of a user, and says with which app to use it. */
function createLogin({ body }: ControlRequest, parts: ControlParts): ApiReply {
  const { extensionNumber, app: wanted, ...settings } = validate(loginSchema, body);
  const user = [...parts.engine.world.extensions.values()].find(
    (one) => one.extensionNumber === extensionNumber,
  );
  if (user?.type !== 'User') throw new ControlError(404, `There is no user ${extensionNumber}`);
  const { clientId, clientSecret } = appOf(wanted, settings, parts);
  const jwt = parts.jwts.issue(user.id, parts.serverUrl);
  return {
    status: 201,
    body: { serverUrl: parts.serverUrl, clientId, clientSecret, jwt, extensionId: user.id },
  };
}

/**
 * The app for a credential. Where none is named it is the default app, or a new one if the body says what it is like.
 *
 * @throws ControlError 404 for an unknown client id, 400 for settings of an app that exists
 */
function appOf(wanted: string | undefined, settings: AppSettings, parts: ControlParts): App {
  const [setting] = Object.keys(settings);
  if (wanted === 'own' || (wanted === undefined && setting !== undefined))
    return parts.apps.register(settings);
  const app = parts.apps.find(wanted ?? parts.defaultClientId);
  if (!app) throw new ControlError(404, `There is no app ${wanted}`);
  if (setting !== undefined) throw new ControlError(400, `${setting}: an app that exists does not change`);
  return app;
}

/**
 * The logins of a user, with an app, or of a user with an app; all, where neither is named.
 *
 * @throws ControlError 404 for an unknown extension or app
 */
export function loginsOf(
  { extensionNumber, clientId }: { extensionNumber?: string; clientId?: string },
  { engine, apps, logins }: ControlParts,
): LoginSession[] {
  const user = extensionNumber === undefined ? undefined : extensionByNumber(engine.world, extensionNumber);
  const app = clientId === undefined ? undefined : apps.find(clientId);
  if (clientId !== undefined && !app) throw new ControlError(404, `There is no app ${clientId}`);
  return logins.all().filter((one) => (!user || one.extensionId === user.id) && (!app || one.app === app));
}

/** Ends logins and subscriptions of those who may not log in any more; that the latter end is assumed. */
export function endLockedLogins({ engine, logins, subscriptions }: ControlParts): void {
  const isLocked = (extensionId: string) => lockOf(engine.world, extensionId) !== undefined;
  for (const session of logins.all()) if (isLocked(session.extensionId)) logins.end(session);
  for (const one of subscriptions.all()) if (isLocked(one.ownerId)) subscriptions.remove(one);
}
