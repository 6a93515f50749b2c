import { apiErrors } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type Call, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';

/** Presence with the calls in progress (FACTS 8.7). */
export const presenceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${ACCOUNT}/extension/{extensionIds}/presence`,
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

/** FACTS 8.7. */
const BATCH_LIMIT = 30;

function readUserPresence(call: Call, services: Services) {
  const { extensions } = services.engine.world;
  const ids = pathParameter(call, 'extensionIds').split(',');
  if (ids.length > BATCH_LIMIT) throw apiErrors.invalidParameter('extensionId');
  const read = (id: string) => {
    const extensionId = id === '~' ? call.actor.extensionId : id;
    const extension = extensions.get(extensionId);
    return extension && presenceOf(extensionId, extension.extensionNumber, call, services);
  };
  const [first = ''] = ids;
  if (ids.length > 1) {
    // Assumed: the shape of a batch answer is not public for this operation.
    const body = ids.map((resourceId) => {
      const presence = read(resourceId);
      return presence ? { resourceId, status: 200, body: presence } : { resourceId, status: 404 };
    });
    return { status: 207, body };
  }
  const presence = read(first);
  if (!presence) throw apiErrors.notFound('extensionId', first);
  return ok(presence);
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
