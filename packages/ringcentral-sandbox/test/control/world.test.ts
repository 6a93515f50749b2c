import { describe, expect, it } from 'vitest';
import { type Json, OUTSIDE, openSandbox, story } from '../support.ts';

describe('the default world', () => {
  it('is as promised', async () => {
    const sandbox = await openSandbox();
    const state = await sandbox.state();
    expect(state.extensions.map(({ extensionNumber, type }: Json) => `${extensionNumber} ${type}`)).toEqual([
      '101 User',
      '102 User',
      '103 User',
      '104 User',
      '200 Department',
      '300 ParkLocation',
      '400 IvrMenu',
    ]);
    expect(state).toMatchObject({ calls: [], parked: [], recordings: [], subscriptions: [] });
    const login = await sandbox.login();
    expect((await login.get('/account/~')).body.mainNumber).toBe('+12055550100');
    const { records } = (await login.get('/account/~/extension/~/forwarding-number')).body;
    expect(records.map(({ flipNumber }: Json) => flipNumber)).toEqual(['1', '2']);
  });

  it('leads callers of the main number to 101', async () => {
    const sandbox = await openSandbox();
    const sessionId = await sandbox.dial({ phoneNumber: OUTSIDE }, { phoneNumber: '+12055550100' });
    expect((await sandbox.partyOf(sessionId, '101')).status.code).toBe('Proceeding');
  });
});

describe('calls and acts', () => {
  it('a person dials, another answers, holds, and hangs up', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.subscribe('/account/~/telephony/sessions');
    const sessionId = await sandbox.dial({ phoneNumber: OUTSIDE, name: 'Ann' }, { extensionNumber: '102' });
    await sandbox.act(sessionId, '102', 'answer');
    expect((await sandbox.partyOf(sessionId, undefined)).hears).toHaveLength(1);
    await sandbox.act(sessionId, '102', 'hold');
    expect((await sandbox.partyOf(sessionId, '102')).phone).toEqual({ held: true, muted: false });
    await sandbox.act(sessionId, '102', 'hangup');
    const codes = story(await gateway.notifications()).map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(codes).toContain('2 Hold');
    expect(codes.slice(-2).sort()).toEqual(['1 Disconnected', '2 Disconnected']);
  });

  it('the network drops a call', async () => {
    const sandbox = await openSandbox();
    const sessionId = await sandbox.connectedCall();
    expect((await sandbox.control('DELETE', `/calls/${sessionId}`)).status).toBe(204);
    await sandbox.advance(1000);
    const [call] = (await sandbox.state()).calls;
    expect(call.parties.map(({ status }: Json) => status.code)).toEqual(['Disconnected', 'Disconnected']);
    await sandbox.advance(60_000);
    expect((await sandbox.state()).calls).toEqual([]);
  });

  it.each<[string, string, string, object, number, string]>([
    ['nobody', 'POST', '/calls', { from: {}, to: {} }, 400, ''],
    ['a misspelt member', 'POST', '/calls', { form: {}, to: {} }, 400, 'from'],
    ['an unknown act', 'POST', '/calls/s-1/parties/p-1/dance', {}, 404, 'answer, decline'],
    ['an unknown call', 'POST', '/calls/s-1/parties/p-1/answer', {}, 404, ''],
    ['an unknown path', 'POST', '/nothing', {}, 404, '/nothing'],
  ])('says what is wrong with %s', async (_, method, path, body, status, words) => {
    const sandbox = await openSandbox();
    const reply = await sandbox.control(method, path, body);
    expect(reply.status).toBe(status);
    expect(reply.body.error).toContain(words);
  });
});

describe('injected events', () => {
  const event = (sequence: number, code: string, more: object = {}) => ({
    sequence,
    sessionId: '77',
    telephonySessionId: 's-foreign',
    serverId: '10.0.0.1.TAM',
    eventTime: '2026-01-05T09:00:00.000Z',
    origin: { type: 'Call' },
    parties: [{ id: 'p-foreign-1', direction: 'Inbound', status: { code }, from: {}, to: {}, ...more }],
  });

  it('are delivered verbatim and in order, with the same uuid for the same body', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.subscribe('/account/~/telephony/sessions');
    const accountId = login.token.owner_id;
    const bodies = [event(4, 'Answered', { accountId, odd: true }), event(2, 'Setup', { accountId })];
    await sandbox.control('POST', '/events', { events: [...bodies, bodies[0]] });
    const envelopes = await gateway.notifications();
    expect(envelopes.map(({ body }) => body)).toEqual([...bodies, bodies[0]]);
    expect(envelopes[2].uuid).toBe(envelopes[0].uuid);
    expect(envelopes[1].uuid).not.toBe(envelopes[0].uuid);
    expect(envelopes[0].event).toBe(`/restapi/v1.0/account/${accountId}/telephony/sessions`);
  });

  it('make their session readable, merged by sequence', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const extensionId = login.token.owner_id;
    const party = { accountId: extensionId, extensionId };
    const events = [event(5, 'Answered', party), event(3, 'Proceeding', party)];
    await sandbox.control('POST', '/events', { events });
    const { status, body } = await login.get('/account/~/telephony/sessions/s-foreign');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 's-foreign', parties: [{ status: { code: 'Answered' } }] });
  });
});

