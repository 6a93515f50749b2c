import { type RunningSandbox, startSandbox } from 'ringcentral-sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttp } from '../../src/ringcentral/rest/http.ts';
import { createWebFetch } from '../../src/ringcentral/rest/web-fetch.ts';
import { systemClock } from '../../src/shared/clock.ts';
import {
  createRingCentralOAuth,
  newAuthorizationSecrets,
  type RingCentralOAuth,
  SignInDeclined,
} from '../../src/team/ringcentral-oauth.ts';
import { UpstreamError } from '../../src/team/upstream-error.ts';
import { Control } from '../e2e/support/control.ts';
import { manualClock } from '../support/clock.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';

const redirectUri = 'http://127.0.0.1:9999/oauth/ringcentral/callback';
const clock = manualClock();
let sandbox: RunningSandbox;
let control: Control;
let ringcentral: RingCentralOAuth;

beforeEach(async () => {
  sandbox = await startSandbox({ rateLimits: 'off' });
  control = new Control(sandbox.controlUrl);
  const { serverUrl, clientId, clientSecret } = sandbox;
  ringcentral = createRingCentralOAuth({ serverUrl, clientId, clientSecret, redirectUri, clock });
});
afterEach(() => sandbox.close());

async function signIn(server = ringcentral) {
  const secrets = newAuthorizationSecrets();
  const answer = await signInAtRingCentral(await server.authorizationUrl(secrets));
  return server.redeem(answer.searchParams, secrets);
}

const failureOf = async (work: Promise<unknown>): Promise<UpstreamError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamError)) throw error ?? new Error('nothing failed');
  return error;
};

test('a person signs in, is looked up, and gets a new pair for the old one', async () => {
  const pair = await signIn();
  expect(pair).toMatchObject({
    accessExpiresAt: clock.now() + 3_600_000,
    refreshExpiresAt: clock.now() + 604_800_000,
    scope: expect.stringContaining('CallControl'),
  });
  const who = await ringcentral.whoIs(pair.accessToken);
  const { account } = await control.state();
  expect(who).toMatchObject({
    accountId: account.id,
    extensionNumber: '101',
    name: 'Alice Admin',
    type: 'User',
    status: 'Enabled',
  });

  const next = await ringcentral.refresh(pair.refreshToken ?? '');
  expect(next.accessToken).not.toBe(pair.accessToken);
  expect((await ringcentral.whoIs(next.accessToken)).extensionId).toBe(who.extensionId);
  expect(await failureOf(ringcentral.whoIs(pair.accessToken))).toMatchObject({ kind: 'invalid_grant' });
});

test('all of it works by the way that the product takes to RingCentral', async () => {
  const { serverUrl, clientId, clientSecret } = sandbox;
  const http = createHttp(systemClock, 10_000);
  const fetch = createWebFetch(http);
  const server = createRingCentralOAuth({ serverUrl, clientId, clientSecret, redirectUri, clock, fetch });
  const pair = await server.refresh((await signIn(server)).refreshToken ?? '');
  expect((await server.whoIs(pair.accessToken)).extensionNumber).toBe('101');
  await server.revoke(pair.accessToken);
  expect(await failureOf(server.whoIs(pair.accessToken))).toMatchObject({ kind: 'invalid_grant' });
  await control.fault({
    kind: 'http',
    pathPattern: '/restapi/oauth/token',
    status: 429,
    retryAfterSeconds: 7,
  });
  expect(await failureOf(server.refresh('x'))).toMatchObject({ kind: 'rate_limited', retryAfterSeconds: 7 });
  http.close();
  await sandbox.close();
  expect(await failureOf(server.refresh('x'))).toMatchObject({ kind: 'unavailable' });
});

test('a public app signs people in without a secret', async () => {
  const { clientId } = await sandboxApp({ public: true });
  const { serverUrl } = sandbox;
  const server = createRingCentralOAuth({ serverUrl, clientId, redirectUri, clock });
  expect((await server.whoIs((await signIn(server)).accessToken)).extensionNumber).toBe('101');
});

test('an app that issues no refresh tokens gives a pair without one', async () => {
  const app = await sandboxApp({ issuesRefreshTokens: false });
  const server = createRingCentralOAuth({ serverUrl: sandbox.serverUrl, ...app, redirectUri, clock });
  expect(await signIn(server)).not.toHaveProperty('refreshToken');
});

