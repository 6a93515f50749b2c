import { expect } from 'vitest';
import type { Json } from '../support.ts';
import { called, expectRefused, OUTSIDE, operate, states, talking } from './support.ts';

const numbersOf = ({ records }: Json) => records.map(({ extensionNumber }: Json) => extensionNumber);

states('8', 'documented', 'lists have records, paging and navigation', async ({ login }) => {
  const { body } = await login.get('/account/~/extension?perPage=2');
  expect(body.records).toHaveLength(2);
  expect(body.paging).toMatchObject({ page: 1, perPage: 2, totalElements: 7, totalPages: 4 });
  expect(body.navigation.nextPage.uri).toContain('page=2');
});

states('8.1', 'documented', 'devices: listed ones only, by type and feature', async ({ login, desk }) => {
  const ids = async (query: string) =>
    (await login.get(`/account/~/extension/~/device${query}`)).body.records.map(({ id }: Json) => id);
  expect(await ids('?type=HardPhone')).toEqual([desk]);
  expect(await ids('?feature=Intercom')).toEqual([desk]);
  expect(await ids('?feature=HELD')).toEqual([]);
  expect(await ids('?feature=HELD&feature=Paging')).toEqual([desk]);
});

states(
  '8.1',
  'observed',
  'the id that SIP provisioning gives is not listed, and call-out takes it',
  async (scene) => {
    const { login, sandbox } = scene;
    const { status, body } = await login.post('/client-info/sip-provision', {
      sipInfo: [{ transport: 'WSS' }],
    });
    expect(status).toBe(200);
    expect(body.sipInfo[0]).toMatchObject({
      transport: 'WSS',
      username: expect.any(String),
      domain: expect.any(String),
    });
    const { records } = (await login.get('/account/~/extension/~/device')).body;
    expect(records.map(({ id }: Json) => id)).not.toContain(body.device.id);
    const call = { from: { deviceId: body.device.id }, to: { extensionNumber: '103' } };
    const reply = await login.post('/account/~/telephony/call-out', call);
    expect(reply.status).toBe(201);
    await sandbox.advance(2000);
    expect((await sandbox.partyOf(reply.body.session.id, '103')).status.code).toBe('Proceeding');
    await expectRefused(login.post('/client-info/sip-provision', {}), '400 CMN-101');
  },
);

states('8.2', 'documented', 'flip numbers, and 403 CMN-403 for what is no user', async ({ login }) => {
  const { body } = await login.get('/account/~/extension/~/forwarding-number');
  expect(body.records.map(({ flipNumber }: Json) => flipNumber)).toEqual(['1', '2']);
  const { records } = (await login.get('/account/~/extension?type=Department')).body;
  const queue = await login.get(`/account/~/extension/${records[0].id}/forwarding-number`);
  expect([403]).toContain(queue.status);
});

states('8.3', 'documented', 'one’s own extension with its features; the id is a number', async (scene) => {
  const { body } = await scene.login.get('/account/~/extension/~');
  expect(body).toMatchObject({
    id: Number(scene.extensionId),
    type: 'User',
    account: { id: expect.any(String) },
  });
  expect(body.serviceFeatures).toContainEqual({ featureName: 'CallPark', enabled: true });
});

states(
  '8.7',
  'documented',
  'up to 30 ids with commas between them, for presence and for extensions',
  async (scene) => {
    const { login, extensionId, colleague } = scene;
    for (const path of ['', '/presence']) {
      const { status, body } = await login.get(`/account/~/extension/~,${colleague.extensionId},1${path}`);
      expect(status).toBe(207);
      expect(body.map((one: Json) => one.status)).toEqual([200, 200, 404]);
      expect(JSON.stringify(body[0].body)).toContain(extensionId);
      expect(JSON.stringify(body[1].body)).toContain(colleague.extensionId);
      const many = Array.from({ length: 31 }, () => extensionId).join();
      await expectRefused(login.get(`/account/~/extension/${many}${path}`), '400 CMN-101');
    }
  },
);

