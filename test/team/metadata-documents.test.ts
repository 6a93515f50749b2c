import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetadataFetch } from '../../src/team/metadata-fetch.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';
import { answerConsent, appOf, appRedirect, startTeamBed, type TeamBed } from './support/team-bed.ts';

const tls = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8');
const certificate = { key: tls('key'), cert: tls('cert') };

let site: Server;
/** How the site answers, and how often it was asked. */
let answer: RequestListener;
let asked: number;
let clientId: string;
let bed: TeamBed;

beforeEach(async () => {
  asked = 0;
  site = createServer(certificate, (request, response) => {
    asked += 1;
    answer(request, response);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  clientId = `https://platform.test:${(site.address() as AddressInfo).port}/client.json`;
  answer = publish();
  bed = await startTeamBed({
    fetchMetadata: createMetadataFetch({
      isAllowed: (address) => address === '127.0.0.1',
      resolve: async () => ['127.0.0.1'],
      ca: certificate.cert,
      timeoutMs: 500,
    }),
  });
});
afterEach(async () => {
  await bed.close();
  site.closeAllConnections();
  site.close();
});

const publish =
  (changed: object = {}, status = 200): RequestListener =>
  (_, response) => {
    const document = { client_id: clientId, client_name: 'Published host', redirect_uris: [appRedirect] };
    const metadata = { ...document, token_endpoint_auth_method: 'none', ...changed };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
  };

const open = async (id = clientId) => {
  const browser = bed.browser();
  const app = appOf(bed.url, id);
  return { browser, app, page: await browser.open(await app.authorizeUrl()) };
};

// MCP "Client ID Metadata Documents"
test('an app that publishes what it is connects without registration, and its host is named', async () => {
  const { browser, app, page } = await open();
  expect(page.status).toBe(200);
  expect(page.body).toContain('Let Published host use your phone?');
  expect(page.body).toContain(`published by <strong>${new URL(clientId).host}</strong>`);
  const away = await answerConsent(browser, page, 'yes');
  const done = await browser.open(await signInAtRingCentral(away.url));
  const tokens = await app.redeem(done.url.searchParams.get('code') ?? '');
  expect(await bed.team.verifyToken(tokens.access_token)).toMatchObject({ scopes: expect.any(Set) });
  expect((await app.refresh(tokens.refresh_token)).status).toBe(200);
  expect(asked).toBe(1);
});

test('two of one host are asked about apart', async () => {
  await open();
  answer = publish({ client_id: `${clientId}?2` });
  const { page } = await open(`${clientId}?2`);
  expect(page.status).toBe(200);
  expect(asked).toBe(2);
});

// MCP "Client ID Metadata Documents": id, structure and redirects are validated; "Communication Security"
test.each<[string, () => RequestListener]>([
  ['is not there', () => publish({}, 404)],
  ['redirects', () => (_, response) => void response.writeHead(302, { location: clientId }).end()],
  ['is huge', () => publish({ client_name: 'x'.repeat(100_000) })],
  ['is larger than five kilobytes', () => publish({ client_name: 'x'.repeat(6_000) })],
  ['is slow', () => () => {}],
  ['lacks its redirects', () => publish({ redirect_uris: undefined })],
  ['is no JSON', () => (_, response) => void response.end('hello')],
  ['is no object', () => (_, response) => void response.end('[]')],
  ['is another app’s', () => publish({ client_id: 'https://platform.test/other.json' })],
  ['has a secret', () => publish({ client_secret: 'x' })],
  ['wants to be known by a secret', () => publish({ token_endpoint_auth_method: 'client_secret_post' })],
  [
    'has a redirect by http to elsewhere',
    () => publish({ application_type: 'web', redirect_uris: [appRedirect, 'http://host.example/callback'] }),
  ],
  ['has another redirect', () => publish({ redirect_uris: ['https://other.example/callback'] })],
])('a document that %s is refused with a page', async (_, answerOf) => {
  answer = answerOf();
  const { page } = await open();
  expect(page.status).toBe(400);
  expect(page.url.origin).toBe(bed.url);
  expect(page.body).toContain('Sign-in did not work');
});

// MCP "Authorization Server Abuse Protection"; "Security Best Practices", SSRF Against Authorization Servers
test.each([
  'https://127.0.0.1/client.json',
  'https://[::1]/client.json',
  'https://10.0.0.1/client.json',
  'https://169.254.169.254/latest/meta-data',
  'https://localhost/client.json',
  'http://platform.test/client.json',
  'https://user:secret@platform.test/client.json',
  'https://platform.test/a/../client.json',
])('an address like %s is not fetched', async (id) => {
  const guarded = await startTeamBed();
  const page = await guarded.browser().open(await appOf(guarded.url, id).authorizeUrl());
  expect(page.status).toBe(400);
  await guarded.close();
});
