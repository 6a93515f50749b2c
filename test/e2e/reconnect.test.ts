import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOwnPage } from '../team/support/own-page.ts';
import { type Agent, clientKinds, connect } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type SignInServer, startSignInServer } from './support/sign-in-server.ts';

let served: SignInServer;
let url: string;
let page: string;
let control: Control;
let open: SignInServer['open'];
let signedIn: SignInServer['signedIn'];

beforeAll(async () => {
  served = await startSignInServer({ account: { rateLimits: 'off' } });
  ({ url, control, open, signedIn } = served);
  page = `${new URL(url).origin}/me`;
});
afterAll(() => served.close());

/** RingCentral ends the sign-in of this person, and lets them sign in again. */
async function endAtRingCentral(extensionNumber: string): Promise<void> {
  await control.patch(`/extensions/${extensionNumber}`, { status: 'Disabled' });
  await control.patch(`/extensions/${extensionNumber}`, { status: 'Enabled' });
}
const isDone = ({ isError }: Awaited<ReturnType<Agent['call']>>) => !isError;

describe.each(clientKinds)('a sign-in that has ended under the %s', (kind) => {
  it('is told with the page, and goes on without a new consent once the person has signed in there', async () => {
    const { agent, provider, browser } = await signedIn(kind, { url, extensionNumber: '102' });
    await endAtRingCentral('102');
    const { isError, content, structuredContent } = await agent.call('list_devices');
    expect(isError).toBe(true);
    expect(structuredContent?.error).toMatchObject({ kind: 'forbidden', reason: 'needs_login', url: page });
    expect(content[0]?.text).toContain(`The person does that at ${page};`);
    await openOwnPage(browser, '102');
    const again = await connect(kind, { http: url, authProvider: provider });
    open.push(again);
    expect(isDone(await again.call('list_devices'))).toBe(true);
    expect(provider.sentTo).toBeUndefined();
  });

  it('is an honest 401 after that, until then: the host sends the person to sign in', async () => {
    const { agent, provider } = await signedIn(kind, { url, extensionNumber: '103' });
    await endAtRingCentral('103');
    expect(isDone(await agent.call('list_devices'))).toBe(false);
    await expect(connect(kind, { http: url, authProvider: provider })).rejects.toThrow();
    expect(provider.sentTo?.pathname).toBe('/oauth/authorize');
  });
});

describe('a host that opens pages', () => {
  it('of 2025-11-25 is asked to by an error, -32042, with the page and nothing secret in its address', async () => {
    const { provider } = await signedIn('v2 client, 2025', { url, extensionNumber: '102' });
    const reach = { http: url, authProvider: provider };
    const agent = await connect('v2 client, 2025', reach, { opens: async () => ({ action: 'cancel' }) });
    open.push(agent);
    await endAtRingCentral('102');
    const refused = await agent.call('list_devices').catch((error) => error);
    expect(refused).toMatchObject({
      code: -32042,
      data: { elicitations: [{ mode: 'url', url: page, elicitationId: expect.any(String) }] },
    });
    expect(refused.message).toContain(page);
  });

  it('of 2026-07-28 opens it in the middle of the call, which then goes on', async () => {
    const kind = 'v2 client, 2026-07-28';
    const { provider, browser } = await signedIn(kind, { url, extensionNumber: '103' });
    const opened: string[] = [];
    const agent = await connect(
      kind,
      { http: url, authProvider: provider },
      {
        async opens(address) {
          opened.push(address);
          await openOwnPage(browser, '103');
          return { action: 'accept', content: {} };
        },
      },
    );
    open.push(agent);
    await endAtRingCentral('103');
    expect(isDone(await agent.call('list_devices'))).toBe(true);
    expect(opened).toEqual([page]);
    expect(provider.sentTo).toBeUndefined();
  });

  it('gets nothing of this person where somebody else signs in there', async () => {
    const kind = 'v2 client, 2026-07-28';
    const { provider } = await signedIn(kind, { url, extensionNumber: '103' });
    const carol = await signedIn(kind, { url, extensionNumber: '102' });
    const agent = await connect(
      kind,
      { http: url, authProvider: provider },
      {
        async opens() {
          await openOwnPage(carol.browser, '102');
          return { action: 'accept', content: {} };
        },
      },
    );
    open.push(agent);
    await endAtRingCentral('103');
    await expect(agent.call('list_devices')).rejects.toThrow();
    expect(provider.sentTo?.pathname).toBe('/oauth/authorize');
  });
});
