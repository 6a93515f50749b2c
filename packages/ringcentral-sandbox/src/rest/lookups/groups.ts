import { apiErrors } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type ApiCall, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';
const QUEUES = `${ACCOUNT}/call-queues`;
const MONITORING = `${ACCOUNT}/call-monitoring-groups`;

/** Call queues and call monitoring groups with their members (platform.md 8.6). */
export const groupRoutes: readonly Route[] = [
  readsExtensions(QUEUES, 'medium', listQueues),
  readsExtensions(`${QUEUES}/{groupId}/members`, 'light', listQueueMembers),
  readsExtensions(MONITORING, 'medium', listMonitoringGroups),
  readsExtensions(`${MONITORING}/{groupId}/members`, 'medium', listMonitoringGroupMembers),
  readsPresence(`${QUEUES}/{groupId}/presence`, readQueuePresence),
  readsPresence(`${ACCOUNT}/extension/{extensionId}/call-queue-presence`, readOwnQueuePresence),
];

function readsExtensions(path: string, group: Route['group'], handle: Route['handle']): Route {
  return {
    method: 'GET',
    path,
    group,
    appPermission: 'ReadAccounts',
    userPermission: 'ReadExtensions',
    handle,
  };
}

function readsPresence(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, group: 'light', appPermission: 'ReadPresence', handle };
}

function listQueues(call: ApiCall, services: Services) {
  const { callQueues } = services.engine.world;
  const member = call.query.get('memberExtensionId');
  const records = [...callQueues.values()]
    .filter(({ members }) => member === null || members.includes(member))
    .map(({ extensionId }) => queueRecord(extensionId, services));
  return pageOf(records, accountUri(services, call, '/call-queues'), call.query);
}

function listQueueMembers(call: ApiCall, services: Services) {
  const queue = queueOf(call, services);
  const records = queue.members.map((id) => ({
    id: Number(id),
    uri: extensionUri(services, call, id),
    extensionNumber: services.engine.world.extensions.get(id)?.extensionNumber,
  }));
  const uri = accountUri(services, call, `/call-queues/${queue.extensionId}/members`);
  return pageOf(records, uri, call.query);
}

function readQueuePresence(call: ApiCall, services: Services) {
  const records = queueOf(call, services).members.map((id) => {
    const member = services.engine.world.extensions.get(id);
    const { name, extensionNumber } = member ?? {};
    const accepts = acceptsQueueCalls(id, services);
    return {
      member: { id, name, extensionNumber },
      acceptQueueCalls: accepts,
      acceptCurrentQueueCalls: member?.acceptCallQueueCalls ?? false,
    };
  });
  return ok({ records });
}

function readOwnQueuePresence(call: ApiCall, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const records = [...services.engine.world.callQueues.values()]
    .filter(({ members }) => members.includes(extensionId))
    .map((queue) => ({
      callQueue: queueRecord(queue.extensionId, services),
      acceptCalls: acceptsQueueCalls(extensionId, services),
    }));
  return ok({ records });
}

function listMonitoringGroups(call: ApiCall, services: Services) {
  const member = call.query.get('memberExtensionId');
  const uri = accountUri(services, call, '/call-monitoring-groups');
  const records = [...services.engine.world.monitoringGroups.values()]
    .filter(({ members }) => member === null || members.some(({ extensionId }) => extensionId === member))
    .map(({ id, name }) => ({ id, uri: `${uri}/${id}`, name }));
  return pageOf(records, uri, call.query);
}

function listMonitoringGroupMembers(call: ApiCall, services: Services) {
  const groupId = pathParameter(call, 'groupId');
  const group = services.engine.world.monitoringGroups.get(groupId);
  if (!group) throw apiErrors.notFound('groupId', groupId);
  const records = group.members.map(({ extensionId, permissions }) => ({
    id: extensionId,
    uri: extensionUri(services, call, extensionId),
    extensionNumber: services.engine.world.extensions.get(extensionId)?.extensionNumber,
    permissions,
  }));
  return pageOf(
    records,
    accountUri(services, call, `/call-monitoring-groups/${groupId}/members`),
    call.query,
  );
}

function queueOf(call: ApiCall, { engine }: Services) {
  const groupId = pathParameter(call, 'groupId');
  const queue = engine.world.callQueues.get(groupId);
  if (!queue) throw apiErrors.notFound('groupId', groupId);
  return queue;
}

function queueRecord(extensionId: string, { engine }: Services) {
  const extension = engine.world.extensions.get(extensionId);
  return {
    id: extensionId,
    name: extension?.name,
    extensionNumber: extension?.extensionNumber,
    editableMemberStatus: true,
  };
}

function acceptsQueueCalls(extensionId: string, { engine }: Services): boolean {
  const member = engine.world.extensions.get(extensionId);
  if (!member?.acceptCallQueueCalls) return false;
  return member.dndStatus === 'TakeAllCalls' || member.dndStatus === 'TakeDepartmentCallsOnly';
}
