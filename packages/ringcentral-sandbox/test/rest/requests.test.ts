import { describe, expect, it } from 'vitest';
import { openSandbox } from '../support.ts';

describe('a request', () => {
  it('with ids instead of ~ is the same', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const id = login.token.owner_id;
    const byId = await login.get(`/account/${id}/extension/${id}`);
    expect(byId.body).toEqual((await login.get('/account/~/extension/~')).body);
  });

  it.each([
    ['an unknown path', 'GET', '/nothing', 404, 'CMN-120'],
    ['a method that there is not', 'DELETE', '/account/~', 404, 'CMN-120'],
    ['another account', 'GET', '/account/1', 404, 'CMN-102'],
    ['an unknown extension', 'GET', '/account/~/extension/1', 404, 'CMN-102'],
    ['an unknown session', 'GET', '/account/~/telephony/sessions/s-1', 404, 'CMN-102'],
    ['an unknown device', 'GET', '/account/~/device/1', 404, 'CMN-102'],
    ['an unknown queue', 'GET', '/account/~/call-queues/1/members', 404, 'CMN-102'],
    ['an unknown recording', 'GET', '/account/~/recording/1', 404, 'CMN-102'],
    ['an unknown subscription', 'GET', '/subscription/1', 404, 'CMN-120'],
    ['a page that is none', 'GET', '/account/~/extension?page=0', 400, 'CMN-101'],
    [
      'a park location’s forwarding numbers',
      'GET',
      '/account/~/extension/37439530/forwarding-number',
      403,
      'CMN-403',
    ],
  ])('for %s is refused', async (_, method, path, status, errorCode) => {
    const sandbox = await openSandbox();
    const reply = await (await sandbox.login()).api(method, path);
    expect([reply.status, reply.body.errors[0].errorCode]).toEqual([status, errorCode]);
    expect(reply.headers.get('RCRequestId')).toBeTruthy();
  });

  it.each<[string, string, string, number, string]>([
    ['that is no JSON', '{"muted":', 'application/json', 400, 'CMN-103'],
    ['that is no object', '[1]', 'application/json', 400, 'CMN-103'],
    ['of another type', 'muted=true', 'application/x-www-form-urlencoded', 400, 'CMN-407'],
  ])('with a body %s is refused', async (_, body, type, status, errorCode) => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const reply = await sandbox.fetch('/restapi/v1.0/account/~/telephony/call-out', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token.access_token}`, 'Content-Type': type },
      body,
    });
    expect([reply.status, reply.body.errors[0].errorCode]).toEqual([status, errorCode]);
  });

  it('with an empty body of type JSON is fine', async () => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const reply = await sandbox.fetch('/restapi/v1.0/account/~/telephony/conference', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token.access_token}`, 'Content-Type': 'application/json' },
    });
    expect(reply.status).toBe(201);
  });
});

describe('a colleague’s', () => {
  it.each([
    ['presence is anybody’s', '/account/~/extension/37439510/presence', 200, undefined],
    ['devices are the administrator’s', '/account/~/extension/37439510/device', 403, 'CMN-419'],
    ['active calls too', '/account/~/extension/37439510/active-calls', 403, 'CMN-419'],
    ['account-wide active calls too', '/account/~/active-calls', 403, 'CMN-408'],
  ])('%s', async (_, path, status, errorCode) => {
    const sandbox = await openSandbox();
    const asked = await (await sandbox.loginAs('102')).get(path);
    expect([asked.status, asked.body.errors?.[0].errorCode]).toEqual([status, errorCode]);
    expect((await (await sandbox.login()).get(path)).status).toBe(200);
  });
});

describe('lists', () => {
  it('come in pages', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { body } = await login.get('/account/~/extension?perPage=3&page=2');
    expect(body.records).toHaveLength(3);
    expect(body.paging).toEqual({
      page: 2,
      perPage: 3,
      pageStart: 3,
      pageEnd: 5,
      totalPages: 3,
      totalElements: 7,
    });
    const next = new URL(body.navigation.nextPage.uri);
    const { records } = (await login.get(next.pathname + next.search)).body;
    expect(records).toHaveLength(1);
    expect(body.navigation.previousPage.uri).toContain('page=1');
  });

  it('of extensions are filtered', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { records } = (await login.get('/account/~/extension?type=ParkLocation&type=Department')).body;
    expect(records.map(({ type }: { type: string }) => type)).toEqual(['Department', 'ParkLocation']);
  });

  it('of the directory are searched', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const search = async (body: object) =>
      (await login.post('/account/~/directory/entries/search', body)).body.records.map(
        ({ extensionNumber }: { extensionNumber: string }) => extensionNumber,
      );
    expect(await search({ searchString: 'bob' })).toEqual(['102']);
    expect(await search({ searchString: '+12055550103', searchFields: ['phoneNumber'] })).toEqual(['103']);
    expect(await search({ searchString: '', extensionTypes: ['Department'] })).toEqual(['200']);
    expect(await search({ searchString: 'bob', searchFields: ['email'], extensionType: 'IvrMenu' })).toEqual(
      [],
    );
  });
});

describe('reading a session with timestamp and timeout', () => {
  it('waits for the next change', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const sessionId = await sandbox.dial({ phoneNumber: '+14005550123' }, { extensionNumber: '101' });
    const timestamp = (await sandbox.state()).clock;
    const path = `/account/~/telephony/sessions/${sessionId}?timestamp=${timestamp}&timeout=30000`;
    const answer = login.get(path);
    await pending(sandbox);
    await sandbox.act(sessionId, '101', 'answer');
    expect((await answer).body.parties[1].status.code).toBe('Answered');
  });

  it('answers at once when it has changed since', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const timestamp = (await sandbox.state()).clock;
    const sessionId = await sandbox.connectedCall();
    const path = `/account/~/telephony/sessions/${sessionId}?timestamp=${timestamp}&timeout=30000`;
    expect((await login.get(path)).body.parties[1].status.code).toBe('Answered');
  });

  it('answers at once when a delivered event told of a later change', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const timestamp = (await sandbox.state()).clock;
    await sandbox.advance(1000);
    const party = { id: 'p-foreign-1', direction: 'Inbound', status: { code: 'Answered' }, from: {}, to: {} };
    const event = { sequence: 2, telephonySessionId: 's-foreign', parties: [party] };
    await sandbox.control('POST', '/events', { events: [event] });
    const path = `/account/~/telephony/sessions/s-foreign?timestamp=${timestamp}&timeout=30000`;
    expect((await login.get(path)).status).toBe(200);
  });

  it('answers when the time is over', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const sessionId = await sandbox.connectedCall();
    const path = `/account/~/telephony/sessions/${sessionId}?timestamp=2026-01-05T10:00:00Z&timeout=30000`;
    const answer = login.get(path);
    await pending(sandbox);
    await sandbox.advance(30_000);
    expect((await answer).status).toBe(200);
  });

  /** Until the sandbox has a request that it has not answered. */
  async function pending(sandbox: Awaited<ReturnType<typeof openSandbox>>): Promise<void> {
    for (;;) {
      const { requests } = (await sandbox.control('GET', '/requests')).body;
      if (requests.at(-1).status === null) return;
    }
  }
});
