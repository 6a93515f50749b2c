import { describe, expect, it } from 'vitest';
import { type Json, openSandbox, story } from '../support.ts';

const ACCOUNT = '/account/~/telephony/sessions';
const OWN = '/account/~/extension/~/telephony/sessions';

describe('the envelope', () => {
  it('carries one party, with the URI of the party’s own level', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    const subscription = await gateway.subscribe(ACCOUNT);
    await sandbox.ringingCall('101');
    const envelopes = await gateway.notifications();
    expect(envelopes.length).toBeGreaterThan(2);
    for (const envelope of envelopes) {
      expect(envelope).toMatchObject({
        uuid: expect.stringMatching(/^[\da-f]{8}-/),
        timestamp: expect.any(String),
        subscriptionId: subscription.id,
        ownerId: login.token.owner_id,
      });
      const { parties } = envelope.body;
      expect(parties).toHaveLength(1);
      const level = parties[0].extensionId ? `/extension/${parties[0].extensionId}` : '';
      expect(envelope.event).toBe(`/restapi/v1.0/account/${login.token.owner_id}${level}/telephony/sessions`);
      expect(parties[0]).not.toHaveProperty('sipData');
    }
    expect(new Set(envelopes.map(({ uuid }) => uuid)).size).toBe(envelopes.length);
    const frames = gateway.frames.filter(([meta]) => meta.type === 'ServerNotification');
    for (const [meta, body] of frames) {
      expect(meta).toMatchObject({ status: 200, messageId: body.uuid, wsc: expect.anything() });
    }
  });
});

describe('filters', () => {
  it('at extension level bring that extension’s parties only', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.subscribe(OWN);
    await sandbox.dial({ extensionNumber: '102' }, { extensionNumber: '101' });
    await sandbox.ringingCall('103');
    const owners = (await gateway.notifications()).map(({ body }) => body.parties[0].extensionId);
    expect(new Set(owners)).toEqual(new Set([login.token.owner_id]));
  });

  it.each<[string, (party: Json) => boolean]>([
    ['direction=Inbound', ({ direction }) => direction === 'Inbound'],
    ['statusCode=Proceeding', ({ status }) => status.code === 'Proceeding'],
    [
      'phoneNumber=+14155550123',
      ({ from, to }) => [from.phoneNumber, to.phoneNumber].includes('+14155550123'),
    ],
    ['missedCall=true', ({ missedCall }) => missedCall],
    ['sipData=true', ({ sipData, extensionId }) => extensionId === undefined || sipData.callId !== undefined],
  ])('with %s let through what fits', async (query, fits) => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.subscribe(`${ACCOUNT}?${query}`);
    const sessionId = await sandbox.ringingCall('101');
    await sandbox.dial({ extensionNumber: '102' }, { extensionNumber: '103' });
    await sandbox.act(sessionId, undefined, 'hangup');
    const parties = (await gateway.notifications()).map(({ body }) => body.parties[0]);
    expect(parties.length).toBeGreaterThan(0);
    expect(parties.filter((party) => !fits(party))).toEqual([]);
  });

  it('are shown with ids in place of ~', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    const { eventFilters } = await gateway.subscribe(OWN, '/account/~/extension/~/presence?sipData=true');
    const id = login.token.owner_id;
    expect(eventFilters).toEqual([
      `/restapi/v1.0/account/${id}/extension/${id}/telephony/sessions`,
      `/restapi/v1.0/account/${id}/extension/${id}/presence?sipData=true`,
    ]);
  });

  it.each([
    ['nonsense', '/nothing', 'SUB-508', 400],
    ['another account', '/account/1/telephony/sessions', 'SUB-406', 403],
    ['an unknown extension', '/account/~/extension/1/presence', 'SUB-406', 403],
  ])('are refused: %s', async (_, filter, errorCode, status) => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const [meta, body] = await gateway.request('POST', '/subscription', {
      eventFilters: [`/restapi/v1.0${filter}`],
      deliveryMode: { transportType: 'WebSocket' },
    });
    expect(meta.status).toBe(status);
    expect(body.errors[0].errorCode).toBe(errorCode);
  });

  it('for missed calls of a colleague are refused', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const colleague = (await sandbox.state()).extensions[1].id;
    const [, body] = await gateway.request('POST', '/subscription', {
      eventFilters: [`/restapi/v1.0/account/~/extension/${colleague}/telephony/sessions?missedCall=true`],
      deliveryMode: { transportType: 'WebSocket' },
    });
    expect(body.errors[0].errorCode).toBe('SUB-527');
  });

  it('without the app’s permission are disabled, or refused when nothing is left', async () => {
    const sandbox = await openSandbox();
    const gateway = await (
      await sandbox.loginAs('102', ['WebSocketsSubscription', 'ReadPresence'])
    ).gateway();
    const subscription = await gateway.subscribe(OWN, '/account/~/extension/~/presence');
    expect(subscription.disabledFilters).toMatchObject([{ reason: 'CMN-401' }]);
    await expect(gateway.subscribe(OWN)).rejects.toThrow('CallControl');
  });
});

