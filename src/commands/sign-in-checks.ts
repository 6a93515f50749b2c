import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../config/settings.ts';
import { readSignIn, type SignInConfig } from '../config/sign-in.ts';
import { type Config, readCredentials } from '../config.ts';
import { type Check, diagnose } from '../ringcentral/diagnose.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { systemClock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { createLogger } from '../shared/log.ts';
import { createAdmission } from '../team/admission.ts';
import { paths } from '../team/authorization-server.ts';
import { createRingCentralOAuth, newAuthorizationSecrets } from '../team/ringcentral-oauth.ts';
import { UpstreamError } from '../team/upstream-error.ts';

type Finding = Omit<Check, 'name'>;
type App = NonNullable<SignInConfig['app']>;

/** What sign-in is checked with: the settings, and where it is one the sandbox's app, accounts and login. */
export interface SignInToCheck {
  config: Config;
  env: Environment;
  sandbox?: { app: App & { jwt: string }; accounts: readonly string[] };
}

/**
 * Checks what `serve --sign-in` would use: lists, state directory; the app and its redirect URI at RingCentral, and
 * its secret. What only a login can tell, permissions and account, is checked with the JWT of `RC_USER_JWT`, where doctor
 * is given one.
 * @throws ConfigError for settings with a mistake
 */
export async function checkSignIn({ config, env, sandbox }: SignInToCheck): Promise<Check[]> {
  const { RC_USER_JWT: jwt = sandbox?.app.jwt, ...rest } = env;
  const signIn = readSignIn(config, rest);
  const { app = sandbox?.app, accounts = sandbox?.accounts } = signIn;
  if (!app || !accounts) throw new Error('neither an app nor a sandbox');
  const { publicUrl = 'http://127.0.0.1:8800' } = config.http ?? {};
  createAdmission({ accounts, ...(signIn.people && { named: signIn.people }) });
  return [
    { name: 'people', ...peopleOf(accounts, signIn.people) },
    { name: 'state', ...checkState(signIn.stateDirectory) },
    { name: 'redirect URI', ...(await checkRedirect(app, publicUrl)) },
    { name: 'app secret', ...(await checkSecret(app, publicUrl)) },
    ...(await checkAccount(app, jwt, accounts)),
  ];
}

const peopleOf = (accounts: readonly string[], people: readonly string[] | undefined): Finding => ({
  ok: true,
  detail: `accounts ${accounts.join(', ')}; ${people ? `of them extensions ${people.join(', ')}` : 'everybody of them'}`,
});

function checkState(directory: string | undefined): Finding {
  if (directory === undefined) {
    return {
      ok: true,
      detail: 'in memory',
      fix: 'A restart asks everybody to sign in again: name a directory with --state to keep sign-ins, sealed.',
    };
  }
  try {
    accessSync(existsSync(directory) ? directory : dirname(directory), constants.W_OK);
    return { ok: true, detail: directory };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      ok: false,
      detail: `${directory} cannot be written (${code})`,
      fix: 'Name a folder that this user may write to.',
    };
  }
}

/** Whether RingCentral shows its sign-in page for this app and where people come back to. */
async function checkRedirect(app: App, publicUrl: string): Promise<Finding> {
  const redirectUri = `${publicUrl}${paths.callback}`;
  const oauth = createRingCentralOAuth({ ...app, redirectUri, clock: systemClock });
  const page = await fetch(await oauth.authorizationUrl(newAuthorizationSecrets()), {
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (!page) {
    return {
      ok: false,
      detail: `${app.serverUrl} cannot be reached`,
      fix: 'Check the network and RC_SERVER_URL.',
    };
  }
  if (page.status < 400) return { ok: true, detail: redirectUri };
  const [code] = /OAU-\d+/.exec(await page.text()) ?? [];
  return {
    ok: false,
    detail: `RingCentral refuses to sign people in (HTTP ${page.status}${code ? `, ${code}` : ''})`,
    fix: `Check RC_APP_CLIENT_ID, and in the app's settings that the authorization code flow is on and ${redirectUri} is among its redirect URIs, letter by letter.`,
  };
}

/** Redeems a code that nobody was given: what RingCentral objects to tells whether it knows the app. */
async function checkSecret(app: App, publicUrl: string): Promise<Finding> {
  const secrets = newAuthorizationSecrets();
  const oauth = createRingCentralOAuth({
    ...app,
    redirectUri: `${publicUrl}${paths.callback}`,
    clock: systemClock,
  });
  const answer = new URLSearchParams({ code: 'doctor', state: secrets.state });
  const error = await oauth.redeem(answer, secrets).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UpstreamError)) throw error;
  if (error.kind === 'invalid_grant')
    return { ok: true, detail: app.clientSecret ? 'is accepted' : 'none: a public app' };
  return {
    ok: false,
    detail: error.message,
    fix: 'Check RC_APP_CLIENT_ID and RC_APP_CLIENT_SECRET: those of the same app, and no secret for a public one.',
  };
}

/** What only a login can tell. */
async function checkAccount(
  app: App,
  jwt: string | undefined,
  accounts: readonly string[],
): Promise<Check[]> {
  if (!jwt) {
    return [
      {
        name: 'permissions and account',
        ok: true,
        detail: 'not checked',
        fix:
          'Only a login tells them: give doctor alone the JWT of somebody of the account in RC_USER_JWT, where the app has ' +
          'the JWT flow, or let the first person sign in, and read the log.',
      },
    ];
  }
  const { serverUrl } = app;
  const credentials = readCredentials({
    ...{ RC_SERVER_URL: serverUrl, RC_APP_CLIENT_ID: app.clientId, RC_USER_JWT: jwt },
    ...(app.clientSecret && { RC_APP_CLIENT_SECRET: app.clientSecret }),
  });
  const ringcentral = createRingCentral({
    ...{ credentials, scope: 'extension', clock: systemClock },
    log: await createLogger({ level: 'error' }),
  });
  try {
    const checks = await diagnose(ringcentral, systemClock);
    return [...checks, { name: 'account', ...(await accountOf(ringcentral.platform, accounts)) }];
  } finally {
    await ringcentral.close();
  }
}

async function accountOf(
  { identity }: Pick<ReturnType<typeof createRingCentral>['platform'], 'identity'>,
  accounts: readonly string[],
): Promise<Finding> {
  try {
    const { accountId } = await identity();
    return accounts.includes(accountId)
      ? { ok: true, detail: `${accountId} is let in` }
      : {
          ok: false,
          detail: `the login is of the account ${accountId}, which RC_MCP_ACCOUNTS does not list`,
          fix: `Add ${accountId} to RC_MCP_ACCOUNTS, if these are the people to be let in.`,
        };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ok: false, detail: 'cannot be read', fix: error.message };
  }
}
