import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oauth from 'oauth4webapi';
import { pino } from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { createTeam, type Team, type TeamOptions } from '../../../src/team/team.ts';
import { teamKey } from '../../../src/team/team-keys.ts';
import { defaultLimits } from '../../../src/transports/http/limits.ts';
import { createOriginCheck } from '../../../src/transports/http/origin-check.ts';
import { Pipeline } from '../../../src/transports/http/pipeline.ts';
import { Control } from '../../e2e/support/control.ts';
import { manualClock } from '../../support/clock.ts';
import { Browser, type Shown } from './browser.ts';
import { hiddenFieldsOf, signInAtRingCentral } from './sign-in-page.ts';

/** Where the app of these tests listens: the browser is not sent there, its redirect is read. */
export const appRedirect = 'http://127.0.0.1:33333/callback';

export type TeamBed = Awaited<ReturnType<typeof startTeamBed>>;

/** A team server over HTTP, with the pipeline of the product before it and the sandbox behind it. */
export async function startTeamBed(changed: Partial<TeamOptions> = {}) {
  const sandbox = await startSandbox({ rateLimits: 'off' });
  const control = new Control(sandbox.controlUrl);
  const { account } = await control.state();
  const { serverUrl } = sandbox;
  const { publicUrl } = changed;
  // The sandbox's own app has people come back to this machine only.
  const { clientId, clientSecret } = publicUrl
    ? await control.addApp([`${publicUrl.replace(/\/$/, '')}/oauth/ringcentral/callback`])
    : sandbox;
  const clock = manualClock(Date.now());
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const keys = { current: teamKey(randomBytes(32)) };

  let pipeline: Pipeline | undefined;
  const listener = createServer((request, response) => void pipeline?.handle(request, response));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const given: TeamOptions = {
    ...{ publicUrl: url, ringcentralApp: { serverUrl, clientId, clientSecret }, accounts: [account.id] },
    ...{ keys, clock, log, line: onePhoneEach },
    ...changed,
  };
  const open = async (options: TeamOptions): Promise<Team> => {
    const opened = await createTeam(options);
    pipeline = new Pipeline({
      routes: opened.routes,
      originCheck: createOriginCheck('127.0.0.1', publicUrl),
      nothingAt: (path) => `nothing at ${path}`,
      identity: { required: true, identify: () => Promise.reject(new Error('only open routes here')) },
      ...{ limits: defaultLimits, clock, log },
    });
    return opened;
  };
  const team = await open(given);
  const bed = {
    ...{ url, team, sandbox, control, clock, keys, log, accountId: account.id },
    /** What was logged, as one text. */
    logged: () => lines.join(''),
    browser: () => new Browser(url),
    app: (metadata: object = {}) => registerApp(url, metadata),
    /** The server ends and starts again, with the same address. */
    async restart(different: Partial<TeamOptions> = {}) {
      await bed.team.close();
      bed.team = await open({ ...given, ...different });
    },
    async close() {
      await bed.team.close();
      listener.closeAllConnections();
      await new Promise<unknown>((resolve) => (listener as Server).close(resolve));
      await sandbox.close();
    },
  };
  return bed;
}

/** Lines of people in a server that opens none: a desk phone for each, and nothing was done. */
export const onePhoneEach: TeamOptions['line'] = {
  phonesOf: async () => [{ id: 'p-1', words: 'Desk of 102 (can be used now)' }],
  actsOf: async () => [],
};

export interface TokenAnswer {
  status: number;
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
  token_type: string;
  error?: string;
}

/** An app that people connect: its registration, its requests and its tokens. */
export type App = Awaited<ReturnType<typeof registerApp>>;

export async function registerApp(url: string, metadata: object = {}) {
  const server = (await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()) as Record<
    string,
    string
  >;
  const registered = await fetch(server.registration_endpoint ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Test host',
      redirect_uris: [appRedirect],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  });
  const client = (await registered.json()) as { client_id: string; error?: string };
  return appOf(url, client.client_id, registered.status);
}

/** An app with this id, which it may not have. */
export function appOf(url: string, clientId: string, status = 201) {
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const post = async (path: string, form: Record<string, string>): Promise<TokenAnswer> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    const text = await response.text();
    return { status: response.status, ...JSON.parse(text === '' ? '{}' : text) };
  };
  return {
    ...{ clientId, status, codeVerifier, state },
    /** The address that the app opens in the person's browser. */
    async authorizeUrl(changed: Record<string, string | undefined> = {}): Promise<URL> {
      const parameters = {
        ...{ response_type: 'code', client_id: clientId, redirect_uri: appRedirect, state },
        ...{ scope: 'calls:read calls:control calls:listen calls:destructive', resource: `${url}/mcp` },
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        ...{ code_challenge_method: 'S256', ...changed },
      };
      const given = Object.entries(parameters).filter(
        (pair): pair is [string, string] => pair[1] !== undefined,
      );
      return new URL(`${url}/oauth/authorize?${new URLSearchParams(given)}`);
    },
    redeem: (code: string, changed: Record<string, string> = {}) =>
      post('/oauth/token', {
        ...{ grant_type: 'authorization_code', code, redirect_uri: appRedirect, client_id: clientId },
        ...{ code_verifier: codeVerifier, resource: `${url}/mcp`, ...changed },
      }),
    refresh: (refreshToken: string, changed: Record<string, string> = {}) =>
      post('/oauth/token', {
        ...{ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId, ...changed },
      }),
    revoke: (token: string) => post('/oauth/revoke', { token, client_id: clientId }),
  };
}

/** Answers the consent page. */
export const answerConsent = (
  browser: Browser,
  page: Shown,
  answer: 'yes' | 'no' | 'other',
  scopes: readonly string[] = ['calls:control'],
): Promise<Shown> =>
  browser.submit(page, [
    ...hiddenFieldsOf(page.body),
    ...scopes.map((scope): [string, string] => ['scope', scope]),
    ['answer', answer],
  ]);

/**
 * A person connects an app, from the app's request to the answer that the browser brings it.
 * @returns the parameters of the answer
 */
export async function connect(
  { browser, app, extensionNumber }: { browser: Browser; app: App; extensionNumber?: string },
  scopes?: readonly string[],
): Promise<URLSearchParams> {
  const consent = await browser.open(await app.authorizeUrl());
  const away = await answerConsent(browser, consent, 'yes', scopes);
  const back = await signInAtRingCentral(away.url, extensionNumber);
  return (await browser.open(back)).url.searchParams;
}