states('8.4', 'documented', 'directory search by name, number and type', async ({ login }) => {
  const search = async (body: object) =>
    numbersOf((await login.post('/account/~/directory/entries/search', body)).body);
  expect(await search({ searchString: 'carol' })).toEqual(['103']);
  expect(await search({ searchString: '2055550104', searchFields: ['phoneNumber'] })).toEqual(['104']);
  expect(await search({ extensionType: 'ParkLocation' })).toEqual(['300']);
});

states(
  '8.5',
  'documented',
  'park locations are extensions; their presence has no telephonyStatus',
  async ({ login }) => {
    const { records } = (await login.get('/account/~/extension?type=ParkLocation')).body;
    expect(records.map(({ extensionNumber }: Json) => extensionNumber)).toEqual(['300']);
    const { body } = await login.get(
      `/account/~/extension/${records[0].id}/presence?detailedTelephonyState=true`,
    );
    expect(body).not.toHaveProperty('telephonyStatus');
  },
);

states('8.6', 'documented', 'queues and monitoring groups with their members', async ({ login }) => {
  const [queue] = (await login.get('/account/~/call-queues')).body.records;
  expect(numbersOf((await login.get(`/account/~/call-queues/${queue.id}/members`)).body)).toEqual([
    '101',
    '102',
    '103',
  ]);
  const [group] = (await login.get('/account/~/call-monitoring-groups')).body.records;
  const { records } = (await login.get(`/account/~/call-monitoring-groups/${group.id}/members`)).body;
  expect(records).toContainEqual(
    expect.objectContaining({ extensionNumber: '103', permissions: ['Monitored'] }),
  );
});

states('8.7', 'documented', 'presence has active calls only where they are asked for', async (scene) => {
  const talk = await talking(scene);
  const read = async (query: string) =>
    (await scene.login.get(`/account/~/extension/~/presence${query}`)).body;
  expect(await read('')).not.toHaveProperty('activeCalls');
  expect((await read('?detailedTelephonyState=true')).activeCalls).toMatchObject([
    { telephonySessionId: talk.id, partyId: talk.own, telephonyStatus: 'CallConnected', from: OUTSIDE },
  ]);
});

states(
  '8.7',
  'assumed',
  'a call that rings at a delegate’s says on whose behalf; one of both has it',
  async (scene) => {
    const { sandbox, number, extensionId, login } = scene;
    await sandbox.control('PATCH', '/extensions/104', { delegates: [number] });
    const { extensions } = await sandbox.state();
    const boss = extensions.find((one: Json) => one.extensionNumber === '104').id;
    const id = await sandbox.ringingCall('104');
    const { body } = await login.get('/account/~/extension/~/presence?detailedTelephonyState=true');
    expect(body.activeCalls).toMatchObject([{ telephonySessionId: id, onBehalfOf: boss }]);
    expect((await sandbox.partyOf(id, '104')).rings).toHaveLength(1);
    const own = (await sandbox.partyOf(id, number)).id;
    const answered = await operate(scene, { id, own }, 'answer', { deviceId: scene.desk });
    expect(answered.status).toBe(200);
    await sandbox.advance(1000);
    expect((await sandbox.partyOf(id, number)).extensionId).toBe(extensionId);
    await expect(sandbox.partyOf(id, '104')).rejects.toThrow('no live party');
  },
);

states('8.8', 'observed', 'active calls lag behind; call logs have what has ended', async (scene) => {
  const { login, sandbox, number } = scene;
  const talk = await talking(scene);
  const records = async (list: string) => (await login.get(`/account/~/extension/~/${list}`)).body.records;
  expect(await records('active-calls')).toEqual([]);
  await sandbox.advance(10_000);
  expect(await records('active-calls')).toMatchObject([
    { telephonySessionId: talk.id, result: 'In Progress' },
  ]);
  expect(await records('call-log')).toEqual([]);
  await sandbox.act(talk.id, number, 'hangup');
  const missed = await sandbox.ringingCall(number);
  await sandbox.act(missed, undefined, 'hangup');
  expect(await records('call-log')).toMatchObject([
    { telephonySessionId: missed, result: 'Missed', direction: 'Inbound' },
    { telephonySessionId: talk.id, result: 'Accepted', from: { phoneNumber: OUTSIDE } },
  ]);
  expect(await records('call-log?direction=Outbound')).toEqual([]);
  expect((await login.get('/account/~/extension/~/call-log?dateFrom=yesterday')).status).toBe(400);
});

