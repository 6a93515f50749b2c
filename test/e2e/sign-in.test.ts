import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, modern, stream } from '../transports/support/wire.ts';
import { type Agent, clientKinds } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type SignInServer, startSignInServer } from './support/sign-in-server.ts';
import type { SignedIn } from './support/signed-in.ts';

let served: SignInServer;
let url: string;
let control: Control;
let signedIn: SignInServer['signedIn'];

beforeAll(async () => {
  served = await startSignInServer({ account: { ringSeconds: 300, rateLimits: 'off' } });
  ({ url, control, signedIn } = served);
});
afterAll(() => served.close());

// What one test leaves is nobody's call in the next.
afterEach(() => control.endAll());

const ring = (extensionNumber: string, caller: string) =>
  control.dial({ phoneNumber: caller, name: `Caller ${caller}` }, { extensionNumber });
const seen = async (agent: Agent) => {
  const { structuredContent, content } = await agent.call('list_active_calls');
  const calls: { id: string }[] | undefined = structuredContent?.calls;
  return calls?.map(({ id }) => id) ?? content[0]?.text;
};

describe.each(clientKinds)('a host with the %s', (kind) => {
  it('is connected in the browser, and works with the calls of its person alone', async () => {
    const bob = await signedIn(kind, { url, extensionNumber: '102' });
    const carol = await signedIn(kind, { url, extensionNumber: '103' });
    const [bobs, carols] = [await ring('102', '+14155550121'), await ring('103', '+14155550131')];
    await expect.poll(() => seen(bob.agent)).toEqual([bobs]);
    await expect.poll(() => seen(carol.agent)).toEqual([carols]);
    await bob.agent.watch(['ringcentral://telephony/sessions']);
    const { structuredContent } = await bob.agent.call('reject_party', { telephonySessionId: bobs });
    // On a busy machine the event takes longer than the second that the tool waits for it.
    expect(['observed', 'accepted']).toContain(structuredContent?.outcome);
    await expect.poll(() => bob.agent.news.length).toBeGreaterThan(0);
    await Promise.all([bobs, carols].map((id) => control.drop(id).catch(() => {})));
    // What was not ticked is not offered.
    expect((await bob.agent.tools()).map(({ name }) => name)).not.toContain('delete_call_session');
    for (const { agent } of [bob, carol]) await agent.close();
  });
});