describe('presence', () => {
  it('is sent with its query, and without calls unless detailed', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const [plain, detailed] = [await login.gateway(), await login.gateway()];
    const filter = '/account/~/extension/~/presence';
    await plain.subscribe(filter);
    await detailed.subscribe(filter, `${filter}?detailedTelephonyState=true`);
    await sandbox.ringingCall('101');
    const id = login.token.owner_id;
    const uri = `/restapi/v1.0/account/${id}/extension/${id}/presence`;
    const [short] = await plain.notifications();
    expect(short.event).toBe(uri);
    expect(short.body.telephonyStatus).toBe('Ringing');
    expect(short.body).not.toHaveProperty('activeCalls');
    const long = await detailed.notifications();
    expect(new Set(long.map(({ event }) => event))).toEqual(new Set([`${uri}?detailedTelephonyState=true`]));
    expect(long[0].body.activeCalls[0]).toMatchObject({ telephonyStatus: 'Ringing', from: '+14155550123' });
    expect(long[0].body.activeCalls[0]).not.toHaveProperty('sipData');
  });

  it('follows do-not-disturb', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.subscribe('/account/~/presence');
    await sandbox.control('PATCH', '/extensions/102', { dndStatus: 'DoNotAcceptAnyCalls' });
    const [{ body }] = await gateway.notifications();
    expect(body.dndStatus).toBe('DoNotAcceptAnyCalls');
  });
});

describe('presence in a queue', () => {
  it('tells which member takes its calls now, to those who watch that queue', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const [account, queue, bob] = [login.token.owner_id, '37439520', '37439511'];
    const gateway = await login.gateway();
    await gateway.subscribe(`/account/~/call-queues/${queue}/presence`);
    for (const acceptCallQueueCalls of [false, true]) {
      await sandbox.control('PATCH', '/extensions/102', { acceptCallQueueCalls });
    }
    const envelopes = await gateway.notifications();
    expect(envelopes.map(({ event }) => event)).toEqual(
      Array(2).fill(`/restapi/v1.0/account/${account}/call-queues/${queue}/presence`),
    );
    expect(envelopes.map(({ body }) => body)).toEqual([
      { records: [{ member: { id: bob }, acceptCurrentQueueCalls: false }] },
      { records: [{ member: { id: bob }, acceptCurrentQueueCalls: true }] },
    ]);
  });

  it('is told neither of calls, nor without a change, nor of who is no member', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.subscribe('/account/~/call-queues/37439520/presence');
    await sandbox.connectedCall('102');
    await sandbox.control('PATCH', '/extensions/102', { acceptCallQueueCalls: true });
    await sandbox.control('PATCH', '/extensions/102', { dndStatus: 'DoNotAcceptAnyCalls' });
    await sandbox.control('PATCH', '/extensions/104', { acceptCallQueueCalls: false });
    expect(await gateway.notifications()).toEqual([]);
  });
});

describe('subscriptions', () => {
  it('answer with what they are, and their id in a header', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const [meta, body] = await gateway.request('POST', '/subscription/', {
      eventFilters: [`/restapi/v1.0${OWN}`],
      deliveryMode: { transportType: 'WebSocket' },
    });
    expect(meta).toMatchObject({ status: 200, headers: { 'WSG-SubscriptionId': body.id } });
    expect(body).toMatchObject({
      expiresIn: 86_399,
      status: 'Active',
      deliveryMode: { transportType: 'WebSocket', encryption: false },
    });
  });

  it('replace the one before on the same connection', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.subscribe('/account/~/presence');
    const second = await gateway.subscribe(OWN);
    const { records } = (await login.get('/subscription')).body;
    expect(records.map(({ id }: Json) => id)).toEqual([second.id]);
  });

  it('change their filters over the socket only', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    const { id } = await gateway.subscribe('/account/~/presence');
    const eventFilters = [`/restapi/v1.0${ACCOUNT}`];
    expect((await login.api('PUT', `/subscription/${id}`, { eventFilters })).status).toBe(400);
    const [, changed] = await gateway.request('PUT', `/subscription/${id}`, { eventFilters });
    expect(changed.eventFilters[0]).toContain('/telephony/sessions');
    await sandbox.ringingCall('101');
    expect(story(await gateway.notifications()).length).toBeGreaterThan(0);
  });

  it('end when deleted', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const { id } = await gateway.subscribe(ACCOUNT);
    const [meta] = await gateway.request('DELETE', `/subscription/${id}`);
    expect(meta.status).toBe(204);
    await sandbox.ringingCall('101');
    expect(await gateway.notifications()).toEqual([]);
    const [unknown] = await gateway.request('GET', `/subscription/${id}`);
    expect(unknown.status).toBe(404);
  });

  it('are at most thirty for a user and app', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    for (let count = 0; count < 30; count++) await (await login.gateway()).subscribe(OWN);
    await expect((await login.gateway()).subscribe(OWN)).rejects.toThrow('SUB-505');
  });

  it('belong to a connection: over HTTP there is none for WebSocket', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { status } = await login.post('/subscription', {
      eventFilters: [`/restapi/v1.0${OWN}`],
      deliveryMode: { transportType: 'WebSocket' },
    });
    expect(status).toBe(400);
  });
});