describe('the end of all calls', () => {
  it('ends each call for everybody, a conference with the calls in it too, and changes nothing else', async () => {
    const sandbox = await openSandbox();
    await sandbox.control('PATCH', '/account', { ringSeconds: 5 });
    const login = await sandbox.login();
    const talking = await sandbox.connectedCall();
    const conference = await login.conference();
    const { id: partyId } = await sandbox.partyOf(talking, '101');
    await login.bringIn(conference, { sessionId: talking, partyId });
    await sandbox.ringingCall('102', '+14155550199');
    expect((await sandbox.control('DELETE', '/calls')).status).toBe(204);
    const { calls } = await sandbox.state();
    expect(calls).toHaveLength(3);
    for (const { parties } of calls) {
      for (const { status } of parties) expect(status.code).toMatch(/Disconnected|Gone/);
    }
    expect((await sandbox.control('PATCH', '/account', {})).body.ringSeconds).toBe(5);
    expect((await sandbox.control('DELETE', '/calls')).status).toBe(204);
  });
});

describe('changes of the world', () => {
  it('ringSeconds: when voicemail takes the call', async () => {
    const sandbox = await openSandbox();
    await sandbox.control('PATCH', '/account', { ringSeconds: 5 });
    const sessionId = await sandbox.ringingCall('101');
    await sandbox.advance(4000);
    expect((await sandbox.partyOf(sessionId, '101')).status.code).toMatch(/voicemail/i);
  });

  it('ringSeconds of the start hold until something else is set, and again after a reset', async () => {
    const sandbox = await openSandbox({ ringSeconds: 60 });
    const rings = async (ms: number) => {
      const sessionId = await sandbox.ringingCall('101');
      await sandbox.advance(ms);
      return (await sandbox.partyOf(sessionId, '101')).status.code;
    };
    expect(await rings(55_000)).toBe('Proceeding');
    await sandbox.control('PATCH', '/account', { ringSeconds: 5 });
    expect(await rings(5000)).toMatch(/voicemail/i);
    await sandbox.control('POST', '/reset');
    expect(await rings(55_000)).toBe('Proceeding');
  });

  it('parkSeconds: when a parked call rings back', async () => {
    const sandbox = await openSandbox();
    await sandbox.control('PATCH', '/account', { parkSeconds: 5 });
    const sessionId = await sandbox.connectedCall();
    await sandbox.act(sessionId, '101', 'park');
    await sandbox.advance(5000);
    expect((await sandbox.partyOf(sessionId, '101')).status.code).toBe('Proceeding');
  });

  it('permissions: a user without one gets CMN-408', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.loginAs('102');
    await sandbox.control('PATCH', '/extensions/102', { permissions: [] });
    const { status, body } = await login.get('/account/~/extension/~/presence');
    expect(status).toBe(403);
    expect(body.errors).toMatchObject([{ errorCode: 'CMN-408', permissionName: 'ReadPresenceStatus' }]);
    const check = await login.get(
      '/account/~/extension/~/authz-profile/check?permissionId=ReadPresenceStatus',
    );
    expect(check.body.successful).toBe(false);
  });

  it('flipNumbers and device status', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.control('PATCH', '/extensions/101', {
      flipNumbers: [{ phoneNumber: '+14155550177', flipNumber: '3', label: 'Boat' }],
    });
    const flip = '/restapi/v2/accounts/~/extensions/~/call-flip-numbers';
    expect((await login.get(flip)).body.records).toMatchObject([{ flipNumber: '3', label: 'Boat' }]);
    const [device] = (await login.get('/account/~/extension/~/device')).body.records;
    await sandbox.control('PATCH', `/devices/${device.id}`, { status: 'Offline' });
    expect((await login.get(`/account/~/device/${device.id}`)).body.status).toBe('Offline');
  });

  it('members of queues, park locations and monitoring groups', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const numbers = async (path: string) =>
      (await login.get(path)).body.records.map(({ extensionNumber }: Json) => extensionNumber);
    const [queue] = (await login.get('/account/~/call-queues')).body.records;
    const [group] = (await login.get('/account/~/call-monitoring-groups')).body.records;
    await sandbox.control('PATCH', '/queues/200', { members: ['104'] });
    expect(await numbers(`/account/~/call-queues/${queue.id}/members`)).toEqual(['104']);
    await sandbox.control('PATCH', `/monitoring-groups/${group.id}`, {
      members: [{ extensionNumber: '104', permissions: ['Monitored'] }],
    });
    expect(await numbers(`/account/~/call-monitoring-groups/${group.id}/members`)).toEqual(['104']);
    expect((await sandbox.control('PATCH', '/park-locations/300', { members: ['103'] })).status).toBe(200);
  });

  it('extensions and paging groups can be added, and a reset takes them back', async () => {
    const sandbox = await openSandbox();
    const numbers = async () =>
      (await sandbox.state()).extensions.map(({ extensionNumber }: Json) => extensionNumber);
    const { status, body } = await sandbox.control('POST', '/extensions', {
      type: 'User',
      extensionNumber: '112',
      firstName: 'Only',
      lastName: 'App',
      phones: ['app'],
    });
    expect([status, body.name, body.directNumber]).toEqual([201, 'Only App', '+12055550112']);
    const login = await sandbox.loginAs('112');
    expect((await login.get('/account/~/extension/~/device')).body.records).toEqual([]);
    await sandbox.control('POST', '/extensions', { type: 'PagingOnly', extensionNumber: '500' });
    expect((await sandbox.control('PATCH', '/paging-groups/500', { members: ['102'] })).status).toBe(200);
    expect(await numbers()).toEqual(expect.arrayContaining(['112', '500']));
    await sandbox.control('POST', '/reset');
    expect(await numbers()).not.toContain('112');
  });

  it.each<[string, string, object, string]>([
    ['PATCH', '/account', { ringSeconds: 1e9 }, 'ringSeconds'],
    ['PATCH', '/account', { adminActsOnOthers: 'yes' }, 'adminActsOnOthers'],
    ['PATCH', '/account', { openCalls: true, peerIds: 'round' }, 'peerIds'],
    ['PATCH', '/account', { permissionErrors: 'loud' }, 'permissionErrors'],
    ['PATCH', '/account', { homeCountryId: '0' }, 'homeCountryId'],
    ['PATCH', '/account', { outsideVoicemailSeconds: 0 }, 'outsideVoicemailSeconds'],
    ['PATCH', '/devices/60101001', { whenCalled: 'explodes' }, 'whenCalled'],
    ['PATCH', '/extensions/101', { delegates: ['101'] }, '101'],
    ['PATCH', '/extensions/101', { delegates: ['200'] }, '200'],
    ['PATCH', '/extensions/101', { ringGroups: [{ seconds: 5, phones: ['60102001'] }] }, '60102001'],
    ['PATCH', '/extensions/101', { ringGroups: [{ seconds: 5, phones: [] }] }, 'ringGroups'],
    ['PATCH', '/extensions/101', { flipNumbers: [{ phoneNumber: 'home', flipNumber: '1' }] }, 'flipNumbers'],
    ['PATCH', '/queues/200', { members: ['101', '101'] }, '101'],
    ['POST', '/extensions', { type: 'User', extensionNumber: '101' }, '101'],
    ['POST', '/extensions', { type: 'User', extensionNumber: '*801' }, 'extensionNumber'],
    ['POST', '/extensions', { type: 'Wizard', extensionNumber: '150' }, 'type'],
    ['POST', '/faults', { kind: 'http', meanwhile: 'dance' }, 'meanwhile'],
    ['POST', '/clock', { advanceMs: 1e15 }, 'advanceMs'],
    ['POST', '/events', { events: [] }, 'events'],
    ['POST', '/events', { events: ['text'] }, 'events'],
    ['POST', '/events', { events: [{}] }, 'telephonySessionId'],
    ['POST', '/events', { events: [{ telephonySessionId: 's-1', parties: 'none' }] }, 'parties'],
    ['POST', '/events', { events: [{ telephonySessionId: 's-1', parties: [7] }] }, 'parties'],
    ['POST', '/calls', { from: { phoneNumber: '1', emergencyCallback: 'yes' }, to: {} }, 'emergencyCallback'],
  ])('%s %s with %j is 400 with words, and changes nothing', async (method, path, body, words) => {
    const sandbox = await openSandbox();
    const truth = async () => ({
      state: await sandbox.state(),
      account: (await sandbox.control('PATCH', '/account', {})).body,
      user: (await sandbox.control('PATCH', '/extensions/101', {})).body,
      queue: (await sandbox.control('PATCH', '/devices/60101001', {})).body,
      faults: (await sandbox.control('GET', '/faults')).body,
    });
    const before = await truth();
    const reply = await sandbox.control(method, path, body);
    expect(reply.status).toBe(400);
    expect(reply.body.error).toContain(words);
    expect(await truth()).toEqual(before);
  });

  it.each([
    ['/extensions/999', { dndStatus: 'TakeAllCalls' }, 404],
    ['/extensions/101', { dndStatus: 'Sometimes' }, 400],
    ['/extensions/101', { nickname: 'Al' }, 400],
    ['/devices/1', { status: 'Online' }, 404],
    ['/queues/101', { members: [] }, 404],
    ['/queues/200', { members: ['999'] }, 404],
    ['/account', { ringSeconds: -1 }, 400],
  ])('refuses PATCH %s %j with %i', async (path, body, status) => {
    const sandbox = await openSandbox();
    expect((await sandbox.control('PATCH', path, body)).status).toBe(status);
  });
});

