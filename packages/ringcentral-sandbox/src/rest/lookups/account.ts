import { apiErrors } from '../errors.ts';
import { type ApiCall, ok, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';
const EXTENSION = `${ACCOUNT}/extension/{extensionId}`;

/** The account, and what a user may do in it (platform.md 8.10). */
export const accountRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: ACCOUNT,
    group: 'light',
    appPermission: 'ReadAccounts',
    handle: readAccount,
  },
  { method: 'GET', path: `${EXTENSION}/authz-profile/check`, group: 'light', handle: checkUserPermission },
];

/** Of the account and of its extensions. */
export const TIME_ZONE = { id: '58', name: 'US/Eastern', description: 'Eastern Time (US & Canada)' };

const UNITED_STATES = { id: '1', name: 'United States', isoCode: 'US', callingCode: '1' };

function readAccount(call: ApiCall, services: Services) {
  const { account } = services.engine.world;
  return ok({
    id: Number(account.id),
    uri: accountUri(services, call),
    mainNumber: account.mainNumber,
    status: account.status,
    setupWizardState: 'Completed',
    serviceInfo: {
      uri: accountUri(services, call, '/service-info'),
      brand: { id: account.brandId, name: account.name, homeCountry: UNITED_STATES },
    },
    regionalSettings: { timezone: TIME_ZONE, homeCountry: UNITED_STATES },
    limits: { maxExtensionNumberLength: 6, shortExtensionNumberLength: 3 },
  });
}

/** `successful` says whether the user has the permission: how an app explains a 403. */
function checkUserPermission(call: ApiCall, services: Services) {
  const permissionId = call.query.get('permissionId');
  if (!permissionId) throw apiErrors.missingParameter('permissionId');
  const extensionId = call.path.extensionId ?? call.actor.extensionId;
  const user = services.engine.world.extensions.get(extensionId);
  const successful = user?.permissions.includes(permissionId) ?? false;
  return ok({
    uri: extensionUri(services, call, extensionId, `/authz-profile/check?permissionId=${permissionId}`),
    successful,
    details: {
      permission: { id: permissionId, siteCompatible: 'Independent', readOnly: true, assignable: true },
      scopes: successful ? [user?.admin ? 'Account' : 'Self'] : [],
    },
  });
}
