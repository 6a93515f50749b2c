import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { openOwnPage, press } from '../team/support/own-page.ts';
import { type SignInServer, startSignInServer } from './support/sign-in-server.ts';
import type { SignedIn } from './support/signed-in.ts';

const { key, entry } = createKey('ops', ['team:admin']);
let served: SignInServer;
let url: string;
let bob: SignedIn;

beforeAll(async () => {
  served = await startSignInServer({ env: { RC_MCP_KEYS: JSON.stringify([entry]) } });
  ({ url } = served);
  bob = await served.signedIn('v2 client, 2025', { url, extensionNumber: '102' });
});
afterAll(() => served.close());

const send = (method: string, path: string, token: string | undefined = key) =>
  fetch(new URL(path, url), {
    method,
    ...(token !== undefined && token !== '' && { headers: { authorization: `Bearer ${token}` } }),
  });
const people = async () =>
  ((await (await send('GET', '/team/people')).json()) as { people: Record<string, unknown>[] }).people;

it('the operator sees people and how they stand, and nothing of their calls', async () => {
  await bob.agent.call('list_active_calls');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await people()).toEqual([
    {
      ...{ subject: expect.stringMatching(/^rc:\d+:\d+$/), name: 'Bob Brown', extensionNumber: '102' },
      ...{ signedInAt: time, lastUsedAt: time, state: 'active', paused: false, apps: 1 },
    },
  ]);
  const page = await press(bob.browser, await openOwnPage(bob.browser, '102'), 'pause');
  expect(await people()).toMatchObject([{ paused: true }]);
  await press(bob.browser, page, 'resume');
});

it('nobody else sees them or ends anything: no key, a key that is not known, or a person’s own app', async () => {
  const [{ subject } = {}] = await people();
  const revoke = `/team/people/${subject}/revoke`;
  const own = bob.provider.tokens().access_token;
  for (const [method, path] of [
    ['GET', '/team/people'],
    ['POST', revoke],
  ] as const) {
    expect((await send(method, path, '')).status).toBe(401);
    expect((await send(method, path, 'rcmcp_unknown')).status).toBe(401);
    const refused = await send(method, path, own);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="team:admin"');
  }
  expect(await people()).toHaveLength(1);
});

it.each(['rc:1:2', 'rc%3A1%3A2', '%', 'a%2Fb'])('there is nobody called %s to sign out', async (subject) => {
  const answer = await send('POST', `/team/people/${subject}/revoke`);
  expect(answer.status).toBe(404);
  expect(await people()).toHaveLength(1);
});

it('the operator ends a person’s sign-in: their apps are out at once', async () => {
  const [{ subject } = {}] = await people();
  const token = bob.provider.tokens().access_token;
  const ended = await send('POST', `/team/people/${encodeURIComponent(String(subject))}/revoke`);
  expect(ended.status).toBe(204);
  expect(await ended.text()).toBe('');
  expect(await people()).toEqual([]);
  expect((await send('POST', '/mcp', token)).status).toBe(401);
  expect((await bob.browser.open('/me')).body).toContain('Sign in with RingCentral');
  expect((await send('POST', `/team/people/${subject}/revoke`)).status).toBe(404);
});