describe('logins', () => {
  it('gives credentials of any user, with fewer scopes if asked', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.loginAs('103', ['ReadPresence']);
    expect(login.token.scope).toBe('ReadPresence');
    expect((await login.get('/account/~/extension/~/presence')).status).toBe(200);
    expect((await login.get('/account/~/extension/~')).body.errors).toMatchObject([
      { errorCode: 'CMN-401', permissionName: 'ReadAccounts' },
    ]);
  });

  it('is for users', async () => {
    const sandbox = await openSandbox();
    expect((await sandbox.control('POST', '/logins', { extensionNumber: '200' })).status).toBe(404);
    const { body } = await sandbox.control('POST', '/logins', { extensionNumber: '102', scopes: ['Magic'] });
    expect(body.error).toContain('scopes');
  });
});

describe('the log of requests', () => {
  it('has method, path, sender, body and answer, in order, without secrets', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.loginAs('102');
    await login.post('/account/~/telephony/call-out', { from: {} });
    await login.get('/account/~/extension?type=User');
    const { requests, next } = (await sandbox.control('GET', '/requests')).body;
    expect(requests).toMatchObject([
      { seq: 1, method: 'POST', path: '/restapi/oauth/token', status: 200, body: { assertion: '***' } },
      { seq: 2, method: 'POST', status: 400, extensionId: login.token.owner_id, body: { from: {} } },
      { seq: 3, method: 'GET', path: '/restapi/v1.0/account/~/extension', query: 'type=User' },
    ]);
    expect(JSON.stringify(requests)).not.toContain(login.token.access_token);
    expect((await sandbox.control('GET', `/requests?since=${next}`)).body).toEqual({ requests: [], next });
    await login.get('/account/~');
    const later = (await sandbox.control('GET', `/requests?since=${next}`)).body;
    expect(later.requests.map(({ seq }: Json) => seq)).toEqual([next]);
  });
});

