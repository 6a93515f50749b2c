import { describe, expect, it } from 'vitest';
import { type Json, openSandbox } from '../support.ts';
import { officialFeed, officialSdk } from './official.ts';

describe('@ringcentral/sdk', () => {
  it('logs in, calls, refreshes and logs out', async () => {
    const sandbox = await openSandbox();
    const sdk = await officialSdk(sandbox);
    const platform = sdk.platform();
    const extension: Json = await (await platform.get('/restapi/v1.0/account/~/extension/~')).json();
    expect(extension.extensionNumber).toBe('101');
    const before = (await platform.auth().data()).access_token;
    await platform.refresh();
    expect((await platform.auth().data()).access_token).not.toBe(before);
    await platform.get('/restapi/v1.0/account/~');
    await platform.logout();
    const { requests } = (await sandbox.control('GET', '/requests')).body;
    expect(requests.at(-1)).toMatchObject({ path: '/restapi/oauth/revoke', status: 200 });
  });

  it('logs in as a public app', async () => {
    const sandbox = await openSandbox();
    const login = { extensionNumber: '102', public: true };
    const { body } = await sandbox.control('POST', '/logins', login);
    expect(body).not.toHaveProperty('clientSecret');
    const sdk = await officialSdk(sandbox, body);
    const extension: Json = await (await sdk.platform().get('/restapi/v1.0/account/~/extension/~')).json();
    expect(extension.extensionNumber).toBe('102');
  });

  it('refreshes by itself after a 401, and asks for the shortest token then', async () => {
    const sandbox = await openSandbox();
    const sdk = await officialSdk(sandbox);
    await sandbox.fault({ kind: 'expire-access-token' });
    await sdk.platform().get('/restapi/v1.0/account/~');
    expect((await sdk.platform().auth().data()).expires_in).toBe(600);
  });

  it('shows the platform’s words for an error', async () => {
    const sandbox = await openSandbox();
    const sdk = await officialSdk(sandbox);
    const failure: Json = await sdk
      .platform()
      .get('/restapi/v1.0/account/~/telephony/sessions/s-nobody')
      .catch((error: Error) => error);
    expect(failure.message).toContain('telephonySessionId');
    expect(failure.response.status).toBe(404);
  });

  it('reads Retry-After of a 429', async () => {
    const sandbox = await openSandbox({ rateLimits: { heavy: 1 } });
    const sdk = await officialSdk(sandbox);
    await sdk.platform().get('/restapi/v1.0/account/~/presence');
    const failure: Json = await sdk
      .platform()
      .get('/restapi/v1.0/account/~/presence')
      .catch((error: Error) => error);
    expect(failure.retryAfter).toBe(60_000);
  });
});

describe('@ringcentral/subscriptions', () => {
  const ACCOUNT = '/account/~/telephony/sessions';

  it('subscribes and receives', async () => {
    const sandbox = await openSandbox();
    const feed = await officialFeed(await officialSdk(sandbox), [ACCOUNT]);
    expect(feed.registration.subscriptionInfo.status).toBe('Active');
    const sessionId = await sandbox.ringingCall('101');
    const ringing = await feed.received(({ body }) => body.parties[0].status.code === 'Proceeding');
    expect(ringing.body.telephonySessionId).toBe(sessionId);
  });

  it('renews and revokes its subscription over the socket', async () => {
    const sandbox = await openSandbox();
    const feed = await officialFeed(await officialSdk(sandbox), [ACCOUNT]);
    await feed.registration.refresh();
    expect((await sandbox.state()).subscriptions).toHaveLength(1);
    await feed.registration.revoke();
    expect((await sandbox.state()).subscriptions).toEqual([]);
  });

  it('recovers on its own after a loss', async () => {
    const sandbox = await openSandbox();
    const feed = await officialFeed(await officialSdk(sandbox), [ACCOUNT]);
    const { wse } = feed.registration;
    // It would reuse the single-use token for the rest of its 30 seconds (platform.md 11.2).
    wse.wsTokenExpiresAt = 0;
    const recovered = new Promise((resolve) => wse.eventEmitter.once('autoRecoverSuccess', resolve));
    await sandbox.fault({ kind: 'ws-close' });
    await recovered;
    expect(wse.connectionDetails.recoveryState).toBe('Successful');
    await sandbox.ringingCall('101');
    await feed.received(({ body }) => body.parties[0].status.code === 'Proceeding');
  });

  it('rejects when the app may not open WebSockets', async () => {
    const sandbox = await openSandbox();
    const { body } = await sandbox.control('POST', '/logins', {
      extensionNumber: '102',
      scopes: ['CallControl'],
    });
    const sdk = await officialSdk(sandbox, body);
    const failure: Json = await sdk
      .platform()
      .post('/restapi/oauth/wstoken')
      .catch((error: Error) => error);
    expect(failure.response.status).toBe(403);
  });
});