states('8.8', 'observed', 'the call log of the account is for who has the permission', async (scene) => {
  await called(scene, '103');
  const { status } = await scene.login.get('/account/~/call-log');
  expect(status).toBe(scene.number === '101' ? 200 : 403);
});

states(
  '8.9',
  'documented',
  'a recording can be read some time after the call, if it had 30 s',
  async (scene) => {
    const { login, sandbox, number } = scene;
    const talk = await talking(scene);
    const { id } = (await operate(scene, talk, 'recordings')).body;
    await sandbox.advance(30_000);
    await sandbox.act(talk.id, number, 'hangup');
    await expectRefused(login.get(`/account/~/recording/${id}`), '404 CMN-102');
    await sandbox.advance(60_000);
    const { body } = await login.get(`/account/~/recording/${id}`);
    expect(body).toMatchObject({ id, contentType: expect.stringMatching(/^audio\//), duration: 30 });
  },
);

states('8.10', 'documented', 'numbers, and whether one has a permission', async ({ login, direct }) => {
  const { records } = (await login.get('/account/~/extension/~/phone-number')).body;
  expect(records.map(({ phoneNumber }: Json) => phoneNumber)).toEqual(['+12055550100', direct]);
  const check = async (permissionId: string) =>
    (await login.get(`/account/~/extension/~/authz-profile/check?permissionId=${permissionId}`)).body
      .successful;
  expect([await check('ReadCallLog'), await check('Fly')]).toEqual([true, false]);
});

states('8.10', 'assumed', 'what apps begin with answers', async (scene) => {
  const { login, sandbox, number, direct } = scene;
  const versions = await sandbox.fetch('/restapi');
  expect(versions.body.apiVersions).toMatchObject([{ uriString: 'v1.0' }]);
  expect((await sandbox.fetch('/restapi/v1.0')).status).toBe(200);
  const callerId = (await login.get('/account/~/extension/~/caller-id')).body;
  expect(callerId.byFeature[0].callerId.phoneInfo.phoneNumber).toBe(direct);
  const features = (await login.get('/account/~/extension/~/features?availableOnly=true')).body;
  expect(features.records).toContainEqual({ id: 'CallPark', available: true });
  const profile = (await login.get('/account/~/extension/~/authz-profile')).body;
  const permissions = profile.permissions.map(({ permission }: Json) => permission.id);
  expect(permissions.includes('ReadCompanyCallLog')).toBe(number === '101');
  const company = (await login.get('/account/~/phone-number')).body;
  expect(company.records).toHaveLength(5);
  const parsed = await login.post('/number-parser/parse', {
    originalStrings: ['(205) 555-0103', '911', 'x'],
  });
  expect(parsed.body.phoneNumbers).toMatchObject([
    { e164: '+12055550103' },
    { special: true },
    { special: false },
  ]);
});

states('8.10', 'assumed', 'a RingOut is its user’s: nobody else sees or cancels it', async (scene) => {
  const { login, sandbox } = scene;
  const body = { from: { phoneNumber: scene.direct }, to: { phoneNumber: OUTSIDE } };
  const { id } = (await login.post('/account/~/extension/~/ring-out', body)).body;
  const stranger = await sandbox.loginAs('104');
  const path = `/account/~/extension/~/ring-out/${id}`;
  await expectRefused(stranger.get(path), '404 CMN-102');
  await expectRefused(stranger.api('DELETE', path), '404 CMN-102');
  expect((await login.api('DELETE', path)).status).toBe(204);
});
