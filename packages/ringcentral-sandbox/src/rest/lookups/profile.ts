import { listParameter } from '../paging.ts';
import { type ApiCall, ok, type Route, type Services } from '../route.ts';
import { extensionOf } from './path-extension.ts';
import { accountUri, extensionUri } from './uris.ts';

const EXTENSION = '/restapi/v1.0/account/{accountId}/extension/{extensionId}';

/** Caller id, features and permissions of a user (shapes assumed). */
export const profileRoutes: readonly Route[] = [
  ownOf('caller-id', readCallerId),
  ownOf('features', readFeatures),
  { method: 'GET', path: `${EXTENSION}/authz-profile`, group: 'light', handle: readAuthorization },
];

function ownOf(name: string, handle: Route['handle']): Route {
  return {
    method: 'GET',
    path: `${EXTENSION}/${name}`,
    group: 'light',
    appPermission: 'ReadAccounts',
    adminOnly: 'for-others',
    handle,
  };
}

const FEATURES_WITH_CALLER_ID = ['RingOut', 'CallFlip', 'MobileApp', 'Alternate'];

function readCallerId(call: ApiCall, services: Services) {
  const extension = extensionOf(call, services);
  const phoneNumber = extension.directNumber ?? services.engine.world.account.mainNumber;
  const callerId = { type: 'PhoneNumber', phoneInfo: { id: '2', phoneNumber } };
  const devices = (services.engine.world.devicesOf.get(extension.id) ?? []).filter(({ listed }) => listed);
  return ok({
    uri: extensionUri(services, call, extension.id, '/caller-id'),
    byDevice: devices.map(({ id, name }) => ({
      device: { id, uri: accountUri(services, call, `/device/${id}`), name },
      callerId,
    })),
    byFeature: FEATURES_WITH_CALLER_ID.map((feature) => ({ feature, callerId })),
    extensionNameForOutboundCalls: true,
    extensionNumberForInternalCalls: false,
  });
}

/** A feature that the sandbox's account does not have: it has the older call handling (platform.md 8.2). */
const NEVER_AVAILABLE = 'NewCallHandlingAndForwarding';

function readFeatures(call: ApiCall, services: Services) {
  const { features } = extensionOf(call, services);
  const wanted = listParameter(call.query, 'featureId');
  const availableOnly = call.query.get('availableOnly') === 'true';
  const records = [...features.map((id) => ({ id, available: true })), unavailable(NEVER_AVAILABLE)]
    .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
    .filter(({ available }) => available || !availableOnly);
  return ok({ records });
}

function unavailable(id: string) {
  return { id, available: false, reason: { code: 'AccountLimitation' } };
}

function readAuthorization(call: ApiCall, services: Services) {
  const { id, admin, permissions } = extensionOf(call, services);
  const scopes = [admin ? 'Account' : 'Self'];
  return ok({
    uri: extensionUri(services, call, id, '/authz-profile'),
    permissions: permissions.map((permission) => ({
      permission: { id: permission, siteCompatible: 'Independent', readOnly: true, assignable: true },
      effectiveRole: { id: admin ? '1' : '2' },
      scopes,
    })),
  });
}