describe('clock and reset', () => {
  it('the clock moves only with --manual-clock', async () => {
    const sandbox = await openSandbox({ manualClock: false });
    expect((await sandbox.control('POST', '/clock', { advanceMs: 1 })).status).toBe(409);
    const manual = await openSandbox();
    const before = Date.parse((await manual.state()).clock);
    const { body } = await manual.control('POST', '/clock', { advanceMs: 1500 });
    expect(Date.parse(body.now)).toBe(before + 1500);
  });

  it('reset brings the default world back and keeps who is logged in', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.connectedCall();
    await sandbox.control('PATCH', '/extensions/101', { dndStatus: 'DoNotAcceptAnyCalls' });
    await sandbox.fault({ kind: 'http', status: 500 });
    await sandbox.control('POST', '/reset');
    expect((await sandbox.state()).calls).toEqual([]);
    const { status, body } = await login.get('/account/~/extension/~/presence');
    expect([status, body.dndStatus]).toEqual([200, 'TakeAllCalls']);
  });

  it('the same seed and the same commands give the same events', async () => {
    const runs: Json[] = [];
    for (let run = 0; run < 2; run++) {
      const sandbox = await openSandbox({ seed: 42 });
      const gateway = await (await sandbox.login()).gateway();
      await gateway.subscribe('/account/~/telephony/sessions');
      const sessionId = await sandbox.dial({ phoneNumber: OUTSIDE }, { phoneNumber: '+12055550100' });
      await sandbox.act(sessionId, '101', 'answer');
      await sandbox.act(sessionId, undefined, 'hangup');
      runs.push(await gateway.notifications());
    }
    expect(runs[0].length).toBeGreaterThan(5);
    expect(runs[0]).toEqual(runs[1]);
  });
});