describe('what a person has let an app do', () => {
  it('is what its token may do, and no more', async () => {
    const few = await signedIn('v2 client, 2025', { url, extensionNumber: '104', scopes: [] });
    const names = (await few.agent.tools()).map(({ name }) => name);
    expect(names).toContain('list_active_calls');
    for (const tool of ['hold_call_party', 'supervise_call_session', 'delete_call_session'])
      expect(names).not.toContain(tool);
    const all = ['calls:control', 'calls:listen', 'calls:destructive'];
    const more = await signedIn('v2 client, 2026-07-28', { url, extensionNumber: '104', scopes: all });
    const offered = (await more.agent.tools()).map(({ name }) => name);
    for (const tool of ['hold_call_party', 'supervise_call_session', 'delete_call_session'])
      expect(offered).toContain(tool);
  });

  it('ends with the app’s own revocation: sessions, streams and requests, and nothing of another app', async () => {
    const one = await signedIn('v2 client, 2025', { url, extensionNumber: '104', name: 'One' });
    const other = await signedIn('v2 client, 2025', { url, extensionNumber: '104', name: 'Other' });
    const headers = { authorization: `Bearer ${one.provider.tokens().access_token}` };
    const listen = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
    const listening = await stream(url, {
      ...listen,
      method: 'POST',
      headers: { ...listen.headers, ...headers },
    });
    expect(listening.status).toBe(200);
    const base = new URL(url).origin;
    const revoked = await fetch(`${base}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: one.provider.tokens().refresh_token,
        client_id: one.provider.clientInformation().client_id,
      }),
    });
    expect(revoked.status).toBe(200);
    await listening.ended;
    expect((await ask(url, { ...listen, headers: { ...listen.headers, ...headers } })).status).toBe(401);
    expect((await other.agent.call('list_active_calls')).isError).toBeFalsy();
  });
});

describe('an app whose permission ends', () => {
  const revoke = ({ provider }: SignedIn) =>
    fetch(`${new URL(url).origin}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        token: provider.tokens().refresh_token,
        client_id: provider.clientInformation().client_id,
      }),
    });
  const answeredCall = async (extensionNumber: string) => {
    const call = await control.dial({ phoneNumber: '+14155550131' }, { extensionNumber });
    const { id: partyId } = await control.party(call, ({ status }) => status.code === 'Proceeding');
    await control.act(call, partyId, 'answer');
    return { call, partyId };
  };

  it('does nothing by a request that has not come in whole by then', async () => {
    const one = await signedIn('v2 client, 2026-07-28', { url, extensionNumber: '104', name: 'One' });
    await signedIn('v2 client, 2025', { url, extensionNumber: '104', name: 'Other' });
    const { call, partyId } = await answeredCall('104');
    await one.agent.call('list_active_calls');
    const name = 'hold_call_party';
    const { headers, body } = modern('tools/call', { name, arguments: { telephonySessionId: call } });
    const text = JSON.stringify(body);
    const held = request(url, {
      method: 'POST',
      headers: {
        ...headers,
        ...{ 'mcp-name': name, authorization: `Bearer ${one.provider.tokens().access_token}` },
        ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
        'content-length': Buffer.byteLength(text),
        expect: '100-continue',
      },
    });
    const answer = once(held, 'response');
    held.flushHeaders();
    await once(held, 'continue');
    // An answer to a later request with this token: the one above is known to be under way.
    await one.agent.call('list_active_calls');
    held.write(text.slice(0, 10));
    expect((await revoke(one)).status).toBe(200);
    held.end(text.slice(10));
    const [{ statusCode }] = await answer;
    expect(statusCode).toBe(403);
    const { status } = await control.party(call, ({ id }) => id === partyId);
    expect(status.code).toBe('Answered');
    await control.drop(call);
  });

  it.each(['v2 client, 2025', 'v2 client, 2026-07-28'] as const)(
    'has its plans take people back, while another app goes on (%s)',
    async (kind) => {
      const one = await signedIn(kind, { url, extensionNumber: '102', name: 'One' });
      const other = await signedIn('v2 client, 2025', { url, extensionNumber: '102', name: 'Other' });
      const { call, partyId } = await answeredCall('102');
      await one.agent.call('list_active_calls');
      await one.agent.call('consult_and_transfer', { telephonySessionId: call, colleague: '103' });
      await control.party(call, ({ status }) => status.code === 'Hold');
      expect((await revoke(one)).status).toBe(200);
      await control.party(call, ({ id, status }) => id === partyId && status.code === 'Answered');
      expect(await seen(other.agent)).toContain(call);
      await control.drop(call);
    },
  );
});

describe('whoever RingCentral disables', () => {
  it('is out: the token counts no more, and what was open has ended', async () => {
    const { agent, provider } = await signedIn('v2 client, 2025', { url, extensionNumber: '103' });
    expect((await agent.call('list_active_calls')).isError).toBeFalsy();
    const headers = { authorization: `Bearer ${provider.tokens().access_token}` };
    await control.patch('/extensions/103', { status: 'Disabled' });
    const look = () =>
      ask(url, {
        ...modern('tools/call', { name: 'find_extensions', arguments: { search: 'bob' } }),
        headers: { ...modern('tools/call', {}).headers, 'mcp-name': 'find_extensions', ...headers },
      });
    await expect.poll(async () => (await look()).status, { timeout: 20_000 }).toBe(401);
    await control.patch('/extensions/103', { status: 'Enabled' });
    const again = await signedIn('v2 client, 2025', { url, extensionNumber: '103' });
    expect((await again.agent.call('list_active_calls')).isError).toBeFalsy();
  });
});
