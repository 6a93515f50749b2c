import { expect, it } from 'vitest';
import { type Login, openSandbox } from '../support.ts';
import { operations, violations } from './contract.ts';

/** Every look-up in a world with a live call in it, recorded and on hold. */
it.each<[string, (login: Login) => { query?: string; body?: unknown; parameters?: Record<string, string> }]>([
  ['listExtensionActiveCalls', () => ({})],
  ['listCompanyActiveCalls', () => ({})],
  ['searchDirectoryEntries', () => ({ body: { searchString: 'a' } })],
  ['listDirectoryEntries', () => ({})],
  ['readUserPresenceStatus', () => ({})],
  ['readUserPresenceStatus', () => ({ query: 'detailedTelephonyState=true&sipData=true' })],
  ['readAccountPresence', () => ({ query: 'detailedTelephonyState=true&sipData=true' })],
  ['readCallQueuePresence', () => ({ parameters: { groupId: '37439520' } })],
  ['readExtensionCallQueuePresence', () => ({})],
  ['checkUserPermission', () => ({ query: 'permissionId=ReadExtensions' })],
  ['listForwardingNumbers', () => ({})],
  ['listExtensionPhoneNumbers', () => ({})],
  ['readExtension', () => ({})],
  ['readAccountInfo', () => ({})],
  ['listExtensions', () => ({ query: 'perPage=2&page=2' })],
  ['listCallQueues', () => ({})],
  ['listCallQueueMembers', () => ({ parameters: { groupId: '37439520' } })],
  ['listCallMonitoringGroups', () => ({})],
  ['listCallMonitoringGroupMembers', () => ({ parameters: { groupId: '3001' } })],
  ['listExtensionDevices', () => ({})],
  ['readDevice', () => ({ parameters: { deviceId: '60101001' } })],
  ['listCallFlipNumbers', () => ({})],
  ['listSubscriptions', () => ({})],
])('%s', async (operationId, request) => {
  const sandbox = await openSandbox();
  const login = await sandbox.login();
  const gateway = await login.gateway();
  await gateway.subscribe('/account/~/telephony/sessions');
  await sandbox.connectedCall();
  await sandbox.dial({ extensionNumber: '102' }, { extensionNumber: '101' });
  await sandbox.advance(15_000);
  const { query, body, parameters = {} } = request(login);
  const operation = operations.get(operationId);
  const path = operation?.path.replace(/\{(\w+)\}/g, (_, name) => parameters[name] ?? '~');
  const reply = await login.api(operation?.method ?? '', `${path}${query ? `?${query}` : ''}`, body);
  expect(reply.status).toBe(200);
  expect(violations(operationId, reply.status, reply.body)).toEqual([]);
});
