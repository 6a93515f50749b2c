import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { closing, openSandbox } from '../support.ts';
import { eventViolations, violations } from './contract.ts';

it('every subscription operation', async () => {
  const sandbox = await openSandbox();
  const login = await sandbox.login();
  const body = {
    eventFilters: ['/restapi/v1.0/account/~/presence'],
    deliveryMode: { transportType: 'WebHook', address: await webhook() },
  };
  const created = await login.post('/subscription', body);
  const path = `/subscription/${created.body.id}`;
  const replies = {
    createSubscription: created,
    readSubscription: await login.get(path),
    updateSubscription: await login.api('PUT', path, { eventFilters: body.eventFilters }),
    renewSubscription: await login.post(`${path}/renew`),
    listSubscriptions: await login.get('/subscription'),
    deleteSubscription: await login.api('DELETE', path),
  };
  for (const [operationId, reply] of Object.entries(replies)) {
    expect(reply.status).toBeLessThan(300);
    expect([operationId, ...violations(operationId, reply.status, reply.body)]).toEqual([operationId]);
  }
});

it.each([
  ['AccountTelephonySessionsEvent', '/account/~/telephony/sessions?sipData=true'],
  [
    'DetailedExtensionPresenceEvent',
    '/account/~/extension/~/presence?detailedTelephonyState=true&sipData=true',
  ],
])('every notification of a busy minute is a %s', async (schema, filter) => {
  const sandbox = await openSandbox();
  const login = await sandbox.login();
  const gateway = await login.gateway();
  await gateway.subscribe(filter);
  const talk = await sandbox.connectedCall();
  await sandbox.act(talk, '101', 'hold');
  await sandbox.act(talk, '101', 'unhold');
  await sandbox.dial({ phoneNumber: '+14155550199' }, { extensionNumber: '200' });
  await sandbox.dial({ phoneNumber: '+14155550198' }, { phoneNumber: '+12055550100' });
  await sandbox.dial({ extensionNumber: '101' }, { phoneNumber: '+14155550197' });
  const { id } = await sandbox.partyOf(talk, '101');
  const party = `/account/~/telephony/sessions/${talk}/parties/${id}`;
  await login.post(`${party}/recordings`);
  const { body } = await login.post(`${party}/park`);
  await sandbox.dial({ extensionNumber: '102' }, { phoneNumber: body.park.id });
  await sandbox.advance(60_000);
  const envelopes = await gateway.notifications();
  expect(envelopes.length).toBeGreaterThan(10);
  expect([...new Set(envelopes.flatMap((envelope) => eventViolations(schema, envelope)))]).toEqual([]);
});

async function webhook(): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('Validation-Token', request.headers['validation-token'] ?? '');
    response.setHeader('Content-Type', 'application/json');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
