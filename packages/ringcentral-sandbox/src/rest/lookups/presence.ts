import { z } from 'zod';
import { DND_STATUSES } from '../../engine/world.ts';
import { readEach } from '../batch.ts';
import { apiErrors } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type ApiCall, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';

/** Presence with the calls in progress (platform.md 8.7). */
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
    method: 'PUT',
    path: `${ACCOUNT}/extension/{extensionId}/presence`,
    group: 'medium',
    appPermission: 'ReadPresence',
    userPermission: 'ReadPresenceStatus',
    adminOnly: 'for-others',
    handle: updatePresence,
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

function readUserPresence(call: ApiCall, services: Services) {
  return readEach(call, (id) => {
    const extension = services.engine.world.extensions.get(id);
    if (!extension) throw apiErrors.notFound('extensionId', id);
    return presenceOf(id, extension.extensionNumber, call, services);
  });
}

/** What a user can set. */
const presenceSchema = z.object({
  dndStatus: z.enum(DND_STATUSES).optional(),
  userStatus: z.enum(['Offline', 'Busy', 'Available']).optional(),
  allowSeeMyPresence: z.boolean().optional(),
  ringOnMonitoredCall: z.boolean().optional(),
  pickUpCallsOnHold: z.boolean().optional(),
  acceptCallQueueCalls: z.boolean().optional(),
});

/** Sets one's own presence, or as an administrator another user's. That `ReadPresence` is enough is assumed. */
function updatePresence(call: ApiCall, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const extension = services.engine.world.extensions.get(extensionId);
  if (extension?.type !== 'User') throw apiErrors.extensionType();
  const parsed = presenceSchema.safeParse(call.body ?? {});
  if (!parsed.success) throw apiErrors.invalidParameter(parsed.error.issues[0]?.path.join('.') || 'body');
  services.engine.updateExtension(extensionId, parsed.data);
  return ok(presenceOf(extensionId, extension.extensionNumber, call, services));
}

function readAccountPresence(call: ApiCall, services: Services) {
  const records = [...services.engine.world.extensions.values()].map(({ id, extensionNumber }) =>
    presenceOf(id, extensionNumber, call, services),
  );
  return pageOf(records, accountUri(services, call, '/presence'), call.query);
}

function presenceOf(extensionId: string, extensionNumber: string, call: ApiCall, services: Services): object {
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
