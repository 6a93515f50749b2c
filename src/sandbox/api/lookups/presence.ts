import { apiErrors } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type Call, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';

/** Presence with the calls in progress (FACTS 8.7). */
export const presenceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${ACCOUNT}/extension/{extensionId}/presence`,
    group: 'light',
    appPermission: 'ReadPresence',
    userPermission: 'ReadPresenceStatus',
    handle: readUserPresence,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/presence`,
    group: 'heavy',
    appPermission: 'ReadPresence',
    userPermission: 'ReadPresenceStatus',
    handle: readAccountPresence,
  },
];

function readUserPresence(call: Call, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const extension = services.engine.world.extensions.get(extensionId);
  if (!extension) throw apiErrors.notFound('extensionId', extensionId);
  return ok(presenceOf(extensionId, extension.extensionNumber, call, services));
}

function readAccountPresence(call: Call, services: Services) {
  const records = [...services.engine.world.extensions.values()].map(({ id, extensionNumber }) =>
    presenceOf(id, extensionNumber, call, services),
  );
  return pageOf(records, accountUri(services, call, '/presence'), call.query);
}

function presenceOf(extensionId: string, extensionNumber: string, call: Call, services: Services): object {
  const view = {
    detailed: call.query.get('detailedTelephonyState') === 'true',
    sipData: call.query.get('sipData') === 'true',
  };
  const uri = extensionUri(services, call, extensionId);
  return {
    ...(services.engine.presence(extensionId, view) as object),
    uri: `${uri}/presence`,
    extension: { id: Number(extensionId), uri, extensionNumber },
  };
}