test('an answer with another state is not redeemed', async () => {
  const secrets = newAuthorizationSecrets();
  const answer = await signInAtRingCentral(await ringcentral.authorizationUrl(secrets));
  const other = newAuthorizationSecrets();
  const mixed = ringcentral.redeem(answer.searchParams, { ...secrets, state: other.state });
  expect(await failureOf(mixed)).toMatchObject({ kind: 'unavailable' });
  expect((await ringcentral.redeem(answer.searchParams, secrets)).accessToken).toBeTruthy();
});

test('a code is redeemed with the verifier of its own request only, and once', async () => {
  const secrets = newAuthorizationSecrets();
  const answer = await signInAtRingCentral(await ringcentral.authorizationUrl(secrets));
  const foreign = { ...secrets, codeVerifier: newAuthorizationSecrets().codeVerifier };
  expect(await failureOf(ringcentral.redeem(answer.searchParams, foreign))).toMatchObject({
    kind: 'invalid_grant',
  });
  expect(await failureOf(ringcentral.redeem(answer.searchParams, secrets))).toMatchObject({
    kind: 'invalid_grant',
  });
});

test('a person who declines at RingCentral is told apart from a failure', async () => {
  const secrets = newAuthorizationSecrets();
  const answer = new URLSearchParams({ error: 'access_denied', state: secrets.state });
  await expect(ringcentral.redeem(answer, secrets)).rejects.toThrow(SignInDeclined);
});

test('revoking ends every token of the session', async () => {
  const pair = await signIn();
  await ringcentral.revoke(pair.refreshToken ?? '');
  expect(await failureOf(ringcentral.whoIs(pair.accessToken))).toMatchObject({ kind: 'invalid_grant' });
  expect(await failureOf(ringcentral.refresh(pair.refreshToken ?? ''))).toMatchObject({
    kind: 'invalid_grant',
  });
});

test.each([
  [
    { status: 429, retryAfterSeconds: 30 },
    { kind: 'rate_limited', retryAfterSeconds: 30 },
  ],
  [{ status: 503 }, { kind: 'unavailable' }],
  [{ status: 500 }, { kind: 'unavailable' }],
])('a token endpoint that answers %j says nothing about the sign-in', async (fault, failure) => {
  const pair = await signIn();
  await control.fault({ kind: 'http', pathPattern: '/restapi/oauth/token', times: 1, ...fault });
  expect(await failureOf(ringcentral.refresh(pair.refreshToken ?? ''))).toMatchObject(failure);
  expect((await ringcentral.refresh(pair.refreshToken ?? '')).accessToken).toBeTruthy();
});

test('a server that cannot be reached is unavailable', async () => {
  const pair = await signIn();
  await sandbox.close();
  expect(await failureOf(ringcentral.refresh(pair.refreshToken ?? ''))).toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/^RingCentral cannot be reached \(.+\)\.$/),
  });
});

test('a wrong secret is the mistake of whoever runs the server', async () => {
  const { serverUrl, clientId } = sandbox;
  const server = createRingCentralOAuth({ serverUrl, clientId, clientSecret: 'no', redirectUri, clock });
  const failure = await failureOf(signIn(server));
  expect(failure).toMatchObject({ kind: 'misconfigured', message: expect.stringContaining('OAU-140') });
});

test('an app without Read Accounts cannot tell who signed in, and says so', async () => {
  const app = await sandboxApp({ scopes: ['CallControl'] });
  const server = createRingCentralOAuth({ serverUrl: sandbox.serverUrl, ...app, redirectUri, clock });
  const { accessToken } = await signIn(server);
  expect(await failureOf(server.whoIs(accessToken))).toMatchObject({
    kind: 'misconfigured',
    message: expect.stringContaining('Read Accounts'),
  });
});

test('no failure repeats a token', async () => {
  const pair = await signIn();
  await ringcentral.revoke(pair.accessToken);
  const failure = await failureOf(ringcentral.refresh(pair.refreshToken ?? ''));
  expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain(pair.refreshToken);
});

/** Another app of the sandbox. */
async function sandboxApp(settings: object): Promise<{ clientId: string; clientSecret?: string }> {
  const response = await fetch(`${sandbox.controlUrl}/logins`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ extensionNumber: '101', ...settings }),
  });
  return (await response.json()) as { clientId: string; clientSecret?: string };
}
